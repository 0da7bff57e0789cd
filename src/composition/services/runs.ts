/** Runs as callers see them: started by an operator's message, watched while they go, remembered for a while. */
import type { TurnEvent, TurnOutcome } from "../../agent/turn-contract.ts";
import type { Envelope } from "../../channels/contract.ts";
import { webchatName } from "../../channels/webchat/webchat.ts";
import type { Events } from "../../gateway/events.ts";
import { createRunPublisher, type RunPublisher } from "../../gateway/run-events.ts";
import type { RunRequest, RunService, RunState } from "../../gateway/services.ts";
import type { RunFacts, RunObserver } from "../../inbound/ports.ts";
import type { Submission } from "../../inbound/receive.ts";
import type { Clock } from "../../platform/clock.ts";
import { runIdOf } from "../../sessions/run-id.ts";

/** Ended runs that callers may still ask about. */
export const rememberedRunsMax = 1_000;

export type RunPorts = {
  readonly clock: Clock;
  readonly events: Events;
  submit(submission: Submission): Promise<{ readonly duplicate: boolean }>;
  mainSession(agent: string | undefined): string;
  agentOf(session: string): string;
};

type Listener = (event: TurnEvent) => void;

type Watched = {
  readonly facts: RunFacts;
  text: string;
  readonly publisher: RunPublisher;
  outcome: TurnOutcome | undefined;
  endedAt: number | undefined;
  readonly listeners: Set<Listener>;
  readonly waiters: Set<() => void>;
};

export type Runs = RunService & {
  readonly observer: RunObserver;
  /** A message that was answered without a turn: a command. */
  answered(run: string, outcome: TurnOutcome): void;
  /** Text so far of the run that is writing in a session. */
  writing(session: string): { readonly runId: string; readonly text: string } | undefined;
};

export function createRuns(ports: RunPorts): Runs {
  return new WatchedRuns(ports);
}

class WatchedRuns implements Runs {
  readonly #ports: RunPorts;
  readonly #runs = new Map<string, Watched>();

  constructor(ports: RunPorts) {
    this.#ports = ports;
  }

  async start(request: RunRequest, onEvent?: Listener) {
    const session = request.sessionKey ?? this.#ports.mainSession(request.agent);
    // The same (principal, idempotency key) is the same run, also after a restart.
    const run = runIdOf(request.caller.principal.id, request.idempotencyKey);
    const watched = this.#watch({
      run,
      session,
      agent: this.#ports.agentOf(session),
      startedAt: this.#ports.clock.now(),
    });
    if (onEvent) watched.listeners.add(onEvent);
    const { duplicate } = await this.#ports.submit({
      envelope: this.#envelope(request, run, session),
      principal: request.caller.principal,
    });
    return { runId: run, sessionKey: session, duplicate };
  }

  state(runId: string): RunState | undefined {
    const watched = this.#runs.get(runId);
    return watched && stateOf(watched);
  }

  wait(runId: string, timeoutMs: number): Promise<RunState | undefined> {
    const watched = this.#runs.get(runId);
    if (!watched || watched.outcome) return Promise.resolve(watched && stateOf(watched));
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        watched.waiters.delete(done);
        resolve(stateOf(watched));
      };
      const timer = this.#ports.clock.after(timeoutMs, done);
      watched.waiters.add(done);
    });
  }

  writing(session: string): { runId: string; text: string } | undefined {
    for (const watched of this.#runs.values()) {
      if (watched.facts.session === session && !watched.outcome && watched.text !== "") {
        return { runId: watched.facts.run, text: watched.text };
      }
    }
    return undefined;
  }

  answered(run: string, outcome: TurnOutcome): void {
    const watched = this.#runs.get(run);
    if (watched) this.#end(watched, outcome);
  }

  readonly observer: RunObserver = {
    started: (facts) => {
      const watched = this.#watch(facts);
      // A parked run that goes on has ended once before.
      watched.outcome = undefined;
    },
    event: (facts, event) => this.#onEvent(this.#watch(facts), event),
    ended: (facts, outcome) => this.#end(this.#watch(facts), outcome),
  };

  #watch(facts: RunFacts): Watched {
    const known = this.#runs.get(facts.run);
    if (known) return known;
    const watched: Watched = {
      facts,
      text: "",
      publisher: createRunPublisher(
        { runId: facts.run, sessionKey: facts.session, agentId: facts.agent },
        this.#ports.events,
        this.#ports.clock,
      ),
      outcome: undefined,
      endedAt: undefined,
      listeners: new Set(),
      waiters: new Set(),
    };
    this.#runs.set(facts.run, watched);
    this.#forgetOld();
    return watched;
  }

  /** The oldest ended runs go first; a run that still writes is never forgotten. */
  #forgetOld(): void {
    if (this.#runs.size <= rememberedRunsMax) return;
    for (const [run, watched] of this.#runs) {
      if (!watched.outcome) continue;
      this.#runs.delete(run);
      if (this.#runs.size <= rememberedRunsMax) return;
    }
  }

  #onEvent(watched: Watched, event: TurnEvent): void {
    for (const listener of watched.listeners) listener(event);
    if (event.kind === "text") watched.text += event.delta;
    watched.publisher.onEvent(event);
  }

  #end(watched: Watched, outcome: TurnOutcome): void {
    watched.outcome = outcome;
    watched.endedAt = this.#ports.clock.now();
    watched.listeners.clear();
    watched.text = "";
    watched.publisher.onOutcome(outcome);
    const { session } = watched.facts;
    this.#ports.events.publish("sessions.changed", { sessionKey: session, reason: outcome.kind, ts: watched.endedAt });
    for (const waiter of [...watched.waiters]) waiter();
  }

  #envelope({ caller, text, quoted = [], idempotencyKey }: RunRequest, run: string, session: string): Envelope {
    return {
      channel: webchatName,
      account: "default",
      messageId: `${caller.principal.id}:${idempotencyKey}`,
      form: "message",
      sender: { id: caller.principal.id, identity: "immutable", displayName: "owner" },
      chat: { kind: "direct", id: session },
      mention: "mentioned",
      text,
      parts: quoted.map((part) => ({ kind: "quoted", ...part })),
      replyTarget: { channel: webchatName, account: "default", chat: session, kind: "direct" },
      data: run,
      sentAt: this.#ports.clock.now(),
    };
  }
}

function stateOf({ facts, outcome, endedAt }: Watched): RunState {
  return {
    runId: facts.run,
    sessionKey: facts.session,
    startedAt: facts.startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}
