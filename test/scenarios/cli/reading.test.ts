import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../../fakes/cli.ts";
import { type CliGateway, commands, startCliGateway } from "../../fakes/cli-gateway.ts";

let gateway: CliGateway;

beforeEach(async () => {
  gateway = await startCliGateway();
});

afterEach(async () => {
  await gateway.stop();
});

const lines = (text: string) => text.trimEnd().split("\n");

describe("with a Gateway", () => {
  test("status says what runs and what waits, for people", async () => {
    const { code, out, err } = await gateway.run(["status"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(lines(out)).toEqual([
      `Running: Fased 1.2.3 at ${gateway.ws}`,
      "Up         19675 d",
      "Model      offline assistant; add a real one with `fased models auth add`",
      "Sandbox    proven: bubblewrap",
      "Channels   telegram connected",
      "Runs       0 running, 0 waiting, 0 parked",
      "Workspace  /state/workspace",
      "State      /state",
      "Config     /state/fased.json",
      "1 sender asked to be let in: `fased pairing list`",
    ]);
  });

  test("status is one JSON document for programs", async () => {
    const { code, out, err } = await gateway.run(["status", "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      running: true,
      url: gateway.ws,
      version: "1.2.3",
      mode: "normal",
      channels: [{ channel: "telegram", state: "connected" }],
      waiting: { approvals: 0, pairings: 1, devices: 0, policy: null },
    });
  });

  test("health is 0 when ready and 1 when it is not", async () => {
    expect(await gateway.run(["health"])).toEqual({
      code: 0,
      out: "Ready; answered in 0 ms.\ntelegram  default  connected\n",
      err: "",
    });
    gateway.services.ready = false;
    const { code, out } = await gateway.run(["health", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, defaultAgentId: "main" });
  });

  test("sessions are listed and shown", async () => {
    await gateway.run(["agent", "--message", "hello"]);
    const listed = await gateway.run(["sessions", "list"]);
    expect(lines(listed.out)[0]).toMatch(/^KEY +STATE +USED +TITLE$/);
    const shown = await gateway.run(["sessions", "show", "agent:main:main"]);
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(shown.out).toContain("  hello");
  });

  test("channels, models and unanswered messages have their lists", async () => {
    const channels = await gateway.run(["channels", "status"]);
    expect(lines(channels.out)).toEqual([
      "CHANNEL   ACCOUNT  STATE      AS          LAST SEEN",
      "telegram  default  connected  @fased_bot",
    ]);
    expect(await gateway.run(["models", "list"])).toMatchObject({ code: 0, out: "offline/offline  ready  Offline\n" });
    expect((await gateway.run(["models", "status"])).code).toBe(1);
    expect((await gateway.run(["why", "--last"])).out).toBe("Every message that arrived was answered.\n");
  });

  test("the dashboard link is made by the private socket", async () => {
    const { code, out } = await gateway.run(["dashboard", "--json"]);
    expect(code).toBe(0);
    const { url, opened } = JSON.parse(out) as { url: string; opened: boolean };
    expect(opened).toBe(false);
    expect(url).toMatch(new RegExp(`^${gateway.http}/#code=[\\w-]{43}$`));
  });

  test("the deep audit asks the Gateway and tries the sandbox", async () => {
    const { code, out } = await gateway.run(["security", "audit", "--deep", "--json"]);
    expect(code).toBe(0);
    const { deep } = JSON.parse(out) as { deep: unknown };
    expect(deep).toEqual({ gateway: { attempted: true, url: gateway.ws, ok: true, error: null } });
  });

  test("undo and keep name the files", async () => {
    expect((await gateway.run(["undo"])).out).toBe("Took back 1 change.\n  a.md\n");
    expect((await gateway.run(["keep"])).out).toBe("Yours now: 1 file.\n  a.md\n");
  });
});

describe("without a Gateway", () => {
  let state: string;

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "fased-cli-"));
  });

  afterEach(() => {
    rmSync(state, { recursive: true, force: true });
  });

  const run = (...words: string[]) => runCli(words, { state, commands });

  test.each([
    [["health"]],
    [["sessions", "list"]],
    [["agent", "--message", "hello"]],
    [["approvals", "approve", "amber", "falcon"]],
    [["devices", "approve", "--latest"]],
    [["dashboard"]],
    [["undo"]],
    [["config", "accept"]],
  ])("%j says that none runs, how to start it, and exits 69", async (words) => {
    expect(await run(...words)).toEqual({
      code: 69,
      out: "",
      err: `Error: no Gateway runs on ${state}\nFix: start it with \`fased start\`, or name another one with --url and --token\n`,
    });
  });

  test.each([
    [["pairing", "list"], { requests: [], approved: [] }],
    [["devices", "list"], { pending: [], paired: [] }],
    [["approvals", "list"], { approvals: [] }],
    [["why"], { messages: [] }],
  ])("%j reads the stores on disk", async (words, expected) => {
    const { code, out, err } = await run(...words, "--json");
    expect({ code, err, value: JSON.parse(out) as unknown }).toEqual({ code: 0, err: "", value: expected });
  });

  test("status still answers", async () => {
    const { code, out } = await run("status", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ running: false, config: "absent", problems: [] });
  });

  test.each([["../x"], [""], ["a b"]])("the profile %j is refused for what it is", async (profile) => {
    for (const command of ["status", "health"]) {
      const { code, err } = await run("--profile", profile, command);
      expect({ code, err }).toEqual({
        code: 2,
        err: `Error: \`${profile}\` cannot be a profile: use up to 32 letters, digits, - and _\nFix: see \`fased --help\`\n`,
      });
    }
  });

  test("explain says which channel has to be set first", async () => {
    const { code, err } = await run("security", "explain", "--from", "stranger@telegram", "--tool", "exec");
    expect({ code, err }).toEqual({
      code: 2,
      err: "Error: telegram is not configured\nFix: set channels.telegram first; no channel is configured\n",
    });
  });

  test("the audit and who-can need none", async () => {
    const audit = JSON.parse((await run("security", "audit", "--deep", "--json")).out) as { deep: unknown };
    expect(audit.deep).toMatchObject({ gateway: { attempted: true, ok: false } });
    expect(await run("security", "who-can", "exec")).toMatchObject({ code: 0, err: "" });
  });

  test("models are listed, and there is no key", async () => {
    const { out } = await run("models", "status", "--json");
    const { providers } = JSON.parse(out) as { providers: { provider: string; state: string }[] };
    expect(providers.every(({ state: found }) => found === "missing")).toBe(true);
  });
});

