/** Slash commands: what an admitted sender may say to the Gateway itself, without model and without queue. */
import type { Envelope } from "../channels/contract.ts";
import { joinAll } from "../policy/label.ts";
import type { Admission, Arrival } from "./admission.ts";
import type { InboundPorts } from "./ports.ts";

type Call = {
  readonly ports: InboundPorts;
  readonly envelope: Envelope;
  readonly admission: Admission;
};

type Command = {
  readonly names: readonly string[];
  readonly who: "admitted" | "owner";
  readonly help: string;
  run(call: Call): Promise<string> | string;
};

/** The answer, or undefined when the message is no command; then it is for the agent. */
export async function runCommand(call: Call): Promise<string | undefined> {
  const name = commandIn(call);
  if (name === undefined) return undefined;
  const command = commands.find(({ names }) => names.includes(name));
  if (!command) return `There is no command /${name}. /help lists them.`;
  if (command.who === "owner" && !isOwner(call.admission)) return `/${name} is for the owner.`;
  return command.run(call);
}

const commands: readonly Command[] = [
  { names: ["help", "commands"], who: "admitted", help: "what can be said", run: (call) => helpText(call.admission) },
  { names: ["stop"], who: "admitted", help: "stop what runs here, at once", run: stop },
  { names: ["new", "reset"], who: "admitted", help: "start this conversation afresh", run: reset },
  { names: ["status"], who: "admitted", help: "what this conversation is doing", run: status },
  { names: ["whoami", "id"], who: "admitted", help: "who you are here", run: whoami },
  { names: ["undo"], who: "owner", help: "take back the last turn's changes in the workspace", run: undo },
  { names: ["keep"], who: "owner", help: "adopt the last turn's changes as yours", run: keep },
  { names: ["why"], who: "owner", help: "why messages were not answered, and what is in the context", run: why },
  { names: ["clean"], who: "owner", help: "drop what came from outside; same as /new", run: reset },
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

async function stop({ ports, admission }: Call): Promise<string> {
  const runs = ports.queue.abort({ session: admission.session });
  const commands = await ports.stopJobs(admission.session);
  if (runs + commands === 0) return "Nothing is running here.";
  return `Stopped: ${runs} ${runs === 1 ? "run" : "runs"}, ${commands} background ${commands === 1 ? "command" : "commands"}.`;
}

async function reset({ ports, admission }: Call): Promise<string> {
  ports.queue.abort({ session: admission.session });
  await ports.sessions(admission.agent).reset(admission.session, ports.clock.now());
  return "This conversation starts afresh. What was said before stays in the archive.";
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

async function undo({ ports, admission }: Call): Promise<string> {
  const { restored, skipped } = await ports.changes.undo(admission.session);
  if (restored.length === 0 && skipped.length === 0) return "There is nothing to take back.";
  const lines = [`Taken back: ${restored.length === 0 ? "nothing" : restored.join(", ")}.`];
  if (skipped.length > 0) lines.push(`Left alone, because they changed since: ${skipped.join(", ")}.`);
  return lines.join("\n");
}

async function keep({ ports, admission }: Call): Promise<string> {
  const { kept } = await ports.changes.keep(admission.session);
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
