/** `fased security` as people and scripts see it: words, JSON and exit codes. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { probeGateway } from "../../src/cli/machine-probes.ts";
import { securityCommand } from "../../src/cli/security.ts";
import { firstConfigText } from "../../src/config/first-run.ts";
import { proven } from "../audit/audited.ts";
import { runCli, wordsOf } from "../fakes/cli.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "fased-cli-security-"));
  writeFileSync(join(state, ".env"), "FASED_GATEWAY_TOKEN=0123456789abcdef0123456789abcdef\n", { mode: 0o600 });
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const configure = (text: string) => writeFileSync(join(state, "fased.json"), text, { mode: 0o600 });

const openConfig = `{
  tools: { profile: "coding", elevated: { enabled: false } },
  channels: { whatsapp: { dmPolicy: "open", allowFrom: ["*"] } },
}`;

async function run(line: string) {
  const probeSandbox = async () => proven;
  const security = securityCommand({ probeSandbox, probeGateway });
  const commands = [{ name: "security", summary: "security", load: async () => security }];
  return runCli(["security", ...wordsOf(line)], { state, commands });
}

describe("audit", () => {
  test("the first config is clean: one line each for what is worth knowing", async () => {
    configure(firstConfigText("proven"));
    const { out, err, code } = await run("audit");
    expect(out.split("\n")[0]).toMatch(/^Clean {2}0 critical · 0 warn · \d+ info$/);
    expect(out).not.toMatch(/CRITICAL|WARN/);
    expect(out).toContain("  summary.attack_surface  What can be attacked");
    expect([err, code]).toEqual(["", 0]);
  });

  test("looking changes nothing in the state directory", async () => {
    configure(openConfig);
    const before = readdirSync(state);
    await run("audit");
    await run("explain --from owner");
    expect(readdirSync(state)).toEqual(before);
  });

  test("what is open comes first, with its way, its line and its fix", async () => {
    configure(openConfig);
    const { out } = await run("audit --no-color");
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^Open {2}\d+ critical/);
    expect(lines[2]).toBe("CRITICAL");
    const at = lines.findIndex((line) => line.startsWith("reach.stranger_write "));
    const block = lines.slice(at, at + 14).join("\n");
    expect(block).toContain("reach.stranger_write Anyone who writes a direct message can change files");
    expect(block).toContain("  1. whatsapp, direct message: Any other whatsapp sender");
    expect(block).toContain("  Set by: channels.whatsapp.dmPolicy (fased.json:3), tools.profile (fased.json:2)");
    expect(block).toContain("  Fix: let strangers pair first");
  });

  test.each([
    ["audit", openConfig, 0],
    ["audit --strict", openConfig, 1],
    ["audit --strict=warn", openConfig, 1],
    ["audit --strict", "{ tools: { elevated: { enabled: false } }, logging: { redactSensitive: 'off' } }", 0],
    ["audit --strict=warn", "{ tools: { elevated: { enabled: false } }, logging: { redactSensitive: 'off' } }", 1],
    ["audit --strict=warn", firstConfigText("proven"), 0],
    ["audit --strict=loud", "{}", 2],
  ])("%s", async (line, config, code) => {
    configure(config);
    expect((await run(line)).code).toBe(code);
  });

  test("a config that does not parse is audited and told, not a failure", async () => {
    configure("{ broken");
    const { out, code } = await run("audit --json");
    expect(code).toBe(0);
    expect(JSON.parse(out).findings.map(({ checkId }: { checkId: string }) => checkId)).toContain("config.invalid");
  });

  test("an unreadable mode is found", async () => {
    configure(firstConfigText("proven"));
    chmodSync(join(state, ".env"), 0o644);
    const { out } = await run("audit");
    expect(out).toContain("fs.env.perms_world_readable");
    expect(out).toContain(`Fix: chmod 600 ${join(state, ".env")}`);
  });

  test("--deep tells that no Gateway answers", async () => {
    configure(firstConfigText("proven"));
    const report = JSON.parse((await run("audit --deep --json")).out);
    expect(report.deep).toEqual({
      gateway: {
        attempted: true,
        url: null,
        ok: false,
        error: expect.stringContaining("no Gateway runs"),
      },
    });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ checkId: "gateway.probe_failed", severity: "warn" }),
    );
  });

  test("no secret of the config is printed", async () => {
    configure(
      '{ gateway: { auth: { mode: "password", password: "hunter2-hunter2" } }, channels: { telegram: { botToken: "123:SECRET" } } }',
    );
    const { out } = await run("audit --info");
    expect(out).toContain("config.secrets.gateway_password_in_config");
    expect(out).toContain("channels.telegram.botToken");
    expect(out).not.toMatch(/hunter2|SECRET/);
  });
});

describe("explain and who-can", () => {
  test("says yes or no, why, where and what instead", async () => {
    configure(openConfig);
    const yes = await run("explain --from stranger@whatsapp --tool read");
    expect(yes.out).toBe(
      [
        "yes     Any other whatsapp sender in a direct chat may use read of agent main: the profile has the tool (tool.profile; tools.profile).",
        "  Agent: main",
        "  Set by: tools.profile (fased.json:2)",
        "",
      ].join("\n"),
    );
    const no = await run("explain --from whatsapp:7 --group g --tool read");
    expect(no.out).toMatch(/^no {6}.*\n/);
    expect(no.out).toContain("Instead: ");
    expect((await run("explain --from owner")).out).toMatch(/^yes {5}The owner may write to the agent: /);
    expect((await run("explain --from http")).out).toMatch(/^yes {5}The owner over HTTP may write to the agent: /);
    expect(no.code).toBe(0);
  });

  test("a question that means nobody is a failure with a fix", async () => {
    configure(openConfig);
    expect(await run("explain --from somebody")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/names nobody[\s\S]*Fix: write owner/),
    });
    expect((await run("explain")).code).toBe(2);
  });

  test("who-can lists everybody who gets through", async () => {
    configure(openConfig);
    const { out } = await run("who-can read");
    expect(out).toContain("yes     stranger@whatsapp");
    expect(out).toContain("yes     owner");
    configure('{ tools: { deny: ["read"] } }');
    expect((await run("who-can read")).out).toBe("Nobody can use read.\n");
  });

  test.each(["who-can", "explain --from owner --tool"])(
    "%s names a tool that there is not, and those there are",
    async (words) => {
      configure('{ tools: { allow: ["my_plugin"] } }');
      const near = await run(`${words} web_fetsh`);
      expect(near).toMatchObject({ code: 2, out: "" });
      expect(near.err).toMatch(
        /^Error: no tool is called `web_fetsh`\nFix: did you mean `web_fetch`\? Tools: agents_list, apply_patch, .*, exec, .*, read, .*, write, x_search\n$/,
      );
      expect((await run(`${words} qqqqqqqqqq`)).err).toMatch(/called `q+`\nFix: Tools: agents_list, /);
      for (const known of ["web_fetch", "bash", "my_plugin"]) expect((await run(`${words} ${known}`)).code).toBe(0);
    },
  );
});