describe("another Gateway", () => {
  test("is reached with its own credential, never with that of this state directory", async () => {
    const without = await gateway.run(["health", "--url", gateway.ws]);
    expect(without).toMatchObject({ code: 2, out: "" });
    expect(without.err).toContain("--url needs the credential");
    const other = ["health", "--url", gateway.http, "--token"];
    expect((await gateway.run([...other, "test-token-of-more-than-24-characters"])).code).toBe(0);
    const wrong = await gateway.run([...other, "wrong"]);
    expect(wrong.code).toBe(77);
    expect(wrong.err).toContain("unauthorized");
  });

  test("gets no credential over an open line", async () => {
    const { code, err } = await gateway.run(["health", "--url", "ws://203.0.113.7:18789", "--token", "t"]);
    expect(code).toBe(2);
    expect(err).toContain("open line");
  });

  test("that is not there is unreachable", async () => {
    const { code, err } = await gateway.run(["health", "--url", "ws://127.0.0.1:1", "--token", "t"]);
    expect(code).toBe(69);
    expect(err).toContain("no Gateway answers");
  });
});

test.each([
  [["sessions", "show"]],
  [["sessions", "list", "--active", "soon"]],
  [["agent"]],
  [["logs", "--limit", "0"]],
  [["start", "--port", "70000"]],
  [["statsu"]],
  [["devices", "approve"]],
  [["pairing", "approve", "a", "b", "c"]],
  [["models", "set", "gpt"]],
])("%j is refused as a mistake of the command line", async (words) => {
  const { code, out, err } = await gateway.run(words);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^Error: .+\nFix: .+\n$/s);
});
