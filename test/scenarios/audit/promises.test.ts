/** What the security page says that the audit checks: each with a config that has the fault, and one that has not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerQuestion, answerWhoCan } from "../../../src/audit/question.ts";
import { compile } from "../../../src/policy/compile.ts";
import { noGrants } from "../../../src/policy/grants.ts";
import { sessionKeyFor } from "../../../src/policy/session-key.ts";
import { repositoryRoot } from "../../architecture/source.ts";
import { above, auditOf, auditOnDisk, idsOf, loadedFrom } from "../../audit/audited.ts";
import { direct, sender } from "../../policy/requests.ts";
import { verifies } from "../../requirements.ts";

const token = "0123456789abcdef0123456789abcdef";
const safe = {
  gateway: { auth: { mode: "token", token } },
  tools: { profile: "messaging", elevated: { enabled: false } },
};

/** Ids that the fault adds to the safe config, and that are not there without it. */
function added(config: object): readonly string[] {
  const before = idsOf(auditOf({ config: safe }));
  return idsOf(auditOf({ config: { ...safe, ...config } })).filter((id) => !before.includes(id));
}

describe("the audit checks", () => {
  test("Gateway bind and auth exposure", () => {
    verifies("audit.checks-bind-and-auth", "network.no-open-bind");
    expect(added({ gateway: { bind: "lan" } })).toEqual(
      expect.arrayContaining(["gateway.bind_no_auth: critical", "gateway.http.no_auth: critical"]),
    );
  });

  test("direct message and group policies", () => {
    verifies("audit.checks-dm-and-groups");
    const doors = { dmPolicy: "open", allowFrom: ["*"], groupPolicy: "open" };
    expect(added({ channels: { whatsapp: doors } })).toEqual(
      expect.arrayContaining([
        "channels.whatsapp.dm.open: critical",
        "security.trust_model.multi_user_heuristic: warn",
        "reach.member_read: critical",
      ]),
    );
    expect(added({ channels: { whatsapp: { dmPolicy: "pairing" } } })).toEqual(["config.not_used: info"]);
  });

  test("broad tools and elevated access", () => {
    verifies("audit.checks-broad-tools");
    const tools = { profile: "full", elevated: { allowFrom: { whatsapp: ["*"] } } };
    expect(added({ tools, channels: { whatsapp: { groupPolicy: "open" } } })).toEqual(
      expect.arrayContaining([
        "tools.elevated.allowFrom.whatsapp.wildcard: critical",
        "security.exposure.open_groups_with_elevated: critical",
        "security.exposure.open_groups_with_runtime_or_fs: critical",
        "reach.member_run: warn",
      ]),
    );
  });

  test("browser and node exposure", () => {
    verifies("audit.checks-browser-and-nodes");
    const gateway = { ...safe.gateway, nodes: { allowCommands: ["camera.snap"] } };
    const browser = { cdpUrl: "http://192.0.2.1:9222" };
    expect(added({ gateway, browser })).toEqual(
      expect.arrayContaining(["gateway.nodes.allow_commands_dangerous: warn", "browser.remote_cdp_http: warn"]),
    );
  });

  test("weak local file permissions", async () => {
    verifies("audit.checks-file-permissions");
    const file = (mode: string) => ({ path: "fased.json", mode, content: JSON.stringify(safe) });
    const open = idsOf(await auditOnDisk({ files: [file("644")] }));
    expect(open).toContain("fs.config.perms_world_readable: critical");
    expect(above(await auditOnDisk({ files: [file("600")] }))).toEqual([]);
  });

  test("plugins that load without a list", async () => {
    verifies("audit.checks-plugins");
    const audited = (plugins: object) =>
      auditOnDisk({
        files: [
          { path: "fased.json", content: JSON.stringify({ ...safe, plugins }) },
          { path: "extensions/one", type: "dir" },
        ],
      });
    expect(idsOf(await audited({}))).toContain("plugins.extensions_no_allowlist: warn");
    expect(idsOf(await audited({ allow: ["one"] }))).not.toContain("plugins.extensions_no_allowlist: warn");
  });

  test("risky debug flags", () => {
    verifies("audit.checks-debug-flags");
    const gateway = { ...safe.gateway, controlUi: { allowInsecureAuth: true } };
    expect(added({ gateway })).toEqual(
      expect.arrayContaining(["gateway.control_ui.insecure_auth: warn", "config.insecure_or_dangerous_flags: warn"]),
    );
  });

  test("sandbox settings that look configured but are not active", () => {
    verifies("audit.checks-inactive-sandbox");
    const docker = { image: "example/sandbox:1" };
    const sandboxed = (mode: string) => ({ agents: { defaults: { sandbox: { mode, docker } } } });
    expect(added(sandboxed("off"))).toContain("sandbox.docker_config_mode_off: warn");
    expect(added(sandboxed("all"))).not.toContain("sandbox.docker_config_mode_off: warn");
    expect(added({ tools: { ...safe.tools, exec: { host: "sandbox" } } })).toContain(
      "tools.exec.host_sandbox_no_sandbox_defaults: warn",
    );
  });
});

describe("the hardened example", () => {
  const config = readFileSync(join(repositoryRoot, "test/fixtures/hardened.json5"), "utf8");
  const loaded = loadedFrom({ config });
  const policy = compile(loaded.config, noGrants);
  const effect = (from: string, tool?: string) =>
    answerQuestion(policy, { from, tool }, loaded).ways[0]?.explanation.decision.effect;

  test("audits clean and stays local", () => {
    verifies("audit.hardened-example-is-clean", "audit.hardened-example-local");
    expect(above(auditOf({ config }))).toEqual([]);
    expect(loaded.config.gateway.bind).toBe("loopback");
  });

  test("asks strangers to pair, and shuts groups out", () => {
    verifies("audit.hardened-example-pairing");
    expect(effect("stranger@whatsapp")).toBe("challenge");
    expect(effect("member@whatsapp")).toBe("deny");
  });

  test("keeps direct conversations apart", () => {
    verifies("audit.hardened-example-isolates");
    const keyOf = (id: string) => {
      const at = { channel: "whatsapp", account: "default" };
      return sessionKeyFor(policy, "main", { principal: sender(id, at), path: { ...direct, ...at } });
    };
    expect(new Set([keyOf("1"), keyOf("2"), "agent:main:main"]).size).toBe(3);
  });

  test("keeps control-plane and runtime tools out of everybody's reach", () => {
    verifies("audit.hardened-example-tools");
    const tools = ["exec", "process", "read", "write", "edit", "apply_patch", "cron", "gateway", "sessions_spawn"];
    expect(tools.flatMap((tool) => answerWhoCan(policy, tool, loaded))).toEqual([]);
    expect(answerWhoCan(policy, "session_status", loaded).length).toBeGreaterThan(0);
  });
});
