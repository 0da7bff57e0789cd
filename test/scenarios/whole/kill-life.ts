/**
 * One life of the whole Gateway on a state directory, in which people say the lines of a story, each when the one before
 * was worked off. A kill point may end it; the next life takes up what is left.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectGateway } from "../../../src/cli/gateway-client.ts";
import { startGateway } from "../../../src/composition/start-gateway.ts";
import type { Started } from "../../../src/composition/start-options.ts";
import { type Clock, systemClock } from "../../../src/platform/clock.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { configWith } from "../../fakes/whole-gateway.ts";
import { DurablePlatform, ownerId, platformName } from "./durable-platform.ts";
import type { Story } from "./kill-story.ts";

const token = "a-token-for-tests-that-is-long-enough";
const quietTimeoutMs = 60_000;
/** A card that nobody saw for so long is decided in the Control UI. */
const stuckMs = 400;
const lookMs = 20;

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
  for (const name of ["tally", "other"]) writeFileSync(join(state, "workspace", `${name}.md`), `${name}:\n`);
  return state;
}

export const removeState = (state: string): void => rmSync(state, { recursive: true, force: true });

export const hookPath = ".git/hooks/pre-commit";

/** Between two lives: a file that was written again is another file. */
export function noteHook(state: string): void {
  const path = join(state, "workspace", hookPath);
  if (!existsSync(path)) return;
  const { ino, mtimeNs } = statSync(path, { bigint: true });
  appendFileSync(join(state, "hooks-seen"), `${ino}:${mtimeNs}\n`);
}

export type Life = { readonly started: Started; readonly platform: DurablePlatform; readonly story: Story };

/** `clock` is that of the Gateway: the next life may begin much later. */
export async function beginLife(state: string, story: Story, clock: Clock = systemClock): Promise<Life> {
  const platform = new DurablePlatform(state);
  const life = { platform, story };
  platform.onTyping = () => {
    if (nextLine(life)?.during === "run") sayNext(life);
  };
  const started = await startGateway({
    environment: { PATH: "/usr/bin:/bin", FASED_STATE_DIR: state },
    flags: { port: 0 },
    clock,
    uiRoot: state,
    channels: [async (_config, { host }) => [platform.attach(host(platform.name, platform.account))]],
  });
  return { ...life, started };
}

type Told = Pick<Life, "platform" | "story">;

const nextLine = ({ platform, story }: Told) => story.lines[platform.linesSaid()];

function sayNext({ platform, story }: Told): void {
  const index = platform.linesSaid();
  const line = story.lines[index];
  if (line) platform.say({ messageId: `line-${index}`, ...line });
}

/**
 * Resolves when the story was told and worked off, with how often a waiting card had to be decided in the Control UI
 * because the owner got none in the chat.
 */
export async function untilQuiet(state: string, life: Life): Promise<number> {
  const work = new OpenWork(state);
  let unseenCards = 0;
  try {
    for (;;) {
      if (work.isDone() && life.platform.allTaken()) {
        if (!nextLine(life)) return unseenCards;
        sayNext(life);
      }
      if (work.isStuck()) {
        await decideInControlUi(life.started.port);
        unseenCards += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  } finally {
    work.close();
  }
}

/** What the journals say is still to do. */
class OpenWork {
  readonly #database: DatabaseSync;
  readonly #deadline = Date.now() + quietTimeoutMs;
  #waitingSince: number | undefined;

  constructor(state: string) {
    this.#database = new DatabaseSync(join(state, "state.db"), { readOnly: true });
  }

  isDone(): boolean {
    if (Date.now() > this.#deadline) throw new Error("the Gateway does not come to an end of its work");
    return this.#busy() + this.#count("approvals WHERE state = 'waiting'") === 0 && this.#open("") === 0;
  }

  /** For a while, all that is left waits for an owner. */
  isStuck(): boolean {
    const waiting = this.#count("approvals WHERE state = 'waiting'") > 0;
    if (!waiting || this.#busy() + this.#open("AND state != 'parked'") > 0) this.#waitingSince = undefined;
    else this.#waitingSince ??= Date.now();
    const stuck = this.#waitingSince !== undefined && Date.now() - this.#waitingSince > stuckMs;
    if (stuck) this.#waitingSince = undefined;
    return stuck;
  }

  close(): void {
    this.#database.close();
  }

  #open(filter: string): number {
    return this.#count(`inbox WHERE state NOT IN ('done', 'dropped') ${filter}`);
  }

  /** Without a message that is still open. */
  #busy(): number {
    const granted = "kind = 'proposal' AND state IN ('granted', 'spent') AND told_at IS NULL";
    return (
      this.#count("outbox WHERE state IN ('queued', 'attempted')") +
      this.#count("reminders WHERE state = 'waiting'") +
      this.#count(`approvals WHERE ${granted}`)
    );
  }

  #count(from: string): number {
    return (this.#database.prepare(`SELECT count(*) AS n FROM ${from}`).get() as { n: number }).n;
  }
}

async function decideInControlUi(port: number): Promise<void> {
  const credential = { kind: "token", secret: new Secret(token) } as const;
  const connection = await connectGateway({ url: `ws://127.0.0.1:${port}/`, credential }, { version: "0.0.0" });
  const { approvals } = await connection.call<{ approvals: { id: string }[] }>("exec.approval.list", {});
  for (const { id } of approvals) await connection.call("exec.approval.resolve", { id, decision: "allow-once" });
  connection.close();
}
