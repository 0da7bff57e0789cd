import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configCommand } from "../../src/cli/config.ts";
import { runCli, wordsOf } from "../fakes/cli.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fased-cli-"));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

const file = () => join(home, "fased.json");
const write = (text: string) => writeFileSync(file(), text, { mode: 0o600 });
const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);
const withToken: Run = { environment: { FASED_GATEWAY_TOKEN: "a-token-for-tests-that-is-long-enough" } };

type Accept = Parameters<typeof configCommand>[0]["accept"];
const nothingWaits: Accept = async () => ({ policy: null, widened: [], restartKeys: [] });

type Run = { stdin?: string; accept?: Accept; environment?: Record<string, string> };

/** Runs `fased …` and tells its exit code and what it printed, with the state directory written as STATE. */
async function fased(line: string, { accept = nothingWaits, ...run }: Run = {}) {
  const commands = [
    { name: "config", summary: "the config", load: async () => configCommand({ accept }) },
    { name: "other", summary: "something else", load: async () => Promise.reject(new Error("must not be loaded")) },
  ];
  const { code, out, err } = await runCli(wordsOf(line), { state: home, commands, ...run });
  return { code, out: out.replaceAll(home, "STATE"), err: err.replaceAll(home, "STATE") };
}

const broken = `{
  // typo
  gateway: { prot: 1 },
  channels: { telegram: { dmPolicy: "open", botToken: "1:secret" } },
  hooks: { enabled: true },
}
`;

describe("fased config get", () => {
  test("prints a value, and with --json where it comes from", async () => {
    write("{\n  gateway: { port: 4000 },\n}");
    expect(await fased("config get gateway.port")).toEqual({ code: 0, out: "4000\n", err: "" });
    const json = JSON.parse((await fased("config get gateway.port --json")).out);
    expect(json).toEqual({
      path: "gateway.port",
      value: 4000,
      origin: { file: "STATE/fased.json", line: 2, column: 14 },
    });
    expect(JSON.parse((await fased("--json config get gateway.bind")).out)).toEqual({
      path: "gateway.bind",
      value: "loopback",
      origin: "default",
    });
  });

  test("masks secrets unless told otherwise", async () => {
    write("{ gateway: { auth: { token: 'hunter2' } }, hooks: { token: 'hunter3' } }");
    expect((await fased("config get gateway.auth.token")).out).toBe("__FASED_REDACTED__\n");
    expect((await fased("config get hooks")).out).toContain("__FASED_REDACTED__");
    expect((await fased("config get")).out).not.toContain("hunter");
    expect((await fased("config get gateway.auth.token --unredacted")).out).toBe("hunter2\n");
  });

  test("says what is not set and what is no key", async () => {
    expect(await fased("config get gateway.mode")).toEqual({
      code: 1,
      out: "",
      err: "Error: `gateway.mode` is not set and has no default\nFix: set it: fased config set gateway.mode …\n",
    });
    expect(await fased("config get gateway.prot")).toEqual({
      code: 1,
      out: "",
      err: "Error: `gateway.prot` is not a key of the config\nFix: did you mean `port`?\n",
    });
    expect(await fased("config get gateway..port")).toMatchObject({
      code: 1,
      err: expect.stringContaining("is not a path"),
    });
    expect((await fased("config get __proto__.x")).code).toBe(1);
  });
});

