/** The audit and the questions about access, asked of a running Gateway. */
import { afterEach, expect, test } from "vitest";
import type { AuditView, Explanation, Reach } from "../../../src/gateway/services.ts";
import { configWith, startWhole, type Whole } from "../../fakes/whole-gateway.ts";

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
