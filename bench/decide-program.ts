/** Times `decide()` over a mix of requests and the compiled first config. Words: full | quick. Prints JSON. */
import { firstConfigText } from "../src/config/first-run.ts";
import { parseConfig } from "../src/config/parse.ts";
import { compile } from "../src/policy/compile.ts";
import { decide } from "../src/policy/decide.ts";
import { noGrants } from "../src/policy/grants.ts";
import { cleanLabel, type Label } from "../src/policy/label.ts";
import { type Action, type Path, type Principal, type Request, scopes } from "../src/policy/request.ts";
import { median } from "./statistics.ts";

const batches = process.argv[2] === "quick" ? 30 : 300;
const decisionsPerBatch = 2_000;
const warmUpBatches = 20;

const { config, status } = parseConfig(firstConfigText("proven"), {
  variables: { FASED_GATEWAY_TOKEN: "a-token-for-benchmarks-that-is-long-enough" },
});
if (status !== "ok") throw new Error(`the first config is ${status}`);
const policy = compile(config, noGrants);

const operator: Principal = { kind: "operator", id: "laptop", scopes, via: "webchat" };
const stranger: Principal = { kind: "sender", channel: "telegram", account: "default", id: "1", identity: "immutable" };
const control: Path = { kind: "control", transport: "ws" };
const direct: Path = { kind: "direct", channel: "telegram", account: "default" };
const tainted: Label = { integrity: "untrusted", readers: ["owner"], secret: false, sources: ["web:example.com"] };
const execCall: Action = {
  kind: "tool.call",
  tool: "exec",
  agent: "main",
  surface: "turn",
  sink: { kind: "sandboxed-code" },
};
const hostCall: Action = {
  ...execCall,
  sink: { kind: "code", where: "host", security: "allowlist", ask: "on-miss", allowlisted: false },
};
const readCall: Action = { ...execCall, tool: "read", sink: { kind: "free", reads: "plain" } };
const reply: Action = { kind: "message.send", agent: "main", sink: { kind: "free", reads: "plain" } };

const ask = (principal: Principal, path: Path, rest: { action: Action; label?: Label }): Request => ({
  principal,
  path,
  action: rest.action,
  context: { label: rest.label ?? cleanLabel, audience: ["owner"], sandbox: "proven", grant: "none" },
});

/** The enforcement points of a day, the costly ones included: a tainted window is decided twice. */
const requests: readonly Request[] = [
  ask(operator, control, { action: { kind: "method.call", method: "health", scope: "operator.read" } }),
  ask(operator, control, { action: { kind: "message.deliver" } }),
  ask(stranger, direct, { action: { kind: "message.deliver" } }),
  ask(operator, control, { action: readCall }),
  ask(operator, control, { action: execCall }),
  ask(operator, control, { action: hostCall }),
  ask(operator, control, { action: hostCall, label: tainted }),
  ask(stranger, direct, { action: execCall, label: tainted }),
  ask(operator, control, { action: reply }),
];

/** Keeps the results alive, so that nothing is optimized away. */
let allowed = 0;

function batch(): number {
  const started = performance.now();
  for (let made = 0; made < decisionsPerBatch; made += 1) {
    const request = requests[made % requests.length];
    if (request && decide(policy, request).effect === "allow") allowed += 1;
  }
  return ((performance.now() - started) * 1_000) / decisionsPerBatch;
}

for (let warm = 0; warm < warmUpBatches; warm += 1) batch();
const microseconds = median(Array.from({ length: batches }, batch));
if (allowed === 0) throw new Error("nothing was allowed: the mix no longer fits the policy");
const rules = policy.parts.reduce((sum, part) => sum + part.rules.rules.length, 0);
process.stdout.write(`${JSON.stringify({ microseconds, requests: requests.length, rules })}\n`);
