/** A story that people and the Gateway play through, whatever is killed meanwhile, and what it left behind. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EnvelopePart } from "../../../src/channels/contract.ts";
import { DurablePlatform } from "./durable-platform.ts";

export type Line = {
  readonly text: string;
  /** Absent: the owner. */
  readonly from?: string;
  readonly parts?: readonly EnvelopePart[];
  /** Said as soon as a run begins, not when everything is quiet. */
  readonly during?: "run";
};

export type Faults = { readonly lost: readonly string[]; readonly doubled: readonly string[] };

export type Story = {
  readonly lines: readonly Line[];
  /** What went wrong, in words; empty when each line was answered once and nothing was done twice. */
  faultsOf(aftermath: Aftermath): Faults;
};

export type Sent = { readonly key: string; readonly text: string };

/** What a stopped Gateway left behind. */
export type Aftermath = {
  /** Content of a workspace file; empty when there is none. */
  file(name: string): string;
  readonly items: readonly Content[];
  /** Tool results that say that the outcome is unknown, by tool. */
  readonly unknownSteps: readonly string[];
  /** Keys of deliveries that may or may not have arrived, as the owner is told. */
  readonly unknownDeliveries: readonly string[];
  /** What the Gateway put into its outbox, in that order. */
  readonly sent: readonly Sent[];
  /** Keys of what arrived. */
  readonly arrived: readonly string[];
  rows(database: "state" | "sessions", sql: string): readonly Record<string, unknown>[];
  readonly state: string;
};

export type Content = { readonly kind: string; readonly text?: string; readonly tool?: string };

export function aftermathOf(state: string): Aftermath {
  const paths = { state: "state.db", sessions: join("agents", "main", "sessions", "sessions.db") } as const;
  const rows: Aftermath["rows"] = (database, sql) => rowsIn(join(state, paths[database]), sql);
  const items = rows("sessions", "SELECT content FROM items ORDER BY id").map(
    ({ content }) => JSON.parse(String(content)) as Content,
  );
  const results = items.filter(({ kind }) => kind === "tool-result");
  const told = rows("state", "SELECT message_id AS key FROM why WHERE code = 'delivery.unknown'");
  const outbox = rows("state", "SELECT idempotency_key AS key, delivery FROM outbox ORDER BY id");
  return {
    ...{ items, rows, state },
    file: (name) => textOf(join(state, "workspace", name)),
    unknownSteps: results.filter(({ text }) => text?.startsWith("Outcome unknown")).map(({ tool }) => tool ?? ""),
    unknownDeliveries: told.map(({ key }) => String(key)),
    sent: outbox.map(({ key, delivery }) => ({
      key: String(key),
      text: (JSON.parse(String(delivery)) as { text: string }).text,
    })),
    arrived: new DurablePlatform(state).delivered().map(({ idempotencyKey }) => idempotencyKey),
  };
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

function rowsIn(path: string, sql: string): readonly Record<string, unknown>[] {
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