describe("fased config set and unset", () => {
  test("change one setting and keep everything else", async () => {
    write("// mine\n{\n  gateway: { port: 1 }, // keep\n}\n");
    expect(await fased("config set gateway.port 4000")).toEqual({
      code: 0,
      out: "Set gateway.port in STATE/fased.json.\nIt takes effect when the Gateway starts again.\n",
      err: "",
    });
    await fased("config set channels.irc.nick 123");
    await fased("config set tools.deny ['exec',process]").then(({ code }) => expect(code).toBe(1));
    await fased("config set tools.deny ['exec','process']");
    await fased('config set channels.irc.groups["#a.b"].requireMention false');
    expect(readFileSync(file(), "utf8")).toBe(
      `// mine
{
  gateway: { port: 4000 }, // keep
  channels: { irc: { nick: "123" } },
  tools: { deny: ["exec", "process"] },
}
`
        .replace('{ irc: { nick: "123" } }', '{ irc: { nick: "123", groups: { #a.b: { requireMention: false } } } }')
        .replace("#a.b", '"#a.b"'),
    );
    expect(await fased("config unset channels")).toMatchObject({
      code: 0,
      out: "Removed channels in STATE/fased.json.\n",
    });
    expect(await fased("config unset channels")).toEqual({
      code: 1,
      out: "",
      err: "Error: `channels` is not set in this file\nFix: nothing to remove\n",
    });
    expect((await fased("config set gateway.port 4000")).out).toBe("gateway.port had that value already.\n");
  });

  test("take secrets from standard input, and warn when they come as words", async () => {
    expect(await fased("config set gateway.auth.password --stdin", { stdin: "hun ter2\n" })).toMatchObject({
      code: 0,
      err: "",
    });
    expect(readFileSync(file(), "utf8")).toContain('"hun ter2"');
    expect((await fased("config set gateway.auth.password other")).err).toContain("use --stdin for secrets");
  });

  test.each([
    ["config set gateway.port many", 1, "config.invalid", "`gateway.port`: expected a number, found text"],
    ["config set gateway.prot 1", 1, "config.invalid", "`gateway.prot`: `prot` is not a key of this section"],
    [
      "config set gateway.bind lan",
      1,
      "config.invalid",
      "`gateway.bind`: `lan` is refused: this version listens on loopback only",
    ],
    ["config set gateway.auth.token __FASED_REDACTED__", 1, "config.masked", "the mask of a secret is not a value"],
    ["config set gateway.port", 2, "cli.usage", "the value is missing"],
    ["config set gateway.port 1 --stdin", 2, "cli.usage", "the value is given twice"],
    ["config set gateway.bind loopback --strict-json", 2, "cli.usage", "the value is not JSON"],
    ["config set", 2, "cli.usage", "missing required argument 'path'"],
    ["config get a b", 2, "cli.usage", "too many arguments"],
    ["config get --unredcated", 2, "cli.usage", "unknown option '--unredcated'"],
    ["config gett x", 2, "cli.usage", "unknown command 'gett'"],
    ["confg", 2, "cli.usage", "unknown command 'confg'"],
    ["config get x --profile a --dev", 1, "config.bad_location", "--profile and --dev exclude each other"],
  ])("%s ends with %d and %s", async (...[words, code, name, message]) => {
    const { out, code: actual } = await fased(`${words} --json`);
    expect({ actual, ...JSON.parse(out) }).toEqual({
      actual: code,
      error: expect.objectContaining({ code: name, message: expect.stringContaining(message) }),
    });
  });

  test("suggest the word that was meant", async () => {
    expect((await fased("qqq")).err).toBe("Error: unknown command 'qqq'\nFix: see `fased --help`\n");
    expect((await fased("confg get x")).err).toBe("Error: unknown command 'confg'\nFix: Did you mean config?\n");
    expect((await fased("config get --unredcated")).err).toBe(
      "Error: unknown option '--unredcated'\nFix: Did you mean --unredacted?\n",
    );
  });
});

