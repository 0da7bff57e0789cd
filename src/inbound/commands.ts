/**
 * Slash commands: what an admitted sender may say to the Gateway itself, without model and without queue. One that
 * changes something does so at most once per message: that it began and what came of it are durable with the message.
 */
import type { Envelope } from "../channels/contract.ts";
import { joinAll } from "../policy/label.ts";
import type { InboxRow } from "../sessions/inbox.ts";
import { reach } from "../sessions/kill-points.ts";
import type { Admission, Arrival } from "./admission.ts";
import type { InboundPorts, KeptChanges, UndoneChanges } from "./ports.ts";
import { stopRuns } from "./runs.ts";

type Call = {
  readonly ports: InboundPorts;
  /** Of the inbox. */
  readonly row: number;
  readonly envelope: Envelope;
  readonly admission: Admission;
};

type Command = {
  readonly names: readonly string[];
  readonly who: "admitted" | "owner";
  readonly help: string;
  /** Only where it changes something: what is told when the Gateway stopped before the outcome was durable. */
  readonly interrupted?: string;
  run(call: Call): Promise<string> | string;
};

/** The answer, or undefined when the message is no command; then it is for the agent. */
export async function runCommand(call: Call): Promise<string | undefined> {
  const name = commandIn(call);
  if (name === undefined) return undefined;
  const command = commands.find(({ names }) => names.includes(name));
  if (!command) return `There is no command /${name}. /help lists them.`;
  if (command.who === "owner" && !isOwner(call.admission)) return `/${name} is for the owner.`;
  if (command.interrupted === undefined) return command.run(call);
  await call.ports.inbox.begin(call.row, name);
  reach("command.begun");
  const text = await command.run(call);
  reach("command.concluded");
  return text;
}

/** What an earlier process did because of this message, or that nobody knows; undefined when it did nothing yet. */
export function doneBefore({ act, outcome }: Pick<InboxRow, "act" | "outcome">): string | undefined {
  if (outcome !== undefined || act === undefined) return outcome;
  const told = commands.find(({ names }) => names.includes(act))?.interrupted;
  return told ?? `Outcome unknown: the Gateway stopped while it carried out /${act}. It was not repeated.`;
}

const unknown = "Outcome unknown: the Gateway stopped while it carried this out. It was not repeated.";
const interrupted = {
  stop: `${unknown} /status says what runs here.`,
  reset: `${unknown} Say /new again if what was said before still counts.`,
  undo: `${unknown} Look at the files; /undo goes on with what is left.`,
  keep: "The Gateway stopped before anything was kept. Say /keep again.",
} as const;

const commands: readonly Command[] = [
  { names: ["help", "commands"], who: "admitted", help: "what can be said", run: (call) => helpText(call.admission) },
  { names: ["stop"], who: "admitted", help: "stop what runs here, at once", interrupted: interrupted.stop, run: stop },
  {
    names: ["new", "reset"],
    who: "admitted",
    help: "start this conversation afresh",
    interrupted: interrupted.reset,
    run: reset,
  },
  { names: ["status"], who: "admitted", help: "what this conversation is doing", run: status },
  { names: ["whoami", "id"], who: "admitted", help: "who you are here", run: whoami },
  {
    names: ["undo"],
    who: "owner",
    help: "take back the last turn's changes in the workspace",
    interrupted: interrupted.undo,
    run: undo,
  },
  {
    names: ["keep"],
    who: "owner",
    help: "adopt the last turn's changes as yours",
    interrupted: interrupted.keep,
    run: keep,
  },
  { names: ["why"], who: "owner", help: "why messages were not answered, and what is in the context", run: why },
  {
    names: ["clean"],
    who: "owner",
    help: "drop what came from outside; same as /new",
    interrupted: interrupted.reset,
    run: reset,
  },
];

