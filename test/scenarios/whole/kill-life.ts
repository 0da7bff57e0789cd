/**
 * One life of the whole Gateway on a state directory: a message that leads to an edit, to a host command which the
 * owner approves by a button, and to an answer. A kill point may end it; the next life takes up what is left.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectGateway } from "../../../src/cli/gateway-client.ts";
import { startGateway } from "../../../src/composition/start-gateway.ts";
import type { Started } from "../../../src/composition/start-options.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { configWith } from "../../fakes/whole-gateway.ts";
import type { ModelScript } from "../../servers/model-script.ts";
import { type Delivered, DurablePlatform, ownerId, platformName } from "./durable-platform.ts";

const token = "a-token-for-tests-that-is-long-enough";
const quietTimeoutMs = 60_000;
/** A run that waits this long for a card that nobody saw is decided in the Control UI. */
const stuckMs = 400;
const lookMs = 20;

/** Each call leaves a trace that can be counted: a stroke in `tally.md`, a line in `ran.txt`. */
export const killScript: ModelScript = {
  rules: [],
  otherwise: [
    { calls: [{ name: "edit", arguments: { path: "tally.md", oldText: "tally:", newText: "tally:|" } }] },
    { calls: [{ name: "exec", arguments: { command: "echo ran >> ran.txt", host: "gateway" } }] },
    { text: "All done. {{result}}" },
  ],
};

export function prepareState(modelOrigin: string): string {
  const state = mkdtempSync(join(tmpdir(), "fased-kill-"));
  const config = configWith(`
    security: { owners: [{ channel: "${platformName}", id: "${ownerId}" }] },
    channels: { ${platformName}: {} },
    models: { providers: { scripted: { baseUrl: "${modelOrigin}/v1", apiKey: "scripted-key" } } },`).replace(
    "defaults: {",
    'defaults: { model: "scripted/scripted",',
  );
  writeFileSync(join(state, "fased.json"), config, { mode: 0o600 });
  writeFileSync(join(state, ".env"), `FASED_GATEWAY_TOKEN=${token}\n`, { mode: 0o600 });
  mkdirSync(join(state, "workspace"), { mode: 0o700 });
  writeFileSync(join(state, "workspace", "tally.md"), "tally:\n");
  new DurablePlatform(state).say({ messageId: "m1", form: "message", text: "do both" });
  return state;
}

export const removeState = (state: string): void => rmSync(state, { recursive: true, force: true });

export type Life = { readonly started: Started; readonly platform: DurablePlatform };

export async function beginLife(state: string): Promise<Life> {
  const platform = new DurablePlatform(state);
  const started = await startGateway({
    environment: { PATH: "/usr/bin:/bin", FASED_STATE_DIR: state },
    flags: { port: 0 },
    uiRoot: state,
    channels: [async (_config, { host }) => [platform.attach(host(platform.name, platform.account))]],
  });
  return { started, platform };
}

/**
 * Resolves when every message was worked off and every delivery ended, with how often a waiting card had to be decided
 * in the Control UI because the owner got none in the chat.
 */
