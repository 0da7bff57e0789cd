/**
 * Questions about access in the words of people: `stranger@telegram`, `telegram:123`, `owner`. Each becomes cells of the
 * policy's survey, so that the answer is the one that the Gateway gives.
 */
import { didYouMean } from "../config/suggest.ts";
import { comparableId } from "../policy/access.ts";
import type { Effect } from "../policy/decision.ts";
import { type Explanation, explain } from "../policy/explain.ts";
import type { Policy } from "../policy/policy.ts";
import { type Path, type Principal, type Request, scopes } from "../policy/request.ts";
import { agentFor } from "../policy/session-key.ts";
import { identityOfId } from "../policy/standing.ts";
import { type Cell, survey, whoCan } from "../policy/survey.ts";
import { toolIds, toolName } from "../policy/tools.ts";
import { freshId, type Subject, universeOf } from "../policy/universe.ts";
import type { Responsible } from "./finding.ts";
import { type Origins, responsibleFor } from "./origins.ts";

export class QuestionError extends Error {
  readonly code = "security.bad_question";
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

export type Question = {
  /** `owner`, `http`, `stranger@telegram`, `stranger@telegram/work`, `telegram:123`, `telegram/work:123`. */
  readonly from: string;
  readonly tool?: string | undefined;
  readonly agent?: string | undefined;
  readonly group?: string | undefined;
  readonly topic?: string | undefined;
  readonly mention?: "mentioned" | "unmentioned";
  /** What is in the model's window: only what this person says, or a web page too. */
  readonly window?: "own" | "tainted";
};

export type Way = {
  /** What the call would do: `on the host`, `GET of a URL that somebody named`; empty for a message. */
  readonly what: string;
  readonly explanation: Explanation;
  readonly request: Request;
};

export type Answer = {
  readonly from: string;
  readonly agent: string;
  /** Whether the person gets an answer at all. */
  readonly door: Explanation;
  /** Every way of calling the tool, freest first; of a message, the door. */
  readonly ways: readonly Way[];
  readonly because: readonly Responsible[];
};

/** Answers a question. Throws QuestionError when nobody, or no tool, is meant by it. */
export function answerQuestion(policy: Policy, question: Question, origins: Origins): Answer {
  const subject = subjectOf(policy, question);
  const agent = agentOf(policy, subject, question);
  const cells = cellsFor(policy, { question, subject, agent });
  const [doorCell, ...calls] = cells;
  if (!doorCell) throw new QuestionError("nobody is meant", "see `fased security explain --help`");
  const wayOf = ({ request }: Cell): Way => ({ what: whatOf(request), explanation: explain(policy, request), request });
  const asked = question.tool === undefined ? [doorCell] : calls;
  const ways = (asked.length > 0 ? asked : [doorCell]).map(wayOf).sort((a, b) => rank(b) - rank(a));
  const door = explain(policy, doorCell.request);
  const decisive = ways[0]?.explanation ?? door;
  return { from: question.from, agent, door, ways, because: responsibleFor(origins, decisive.decision.because) };
}

export type Reach = {
  readonly who: string;
  readonly what: string;
  readonly effect: Effect;
  readonly sentence: string;
  readonly because: readonly Responsible[];
};

/** Everybody who can call a tool, with or without being asked about, each in their freest way. */
export function answerWhoCan(policy: Policy, tool: string, origins: Origins): readonly Reach[] {
  return whoCan(policy, knownTool(policy, tool)).map((cell) => ({
    who: whoText(cell.subject),
    what: whatOf(cell.request),
    effect: cell.decision.effect,
    sentence: explain(policy, cell.request).sentence,
    because: responsibleFor(origins, cell.decision.because),
  }));
}

const order: Record<Effect, number> = { deny: 0, challenge: 1, ask: 2, allow: 3 };
const rank = ({ explanation }: Way): number => order[explanation.decision.effect];

/** Throws QuestionError for what is neither built in nor named in the config. */
function knownTool(policy: Policy, text: string): string {
  const name = toolName(text);
  const { tools } = universeOf(policy);
  if (tools.includes(name)) return name;
  const list = [...toolIds].sort().join(", ");
  throw new QuestionError(`no tool is called \`${text}\``, `${didYouMean(name, toolIds)}Tools: ${list}`);
}

function cellsFor(policy: Policy, asked: { question: Question; subject: Subject; agent: string }): readonly Cell[] {
  const { question, subject, agent } = asked;
  const universe = universeOf(policy);
  const tools = question.tool === undefined ? [] : [knownTool(policy, question.tool)];
  const cells = survey(policy, { ...universe, agents: [agent], subjects: [subject], tools, providers: [undefined] });
  const tainted = question.window === "tainted";
  return cells.filter(({ request: { action, context } }) => {
    if (action.kind !== "tool.call") return true;
    const isTainted = context.label.sources.includes("web:fresh");
    return action.surface !== "subagent" && isTainted === tainted;
  });
}

function agentOf(policy: Policy, subject: Subject, { agent }: Question): string {
  const routed = agentFor(policy, subject);
  if (agent === undefined || agent === routed) return routed;
  if (subject.path.kind === "control" && universeOf(policy).agents.includes(agent)) return agent;
  throw new QuestionError(`${agent} does not answer there: ${routed} does`, "see `bindings` in the config");
}

function subjectOf(policy: Policy, question: Question): Subject {
  const from = question.from.trim();
  if (from === "owner" || from === "operator" || from === "http") return operatorSubject(from, question);
  const [, id, place] = /^(stranger|member|fresh)@(.+)$/i.exec(from) ?? [];
  const [, named, person] = /^([a-z-]+(?:\/[^:\s]+)?):(.+)$/i.exec(from) ?? [];
  const at = place ?? named;
  if (at === undefined) {
    throw new QuestionError(
      `\`${from}\` names nobody`,
      "write owner, http, stranger@telegram, telegram:123 or telegram/ACCOUNT:123",
    );
  }
  const { channel, account } = placeOf(policy, at);
  const who = id === undefined ? comparableId(channel, person ?? "") : freshId;
  const principal: Principal = { kind: "sender", channel, account, id: who, identity: identityOfId(channel, who) };
  return { principal, path: chatPath({ channel, account }, question, id), alike: [] };
}

function operatorSubject(from: string, { group }: Question): Subject {
  if (group !== undefined) {
    throw new QuestionError("an operator is in no group", "name a person: --from CHANNEL:ID --group ID");
  }
  const via = from === "http" ? "http" : "webchat";
  const path: Path = { kind: "control", transport: from === "http" ? "http" : "ws" };
  return { principal: { kind: "operator", id: from, scopes, via }, path, alike: [] };
}

function placeOf(policy: Policy, text: string): { channel: string; account: string } {
  const [name = "", account = "default"] = text.split("/");
  const channel = name === "tg" ? "telegram" : name.toLowerCase();
  const places = universeOf(policy).subjects.flatMap(({ path }) => (path.kind === "control" ? [] : [path]));
  if (places.some((path) => path.channel === channel && path.account === account)) return { channel, account };
  const known = [
    ...new Set(places.map((path) => `${path.channel}${path.account === "default" ? "" : `/${path.account}`}`)),
  ];
  throw new QuestionError(
    `${account === "default" ? channel : `${channel}/${account}`} is not configured`,
    known.length === 0 ? `set channels.${channel} first; no channel is configured` : `configured: ${known.join(", ")}`,
  );
}

type At = { readonly channel: string; readonly account: string };

function chatPath(at: At, { group, topic, mention }: Question, who: string | undefined): Path {
  if (group === undefined && who?.toLowerCase() !== "member") return { kind: "direct", ...at };
  const path = { kind: "group", ...at, group: group ?? freshId, mention: mention ?? "unmentioned" } as const;
  return topic === undefined ? path : { ...path, topic };
}

function whatOf({ action }: Request): string {
  if (action.kind !== "tool.call") return "";
  const { sink } = action;
  switch (sink.kind) {
    case "code":
      return `${sink.where === "host" ? "on the host" : "in a sandbox with network"}${sink.allowlisted ? ", an approved command" : ""}`;
    case "sandboxed-code":
      return "in the proven sandbox";
    case "egress":
      return `${sink.method} of a URL that ${sink.urlNamed ? "somebody" : "nobody"} named`;
    case "change":
      return "outside the workspace";
    case "send":
      return "to somebody else";
    case "control":
      return "as a change of the Gateway";
    case "search":
      return "a search";
    case "free":
      return "";
  }
}

/** `telegram:123 in group -5`, `stranger@irc`, `owner`. */
export function whoText({ principal, path, alike }: Subject): string {
  if (principal.kind === "operator") return path.kind === "control" && path.transport === "http" ? "http" : "owner";
  const at = `${principal.channel}${principal.account === "default" ? "" : `/${principal.account}`}`;
  const who = principal.id === freshId ? `stranger@${at}` : `${at}:${principal.id}`;
  const unsure = principal.identity === "mutable" ? " (unvouched)" : "";
  const others = alike.length === 0 ? "" : ` and ${alike.length} like it`;
  if (path.kind !== "group") return `${who}${unsure}${others}`;
  const topic = path.topic === undefined ? "" : ` topic ${path.topic}`;
  return `${who}${unsure}${others} in ${path.group === freshId ? "any other group" : `group ${path.group}`}${topic}${path.mention === "unmentioned" ? ", without a mention" : ", mentioned"}`;
}
