/**
 * Model servers on this machine: looked for at the addresses where Ollama and llama-server listen, offered, and used
 * only once the owner accepted one. The acceptance is a row of `state.db`.
 */
import type { Database } from "../platform/database.ts";
import type { HttpClient } from "../platform/http-client.ts";

export type LocalServerKind = "ollama" | "llama-server";

export type LocalServer = {
  readonly origin: string;
  readonly kind: LocalServerKind;
  readonly models: readonly string[];
  readonly accepted: boolean;
};

export type AcceptedServer = { readonly origin: string; readonly kind: LocalServerKind; readonly model: string };

const places: readonly { readonly kind: LocalServerKind; readonly origin: string; readonly path: string }[] = [
  { kind: "ollama", origin: "http://127.0.0.1:11434", path: "/api/tags" },
  { kind: "llama-server", origin: "http://127.0.0.1:8080", path: "/v1/models" },
];
const probeTimeoutMs = 700;
const probeBytesMax = 1024 * 1024;
const modelsShownMax = 100;

export const acceptedServersMigrations: readonly string[] = [
  `CREATE TABLE accepted_model_servers (
     origin TEXT PRIMARY KEY,
     kind TEXT NOT NULL,
     model TEXT NOT NULL,
     accepted_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

export interface AcceptedServers {
  /** The one accepted last comes first. */
  list(): readonly AcceptedServer[];
  accept(server: AcceptedServer, at: number): Promise<void>;
  withdraw(origin: string): Promise<boolean>;
}

export function createAcceptedServers(database: Database): AcceptedServers {
  return {
    list: () =>
      database.all<AcceptedServer>("SELECT origin, kind, model FROM accepted_model_servers ORDER BY accepted_at DESC"),
    accept: async ({ origin, kind, model }, at) => {
      await database.write((transaction) =>
        transaction.run(
          `INSERT INTO accepted_model_servers (origin, kind, model, accepted_at) VALUES (?1, ?2, ?3, ?4)
           ON CONFLICT (origin) DO UPDATE SET kind = ?2, model = ?3, accepted_at = ?4`,
          origin,
          kind,
          model,
          at,
        ),
      );
    },
    withdraw: (origin) =>
      database.write(
        (transaction) => transaction.run("DELETE FROM accepted_model_servers WHERE origin = ?", origin).changes > 0,
      ),
  };
}

export type Probe = {
  readonly accepted: AcceptedServers;
  /** A client that may call exactly these private origins. */
  clientFor(privateOrigins: readonly string[]): HttpClient;
  /** Where to look instead of the usual places: tests look at ports of their own. */
  readonly places?: typeof places;
};

/** Servers that answer now, with their models. A place where nothing listens is simply not in the list. */
export async function findLocalServers(probe: Probe): Promise<readonly LocalServer[]> {
  const looked = probe.places ?? places;
  const client = probe.clientFor(looked.map(({ origin }) => origin));
  try {
    const accepted = new Set(probe.accepted.list().map(({ origin }) => origin));
    const found = await Promise.all(looked.map((place) => modelsAt(client, place)));
    return looked.flatMap(({ origin, kind }, index) => {
      const models = found[index];
      return models === undefined ? [] : [{ origin, kind, models, accepted: accepted.has(origin) }];
    });
  } finally {
    await client.close();
  }
}

async function modelsAt(client: HttpClient, { origin, path }: (typeof places)[number]): Promise<string[] | undefined> {
  try {
    const response = await client.fetch({
      url: `${origin}${path}`,
      timeoutMs: probeTimeoutMs,
      maxBytes: probeBytesMax,
      maxRedirects: 0,
    });
    if (response.status !== 200) return undefined;
    return namesOf(JSON.parse(response.body.toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Ollama: `models[].name`; the others: `data[].id`. Undefined for an answer of something else. */
function namesOf(answer: unknown): string[] | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const { models, data } = answer as { models?: unknown; data?: unknown };
  const entries: unknown = Array.isArray(data) ? data : models;
  if (!Array.isArray(entries)) return undefined;
  return entries
    .flatMap((entry: { id?: unknown; name?: unknown } | null) => entry?.id ?? entry?.name ?? [])
    .filter((name) => typeof name === "string")
    .slice(0, modelsShownMax);
}