export async function untilQuiet(state: string, { started, platform }: Life): Promise<number> {
  const work = new OpenWork(state);
  let unseenCards = 0;
  try {
    while (!(work.isDone() && platform.allTaken())) {
      if (work.isStuck()) {
        await decideInControlUi(started.port);
        unseenCards += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
    return unseenCards;
  } finally {
    work.close();
  }
}

/** What the journals say is still to do. */
class OpenWork {
  readonly #database: DatabaseSync;
  readonly #deadline = Date.now() + quietTimeoutMs;
  #parkedSince: number | undefined;

  constructor(state: string) {
    this.#database = new DatabaseSync(join(state, "state.db"), { readOnly: true });
  }

  isDone(): boolean {
    if (Date.now() > this.#deadline) throw new Error("the Gateway does not come to an end of its work");
    return this.#open("") + this.#sending() === 0;
  }

  /** For a while, all that is left waits for an owner. */
  isStuck(): boolean {
    const parkedOnly = this.#sending() === 0 && this.#open("AND state != 'parked'") === 0;
    if (!parkedOnly) this.#parkedSince = undefined;
    else this.#parkedSince ??= Date.now();
    const stuck = this.#parkedSince !== undefined && Date.now() - this.#parkedSince > stuckMs;
    if (stuck) this.#parkedSince = undefined;
    return stuck;
  }

  close(): void {
    this.#database.close();
  }

  #open(filter: string): number {
    return this.#count(`SELECT count(*) AS n FROM inbox WHERE state NOT IN ('done', 'dropped') ${filter}`);
  }

  #sending(): number {
    return this.#count("SELECT count(*) AS n FROM outbox WHERE state IN ('queued', 'attempted')");
  }

  #count(sql: string): number {
    return (this.#database.prepare(sql).get() as { n: number }).n;
  }
}

async function decideInControlUi(port: number): Promise<void> {
  const credential = { kind: "token", secret: new Secret(token) } as const;
  const connection = await connectGateway({ url: `ws://127.0.0.1:${port}/`, credential }, { version: "0.0.0" });
  const { approvals } = await connection.call<{ approvals: { id: string }[] }>("exec.approval.list", {});
  for (const { id } of approvals) await connection.call("exec.approval.resolve", { id, decision: "allow-once" });
  connection.close();
}

export type Aftermath = {
  readonly edits: number;
  readonly commands: number;
  /** Answers of the model that ended the run, in the transcript. */
  readonly answers: number;
  /** Tool results that say that the outcome is unknown, by tool. */
  readonly unknownSteps: readonly string[];
  /** Keys of deliveries that may or may not have arrived, as the owner is told. */
  readonly unknownDeliveries: readonly string[];
  readonly delivered: readonly Delivered[];
};

/** What a stopped Gateway left behind. */
export function aftermathOf(state: string): Aftermath {
  const workspace = join(state, "workspace");
  const ran = join(workspace, "ran.txt");
  const items = contentsIn(join(state, "agents", "main", "sessions", "sessions.db"));
  const results = items.filter(({ kind }) => kind === "tool-result");
  return {
    edits: readFileSync(join(workspace, "tally.md"), "utf8").split("|").length - 1,
    commands: existsSync(ran) ? readFileSync(ran, "utf8").split("\n").length - 1 : 0,
    answers: items.filter(({ kind, text }) => kind === "assistant" && text?.startsWith("All done.")).length,
    unknownSteps: results.filter(({ text }) => text?.startsWith("Outcome unknown")).map(({ tool }) => tool ?? ""),
    unknownDeliveries: rowsIn(
      join(state, "state.db"),
      "SELECT message_id AS key FROM why WHERE code = 'delivery.unknown'",
    ).map(({ key }) => String(key)),
    delivered: new DurablePlatform(state).delivered(),
  };
}

type Content = { readonly kind: string; readonly text?: string; readonly tool?: string };

function contentsIn(path: string): readonly Content[] {
  return rowsIn(path, "SELECT content FROM items ORDER BY id").map(
    ({ content }) => JSON.parse(String(content)) as Content,
  );
}

function rowsIn(path: string, sql: string): readonly Record<string, unknown>[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** What went wrong, in words; empty when the message was answered once and nothing ran twice. */
export function faultsOf(aftermath: Aftermath): {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
} {
  const { edits, commands, answers, unknownSteps, unknownDeliveries, delivered } = aftermath;
  const keys = delivered.map(({ idempotencyKey }) => idempotencyKey);
  const answered = keys.filter((key) => key.endsWith(":answer"));
  const told = unknownDeliveries.filter((key) => key.endsWith(":answer"));
  const lost = [
    ...(answers < 1 ? ["the run has no answer"] : []),
    ...(answered.length < 1 && told.length < 1 ? ["the answer neither arrived nor is told as unknown"] : []),
    ...(edits < 1 && !unknownSteps.includes("edit") ? ["the edit is missing and not told as unknown"] : []),
    ...(commands < 1 && !unknownSteps.includes("exec") ? ["the command did not run and is not told as unknown"] : []),
  ];
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  const doubled = [
    ...(answers > 1 ? ["the run has more than one answer"] : []),
    ...twice.map((key) => `delivered twice: ${key}`),
    ...(edits > 1 ? ["the edit was made twice"] : []),
    ...(commands > 1 ? ["the command ran twice"] : []),
  ];
  return { lost, doubled };
}
