/** Kills the Gateway while it takes messages, starts it again, and looks for every message that it had acknowledged. */
import { randomUUID } from "node:crypto";
import type { ModelScript } from "../../test/servers/model-script.ts";
import { newState, startGateway } from "../gateway.ts";
import { type Lab, pause } from "../lab.ts";
import type { Operator } from "../operator.ts";
import type { Result } from "../result.ts";
import { firstConfig, startModel, withModel } from "../turns.ts";

const kills = { full: 25, quick: 3 };
const sessions = 4;
const messagesPerSessionMax = 50;
/** A kill falls between the first message and this. */
const killWithinMs = 400;
/** Turns that take a while, so that a kill meets them before, during and after. */
const thinkingMs = 15;
const shownWithinMs = 20_000;
const lookAgainMs = 100;
const thinking: ModelScript = {
  rules: [],
  otherwise: [{ text: "ok", fault: { kind: "slow", delayMs: thinkingMs } }],
};

type Sent = { readonly session: string; readonly text: string };

/** One state directory through all kills. A message counts as lost when no history shows it after the next start. */
export async function measureLost(lab: Lab): Promise<Result[]> {
  const model = await startModel(lab, thinking);
  const state = newState(lab, withModel(await firstConfig(lab), model.origin));
  const totals = { acknowledged: 0, lost: 0 };
  for (let round = 0; round < kills[lab.counts]; round += 1) {
    const acknowledged = await sendUntilKilled(lab, state, round);
    const lost = await missingAfterStart(lab, state, acknowledged);
    totals.acknowledged += acknowledged.length;
    totals.lost += lost.length;
  }
  await model.stop();
  if (totals.acknowledged === 0) throw new Error("no message was acknowledged before a kill");
  const note = `${totals.acknowledged} acknowledged messages, ${kills[lab.counts]} kills at random times`;
  return [{ id: "lost", value: totals.lost, note }];
}

async function sendUntilKilled(lab: Lab, state: string, round: number): Promise<Sent[]> {
  const gateway = await startGateway(lab, state);
  const acknowledged: Sent[] = [];
  const operators = await Promise.all(Array.from({ length: sessions }, () => gateway.operator()));
  const sent = Promise.all(
    operators.map((operator, index) => sendAll(operator, `agent:main:bench:k${round}-${index}`, acknowledged)),
  );
  await pause(Math.random() * killWithinMs);
  await gateway.kill();
  await sent;
  return acknowledged;
}

/** Sends the next message once the last one is acknowledged, until the connection ends. */
async function sendAll(operator: Operator, session: string, acknowledged: Sent[]): Promise<void> {
  for (let count = 0; count < messagesPerSessionMax; count += 1) {
    const text = `message ${randomUUID()}`;
    try {
      await operator.call("chat.send", { sessionKey: session, message: text, idempotencyKey: randomUUID() });
    } catch (error) {
      if (String(error).includes("closed")) return; // Killed before the acknowledgement.
      throw error;
    }
    acknowledged.push({ session, text });
  }
}

async function missingAfterStart(lab: Lab, state: string, sent: readonly Sent[]): Promise<readonly Sent[]> {
  const gateway = await startGateway(lab, state);
  const operator = await gateway.operator();
  const deadline = performance.now() + shownWithinMs;
  let missing = sent;
  while (missing.length > 0 && performance.now() < deadline) {
    missing = await stillMissing(operator, missing);
    if (missing.length > 0) await pause(lookAgainMs);
  }
  operator.close();
  await gateway.stop();
  return missing;
}

async function stillMissing(operator: Operator, sent: readonly Sent[]): Promise<readonly Sent[]> {
  const found = new Set<Sent>();
  for (const session of new Set(sent.map((entry) => entry.session))) {
    const history = JSON.stringify(await operator.call("chat.history", { sessionKey: session, limit: 1_000 }));
    for (const entry of sent) if (entry.session === session && history.includes(entry.text)) found.add(entry);
  }
  return sent.filter((entry) => !found.has(entry));
}