describe("fased config validate", () => {
  test("tells each mistake with its line and fix, and fails", async () => {
    write(broken);
    expect(await fased("config validate")).toEqual({
      code: 1,
      err: "",
      out: `✗ gateway.prot  fased.json:3:14
  \`prot\` is not a key of this section
  Fix: did you mean \`port\`?
! channels.telegram.dmPolicy  fased.json:4:27
  \`dmPolicy: "open"\` lets anyone write, so \`allowFrom\` must say \`["*"]\`
  Fix: add \`allowFrom: ["*"]\`, or use \`dmPolicy: "pairing"\`
· hooks  fased.json:5:3
  \`hooks\` is legal, but this version does not use it
  Fix: nothing to do; do not rely on it yet
STATE/fased.json: 2 mistakes; the Gateway would start in recovery mode.
`,
    });
  });

  test("prints one JSON document of stable shape, without secrets", async () => {
    write(broken);
    const { out, code } = await fased("config validate --json");
    expect(code).toBe(1);
    expect(out).not.toContain("1:secret");
    const report = JSON.parse(out);
    expect(Object.keys(report)).toEqual(["status", "path", "problems", "switchedOff", "listedOnly"]);
    expect(report).toMatchObject({ status: "invalid", switchedOff: ["channels.telegram"], listedOnly: ["hooks"] });
    expect(Object.keys(report.problems[0]).sort()).toEqual([
      "code",
      "column",
      "file",
      "fix",
      "line",
      "message",
      "path",
      "severity",
    ]);
  });

  test("passes on a sound config, on hints, and on none", async () => {
    expect(await fased("config validate")).toMatchObject({
      code: 0,
      out: expect.stringContaining("does not exist yet"),
    });
    write("{ gateway: { mode: 'local' }, cron: { enabled: true } }");
    const { out, code } = await fased("config validate", withToken);
    expect({ code, last: lastLine(out) }).toEqual({ code: 0, last: "STATE/fased.json is sound." });
  });

  test("says which part is off when the rest runs", async () => {
    write("{ channels: { irc: { allowFrom: ['*'] } } }");
    const { out, code } = await fased("config validate", withToken);
    expect({ code, last: lastLine(out) }).toEqual({
      code: 1,
      last: "STATE/fased.json: 1 mistake; switched off: channels.irc.",
    });
  });

  test.each([
    [`gateway: { bind: "lan" }`, "gateway.bind_refused", "this version refuses gateway.bind."],
    [
      `gateway: { auth: { mode: "trusted-proxy", trustedProxy: { userHeader: "x-user" } } }`,
      "gateway.auth_mode_refused",
      "this version refuses gateway.auth.mode.",
    ],
    [`gateway: { auth: { mode: "password" } }`, "gateway.auth_missing", "1 mistake; the Gateway would not start."],
  ])("tells what the start would refuse: %s", async (member, problem, verdict) => {
    write(`{ ${member} }`);
    const { out, code } = await fased("config validate --json", withToken);
    expect(code).toBe(1);
    expect(JSON.parse(out).problems).toMatchObject([{ code: problem, line: 1, fix: expect.stringMatching(/./) }]);
    expect(lastLine((await fased("config validate", withToken)).out)).toBe(`STATE/fased.json: ${verdict}`);
  });
});

describe("fased config path, schema, undo, accept", () => {
  test("path prints the file, and more as JSON", async () => {
    expect((await fased("config path")).out).toBe("STATE/fased.json\n");
    expect(JSON.parse((await fased("config path --json")).out)).toEqual({
      config: "STATE/fased.json",
      state: "STATE",
      env: "STATE/.env",
      exists: false,
    });
    expect((await fased("config path --profile work")).out).toBe("/nowhere/.fased-work/fased.json\n");
  });

  test("schema prints JSON Schema", async () => {
    expect(JSON.parse((await fased("config schema")).out)).toMatchObject({ type: "object", title: "Fased config" });
  });

  test("undo lists and brings back", async () => {
    write("// one\n{}\n");
    expect((await fased("config undo --list")).out).toBe("No earlier versions.\n");
    await fased("config set gateway.port 5000");
    expect((await fased("config undo --list")).out).toMatch(/^[0-9a-f]{12} {2}replaced \d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
    expect(await fased("config undo")).toMatchObject({ code: 0, out: expect.stringContaining("Brought back version") });
    expect(readFileSync(file(), "utf8")).toBe("// one\n{}\n");
  });

  test("accept shows what it allows", async () => {
    const accept: Accept = async ({ expect: wanted }) => ({
      policy: wanted ?? "p1",
      widened: ["anyone may write on irc"],
      restartKeys: ["gateway.http", "gateway.controlUi"],
    });
    expect((await fased("config accept --expect abc", { accept })).out).toBe(
      "+ anyone may write on irc\nPolicy abc is in force.\nAfter the next start of the Gateway: gateway.http, gateway.controlUi.\n",
    );
    expect((await fased("config accept")).out).toBe("Nothing waits for consent.\n");
    expect(JSON.parse((await fased("config accept --json", { accept })).out)).toEqual({
      policy: "p1",
      widened: ["anyone may write on irc"],
      restartKeys: ["gateway.http", "gateway.controlUi"],
    });
  });
});

describe("help and version", () => {
  test("the program's help names its commands and loads none of them", async () => {
    const { code, out } = await fased("--help");
    expect(code).toBe(0);
    expect(out).toContain("config");
    expect(out).toContain("something else");
  });

  test("a command's help has examples", async () => {
    for (const words of ["config --help", "help config"]) {
      const { code, out } = await fased(words);
      expect(code).toBe(0);
      expect(out).toContain("Examples:\n  fased config get gateway.port");
    }
  });

  test("the version is one line", async () => {
    expect(await fased("--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  test("colours stay out of pipes", async () => {
    write(broken);
    expect((await fased("config validate")).out).not.toContain("\u001b");
  });
});
