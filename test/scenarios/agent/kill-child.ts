/**
 * One turn in a process of its own, which a kill point may end: `node kill-child.ts FOLDER START [KILL_POINT]`. The
 * offline assistant answers; the tools leave a line in `effects` each time they act. Prints the outcome as JSON.
 */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { offlineChoice } from "../../../src/agent/providers/offline.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { armKillPoint, reach } from "../../../src/sessions/kill-points.ts";
import type { DispatchOutcome, ToolCall } from "../../../src/tools/dispatch-contract.ts";
import { ownerLabel, result, turnBench } from "./turn-bench.ts";

const [folder = "", start = "message", killPoint] = process.argv.slice(2);
if (killPoint !== undefined) armKillPoint(killPoint, () => process.kill(process.pid, "SIGKILL"));

const bench = turnBench({
  choices: [offlineChoice(systemClock)],
  statePath: join(folder, "state.db"),
  sessionsPath: join(folder, "sessions.db"),
  dispatch: (call) => (call.name === "exec" ? park(call) : act(call)),
  resume: () => act({ id: "call-1", name: "exec", argumentsText: "{}" }),
});

/** As the tool runner does it: started is durable before the effect, finished after it. */
async function act(call: ToolCall): Promise<DispatchOutcome> {
  const key = { run: "r", callId: call.id, tool: call.name, at: 1 };
  await bench.steps.start(key);
  reach("step.started");
  appendFileSync(join(folder, "effects"), `${call.name}\n`);
  reach("step.ran");
  await bench.steps.finish(key, { text: "bytes 9e2c", failed: false, label: ownerLabel });
  reach("step.finished");
  return result("bytes 9e2c");
}

async function park(call: ToolCall): Promise<DispatchOutcome> {
  await bench.steps.wait({ run: "r", callId: call.id, tool: call.name, at: 1 }, { id: "a1", words: "amber-fox" });
  return { kind: "parked", approvalId: "a1", words: "amber-fox" };
}

const request = existsSync(join(folder, "parks")) ? "run npm test" : "read notes.md";
const outcome =
  start === "message"
    ? await bench.say(request, { run: "r" })
    : await bench.start("r", start === "approval" ? { kind: "approval", approvalId: "a1" } : { kind: "restart" });
const answers = bench.sessions.run("r").filter(({ content }) => content.kind === "assistant").length;
process.stdout.write(JSON.stringify({ outcome, answers }));
await bench.close();
