/** The audit and the questions about access, asked of a running Gateway. */
import { afterEach, expect, test } from "vitest";
import { probeGateway } from "../../../src/cli/machine-probes.ts";
import { securityCommand } from "../../../src/cli/security.ts";
import type { AuditView, Explanation, Reach } from "../../../src/gateway/services.ts";
import { proven } from "../../audit/audited.ts";
import { runCli } from "../../fakes/cli.ts";
import { configWith, startWhole, type Whole } from "../../fakes/whole-gateway.ts";

import { verifies } from "../../requirements.ts";

let whole: Whole | undefined;
afterEach(async () => {
  await whole?.remove();
  whole = undefined;
});

test("a first start audits with nothing above info", async () => {
  whole = await startWhole();
  const operator = await whole.operator();
  const report = await operator.call<AuditView>("security.audit");
  expect(report.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
  expect(report.summary).toMatchObject({ critical: 0, warn: 0 });
});

test("an open channel is found with a witness, and explain and who-can say the same", async () => {
  const channels =
    'channels: { whatsapp: { dmPolicy: "open", allowFrom: ["*"], toolsBySender: { "*": { alsoAllow: ["read"] } } } }';
  whole = await startWhole({ config: configWith(channels) });
  const operator = await whole.operator();
  const { findings } = await operator.call<AuditView>("security.audit");
  const found = findings.find(({ checkId }) => checkId === "reach.stranger_read");
  expect(found).toMatchObject({
    severity: "critical",
    witness: { principal: { kind: "sender", channel: "whatsapp" }, path: { kind: "direct" } },
  });
  expect(found?.because?.some(({ file, line }) => file?.endsWith("fased.json") && line !== undefined)).toBe(true);
  const question = { from: "stranger@whatsapp", tool: "read" };
  const explained = await operator.call<Explanation>("security.explain", question);
  expect(explained.decision.effect).toBe("allow");
  const { reach } = await operator.call<{ reach: readonly Reach[] }>("security.whoCan", { tool: "read" });
  expect(reach.map(({ who }) => who)).toContain("stranger@whatsapp");
  await expect(operator.call("security.explain", { from: "nobody" })).rejects.toThrow("names nobody");
});

async function security(state: string, ...words: string[]) {
  const command = securityCommand({ probeSandbox: async () => proven, probeGateway });
  const commands = [{ name: "security", summary: "security", load: async () => command }];
  return runCli(["security", ...words], { state, commands });
}

test("the command line audits a running Gateway's state, and --deep talks to it", async () => {
  verifies("audit.runs", "audit.json", "audit.deep", "incident.deep-audit");
  whole = await startWhole();
  expect((await security(whole.state, "audit", "--strict=warn")).code).toBe(0);
  const { out, code } = await security(whole.state, "audit", "--deep", "--json");
  const report = JSON.parse(out);
  expect(code).toBe(0);
  expect(report.summary).toMatchObject({ critical: 0, warn: 0 });
  expect(report.deep.gateway).toMatchObject({ attempted: true, ok: true, error: null });
  await whole.stop();
  const stopped = JSON.parse((await security(whole.state, "audit", "--deep", "--json")).out);
  expect(stopped.deep.gateway).toMatchObject({ attempted: true, ok: false });
});

test("the command line explains what the running Gateway explains", async () => {
  whole = await startWhole({ config: configWith("channels: { whatsapp: {} }") });
  const operator = await whole.operator();
  for (const [from, tool] of [
    ["stranger@whatsapp", "read"],
    ["owner", "exec"],
    ["http", "cron"],
  ] as const) {
    const live = await operator.call<Explanation>("security.explain", { from, tool });
    const { out } = await security(whole.state, "explain", "--from", from, "--tool", tool, "--json");
    expect(JSON.parse(out).ways[0].explanation.decision).toEqual(live.decision);
  }
});