/** `/name …` at the start; a bare stop word counts when a run is active, so that panic needs no syntax. */
function commandIn({ ports, envelope, admission }: Call): string | undefined {
  const text = envelope.text.trim();
  const slash = /^\/([a-z_]{1,32})(?:\s|$)/i.exec(text);
  if (slash) return slash[1]?.toLowerCase();
  const active = ports.queue.size(admission.session);
  const stops = ["stop", "abort", "please stop", "stop fased"].includes(text.toLowerCase());
  return stops && active.running + active.waiting > 0 ? "stop" : undefined;
}

function isOwner({ standing }: Arrival): boolean {
  return standing === "owner" || standing === "operator";
}

function helpText(arrival: Arrival): string {
  const mine = commands.filter((command) => command.who === "admitted" || isOwner(arrival));
  return mine.map(({ names, help }) => `/${names[0]} - ${help}`).join("\n");
}

async function stop(call: Call): Promise<string> {
  const { ports, admission } = call;
  const runs = (await stopRuns(ports, { session: admission.session })).length;
  const commands = await ports.stopJobs(admission.session);
  if (runs + commands === 0) return conclude(call, "Nothing is running here.");
  const stopped = `${runs} ${runs === 1 ? "run" : "runs"}, ${commands} background ${commands === 1 ? "command" : "commands"}`;
  return conclude(call, `Stopped: ${stopped}.`);
}

async function reset(call: Call): Promise<string> {
  const { ports, admission } = call;
  await stopRuns(ports, { session: admission.session });
  await ports.sessions(admission.agent).reset(admission.session, ports.clock.now());
  return conclude(call, "This conversation starts afresh. What was said before stays in the archive.");
}

async function conclude({ ports, row }: Call, text: string): Promise<string> {
  reach("command.acted");
  await ports.inbox.conclude(row, text);
  return text;
}

function status({ ports, admission }: Call): string {
  const { running, waiting } = ports.queue.size(admission.session);
  const parked = ports.approvals.list({ state: "waiting", session: admission.session }).length;
  return [
    `Conversation: ${admission.session}`,
    `Running: ${running}, waiting: ${waiting}, waiting for approval: ${parked}`,
  ].join("\n");
}

function whoami({ admission, envelope }: Call): string {
  return `You are ${envelope.sender.id} on ${envelope.channel} (${admission.standing}).`;
}

async function undo({ ports, admission, row }: Call): Promise<string> {
  const undone = await ports.changes.undo(admission.session, (transaction, report) =>
    ports.inbox.concludeIn(transaction, row, undoText(report)),
  );
  return undoText(undone);
}

function undoText({ restored, skipped }: UndoneChanges): string {
  if (restored.length === 0 && skipped.length === 0) return "There is nothing to take back.";
  const lines = [`Taken back: ${restored.length === 0 ? "nothing" : restored.join(", ")}.`];
  if (skipped.length > 0) lines.push(`Left alone, because they changed since: ${skipped.join(", ")}.`);
  return lines.join("\n");
}

async function keep({ ports, admission, row }: Call): Promise<string> {
  const kept = await ports.changes.keep(admission.session, (transaction, report) =>
    ports.inbox.concludeIn(transaction, row, keepText(report)),
  );
  return keepText(kept);
}

function keepText({ kept }: KeptChanges): string {
  return kept.length === 0 ? "There is nothing to keep." : `Kept as yours: ${kept.join(", ")}.`;
}

const whyShownMax = 5;

function why({ ports, admission }: Call): string {
  const trunk = ports.sessions(admission.agent).trunk(admission.session, "");
  const { integrity, sources } = joinAll(trunk.items.map((item) => item.label));
  const context = `Context here: ${integrity === "owner" ? "clean" : `${integrity}, from ${sources.length} sources`}.`;
  const records = ports.why
    .list(whyShownMax)
    .map(({ channel, sender, text, fix }) => `${channel} ${sender}: ${text} ${fix}`);
  return [context, ...(records.length === 0 ? ["Every message was answered."] : records)].join("\n");
}
