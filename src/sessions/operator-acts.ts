/**
 * What an operator had the Gateway do by a method, once per idempotency key: what came of it is durable with the change
 * itself, so that a caller who never got the answer asks again and gets it, and nothing is done twice.
 */
import type { Database, WithChange } from "../platform/database.ts";

export const operatorActsMigrations: readonly string[] = [
  `CREATE TABLE operator_acts (
     key TEXT PRIMARY KEY,
     outcome TEXT NOT NULL,
     at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX operator_acts_age ON operator_acts (at);`,
];

/** `key` names the caller, the act and the caller's own key. */
export type OperatorAct<Report> = {
  readonly key: readonly string[];
  readonly at: number;
  /** Has to call `done` in the transaction of the change. */
  act(done: WithChange<Report>): Promise<Report>;
};

export interface OperatorActs {
  /** Does it, or tells what came of it when it was done under this key before, or is under way. */
  once<Report extends object>(wanted: OperatorAct<Report>): Promise<Report>;
  /** Forgets what was done before `before`; resolves to their number. */
  prune(before: number): Promise<number>;
}

export function createOperatorActs(database: Database): OperatorActs {
  const underWay = new Map<string, Promise<object>>();
  return {
    once<Report extends object>({ key: parts, at, act }: OperatorAct<Report>): Promise<Report> {
      const key = JSON.stringify(parts);
      const known = database.get<{ outcome: string }>("SELECT outcome FROM operator_acts WHERE key = ?", key);
      if (known) return Promise.resolve(JSON.parse(known.outcome) as Report);
      const running = underWay.get(key) as Promise<Report> | undefined;
      if (running) return running;
      const doing = act((transaction, report) => {
        const sql = "INSERT INTO operator_acts (key, outcome, at) VALUES (?, ?, ?)";
        transaction.run(sql, key, JSON.stringify(report), at);
      }).finally(() => underWay.delete(key));
      underWay.set(key, doing);
      return doing;
    },
    prune: (before) =>
      database.write((transaction) => transaction.run("DELETE FROM operator_acts WHERE at < ?", before).changes),
  };
}
