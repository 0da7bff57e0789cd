/** The Gateway without a turn: start, memory at rest, requests of the control plane. */
import type { RawData } from "ws";
import { newState, startGateway } from "../gateway.ts";
import { type Lab, pause } from "../lab.ts";
import { treePssMiB } from "../memory.ts";
import type { Operator } from "../operator.ts";
import type { Result } from "../result.ts";
import { median } from "../statistics.ts";

const startRuns = { full: 10, quick: 2 };
const idleMs = { full: 60_000, quick: 10_000 };
const floodMs = { full: 3_000, quick: 1_000 };
const warmUpMs = 1_000;
const connections = 50;

/** Each start on a fresh state directory: the first run with all it writes. */
export async function measureStart(lab: Lab): Promise<Result[]> {
  const times: number[] = [];
  for (let run = 0; run < startRuns[lab.counts]; run += 1) {
    const gateway = await startGateway(lab, newState(lab));
    times.push(gateway.startMs);
    await gateway.stop();
  }
  return [{ id: "start", value: median(times), note: `median of ${times.length} first starts` }];
}

export async function measureIdle(lab: Lab): Promise<Result[]> {
  const gateway = await startGateway(lab, newState(lab));
  await pause(idleMs[lab.counts] - gateway.startMs);
  const value = treePssMiB(gateway.pid);
  await gateway.stop();
  return [{ id: "idle", value, note: `${idleMs[lab.counts] / 1_000} s after the start` }];
}

export async function measureHealth(lab: Lab): Promise<Result[]> {
  const gateway = await startGateway(lab, newState(lab));
  const operators = await Promise.all(Array.from({ length: connections }, () => gateway.operator()));
  await flood(operators, warmUpMs);
  const perSecond = await flood(operators, floodMs[lab.counts]);
  for (const operator of operators) operator.close();
  await gateway.stop();
  return [{ id: "health", value: perSecond, note: "one request at a time on each connection; one driver process" }];
}

/** Every connection asks again as soon as it is answered. Answers per second. */
async function flood(operators: readonly Operator[], durationMs: number): Promise<number> {
  const tally = { answered: 0, refused: 0 };
  const started = performance.now();
  const deadline = started + durationMs;
  await Promise.all(operators.map((operator) => ask(operator, deadline, tally)));
  if (tally.refused > 0) throw new Error(`${tally.refused} of ${tally.answered} health requests were refused`);
  return tally.answered / ((performance.now() - started) / 1_000);
}

const request = JSON.stringify({ type: "req", id: "flood", method: "health", params: {} });

function ask({ socket }: Operator, deadline: number, tally: { answered: number; refused: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error("the Gateway closed a connection during the flood"));
    const onMessage = (data: RawData) => {
      const text = data.toString();
      if (!text.includes('"id":"flood"')) return; // An event.
      tally.answered += 1;
      if (!text.includes('"ok":true')) tally.refused += 1;
      if (performance.now() < deadline) {
        socket.send(request);
        return;
      }
      socket.off("message", onMessage).off("close", closed);
      resolve();
    };
    socket.on("message", onMessage).once("close", closed);
    socket.send(request);
  });
}
