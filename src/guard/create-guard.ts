/**
 * The guard. Ask `decide`, write the row, then seal: what is not recorded does not happen. The only place that makes
 * `Authorized` values.
 */
import { decide as decideByPolicy } from "../policy/decide.ts";
import type { Decision } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";
import type { Request } from "../policy/request.ts";
import { seal } from "./authorized.ts";
import type { CheckOptions, GrantReference, Guard, Verdict } from "./guard.ts";
import type { Commit, Ledger } from "./ledger.ts";
import { entryOf, type LedgerEntry } from "./ledger-row.ts";
import { RefusalFlood } from "./refusal-flood.ts";

export type GuardOptions = {
  readonly policy: Policy;
  readonly ledger: Pick<Ledger, "append">;
  /** Spends an approval, durably and once: true for exactly one call with the same grant. */
  readonly spendGrant: (grant: GrantReference) => Promise<boolean>;
  readonly now: () => number;
  /** The epoch to begin with: that of the accepted policy, so that approvals outlive a restart. */
  readonly epoch?: number;
  readonly decide?: (policy: Policy, request: Request) => Decision;
};

/** The guard as its owner sees it; everyone else gets `Guard`. */
export interface PolicyGuard extends Guard {
  /** Puts another policy into force at once, also for checks that wait for their row. */
  replace(policy: Policy, epoch?: number): void;
  /** What `check` would answer without a grant. Records nothing, seals nothing: for showing what is on offer. */
  foresee(request: Request): Decision;
  /** Writes what was counted of strangers' repeated refusals, before the ledger closes. Rejects when it cannot. */
  settle(): Promise<void>;
}

export function createGuard(options: GuardOptions): PolicyGuard {
  return new RecordingGuard(options);
}

type Recording = { readonly summary: string | undefined; readonly commit: Commit | undefined };

/** What the asker wants committed, and whether it was. */
type Step = { readonly commit: Commit; done(): boolean };

class RecordingGuard implements PolicyGuard {
  readonly #options: GuardOptions;
  readonly #flood = new RefusalFlood();
  readonly #decide: (policy: Policy, request: Request) => Decision;
  #policy: Policy;
  #epoch: number;
  /** Counts every replacement, also those that keep the epoch. */
  #generation = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#decide = options.decide ?? decideByPolicy;
    this.#policy = options.policy;
    this.#epoch = options.epoch ?? 1;
  }

  get epoch(): number {
    return this.#epoch;
  }

  replace(policy: Policy, epoch = this.#epoch + 1): void {
    this.#policy = policy;
    this.#epoch = epoch;
    this.#generation += 1;
  }

  foresee(request: Request): Decision {
    return this.#ask(withGrant(request, "none"));
  }

  async settle(): Promise<void> {
    for (const entry of this.#flood.flush()) await this.#options.ledger.append(entry);
  }

  async check<R extends Request>(request: R, options: CheckOptions = {}): Promise<Verdict<R>> {
    try {
      return await this.#check(request, options);
    } catch {
      return { effect: "deny", decision: refusal("guard.failed") };
    }
  }

  async #check<R extends Request>(request: R, options: CheckOptions): Promise<Verdict<R>> {
    const plain = withGrant(request, "none");
    const first = this.#ask(plain);
    if (first.effect !== "ask" || options.grant === undefined) return this.#conclude(plain, first, options);
    if (!(await this.#options.spendGrant(options.grant))) return this.#conclude(plain, first, options);
    const granted = withGrant(request, "exact");
    return this.#conclude(granted, this.#ask(granted), options);
  }

  /** Records, and seals what is still allowed once the row is durable. */
  async #conclude<R extends Request>(request: R, decision: Decision, options: CheckOptions): Promise<Verdict<R>> {
    const generation = this.#generation;
    const step = decision.effect === "allow" ? this.#stepOf(options, generation) : undefined;
    const row = await this.#record(request, decision, { summary: options.summary, commit: step?.commit });
    if (row === "unwritable") return { effect: "deny", decision: refusal("ledger.unwritable") };
    if (decision.effect !== "allow") return { effect: decision.effect, decision };
    if (this.#generation !== generation)
      return this.#reconsider(request, step?.done() ? withoutCommit(options) : options);
    return { effect: "allow", decision, authorized: seal({ request, decision, ledgerRow: row }) };
  }

  /** The policy changed while the row was written: what counts is the policy at the moment of the effect. */
  #reconsider<R extends Request>(request: R, options: CheckOptions): Promise<Verdict<R>> {
    return this.#conclude(request, this.#ask(request), options);
  }

  /** The asker's step. When its transaction begins under another policy than decided, it waits for that one's answer. */
  #stepOf({ commit }: CheckOptions, generation: number): Step | undefined {
    if (!commit) return undefined;
    let done = false;
    return {
      commit: (transaction) => {
        if (this.#generation !== generation) return;
        commit(transaction);
        done = true;
      },
      done: () => done,
    };
  }

  #ask(request: Request): Decision {
    try {
      return this.#decide(this.#policy, request);
    } catch {
      return refusal("engine.rule_threw");
    }
  }

  async #record(
    request: Request,
    decision: Decision,
    { summary, commit }: Recording,
  ): Promise<number | undefined | "unwritable"> {
    const { ledger, now } = this.#options;
    try {
      if (isPlainRead(request) && !commit) return undefined;
      const entry = entryOf(request, decision, { at: now(), ...(summary === undefined ? {} : { summary }) });
      if (isRefusedMessage(request, decision)) return await this.#recordRefusal(entry);
      return await ledger.append(entry, commit);
    } catch {
      return "unwritable";
    }
  }

  async #recordRefusal(entry: LedgerEntry): Promise<number | undefined> {
    const { ledger } = this.#options;
    const { record, ended } = this.#flood.take(entry);
    try {
      for (const count of ended) await ledger.append(count);
      return record === "row" ? await ledger.append(entry) : undefined;
    } catch (error) {
      this.#flood.forget(entry);
      throw error;
    }
  }
}

/** What was committed once is not committed again. */
function withoutCommit({ commit: _, ...others }: CheckOptions): CheckOptions {
  return others;
}

/** The caller's word about a grant never counts. */
function withGrant<R extends Request>(request: R, grant: "none" | "exact"): R {
  return { ...request, context: { ...request.context, grant } };
}

/** A read that has no effect and shows nothing that is not shown anyway: reading status is not worth a row. */
function isPlainRead({ action }: Request): boolean {
  if (action.kind === "method.call") return action.scope === "operator.read";
  if (action.kind !== "tool.call" && action.kind !== "message.send") return false;
  return action.sink.kind === "free" && action.sink.reads === "plain";
}

/** What anyone can cause as often as they like. */
function isRefusedMessage({ principal, action }: Request, { effect }: Decision): boolean {
  const refused = effect === "deny" || effect === "challenge";
  return refused && principal.kind === "sender" && action.kind === "message.deliver";
}

function refusal(code: string): Decision {
  return { effect: "deny", reason: code, because: [{ id: code, origin: "engine" }], cleanReaskHelps: false };
}
