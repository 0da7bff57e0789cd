/** What was said in a chat becomes part of its session, with its label: a follow-up there sees it. */
import { webchatName } from "../channels/webchat/webchat.ts";
import type { InboundPorts } from "../inbound/ports.ts";
import type { Clock } from "../platform/clock.ts";
import { cleanLabel } from "../policy/label.ts";
import type { Runs } from "./services/runs.ts";
import type { SessionStores } from "./session-stores.ts";

type DeliveredPorts = { readonly sessions: SessionStores; readonly runs: Runs; readonly clock: Clock };

export function createDeliveredHistory({ sessions, runs, clock }: DeliveredPorts): InboundPorts["delivered"] {
  return async ({ delivery, label, session }) => {
    const { idempotencyKey, target, text } = delivery;
    const [run = "", kind = ""] = idempotencyKey.split(":");
    // The agent's answer is there already; a card is shown from its approval.
    if (kind === "answer" || run === "approval") return;
    // A page shows its session and nothing else: there the Gateway's own notices are kept as well.
    const entered = target.channel === webchatName ? target.chat : session;
    if (entered === undefined) return;
    const shownTo = kind === "command" ? ({ shownTo: "people" } as const) : {};
    const item = { run, content: { kind: "notice" as const, text, ...shownTo }, label, at: clock.now() };
    await sessions.of(sessions.agentOf(entered)).append(entered, [item]);
    const usage = { inputTokens: 0, outputTokens: 0 };
    if (kind === "command" || kind === "refused")
      runs.answered(run, { kind: "answered", text, label: cleanLabel, usage });
  };
}
