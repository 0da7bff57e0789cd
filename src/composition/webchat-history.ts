/** The web chat's deliveries: what the Gateway itself says becomes part of the history; the agent's answers are there. */
import type { Delivery } from "../channels/contract.ts";
import type { Clock } from "../platform/clock.ts";
import { cleanLabel } from "../policy/label.ts";
import type { Outbox } from "../sessions/outbox.ts";
import type { Runs } from "./services/runs.ts";
import type { SessionStores } from "./session-stores.ts";

type WebchatPorts = {
  readonly outbox: Pick<Outbox, "labelOf">;
  readonly sessions: SessionStores;
  readonly runs: Runs;
  readonly clock: Clock;
};

export function createWebchatHistory({ outbox, sessions, runs, clock }: WebchatPorts) {
  return {
    /** Resolves when the text is durable: the history is all that a page ever shows of it. */
    async delivered(session: string, { idempotencyKey, text }: Delivery): Promise<void> {
      const [run = "", kind = ""] = idempotencyKey.split(":");
      if (kind === "answer" || run === "approval") return;
      // A reminder or a message says what a tool was told to say: it is no word of the Gateway's own.
      const label = outbox.labelOf(idempotencyKey);
      const shownTo = kind === "command" ? ({ shownTo: "people" } as const) : {};
      const item = { run, content: { kind: "notice" as const, text, ...shownTo }, label, at: clock.now() };
      await sessions.of(sessions.agentOf(session)).append(session, [item]);
      const usage = { inputTokens: 0, outputTokens: 0 };
      if (kind === "command" || kind === "refused")
        runs.answered(run, { kind: "answered", text, label: cleanLabel, usage });
    },
  };
}
