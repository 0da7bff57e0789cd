/** A request that goes through, told to people: one sentence, the way step by step, the lines of the config behind it. */
import { type Explanation, explain } from "../policy/explain.ts";
import type { Policy } from "../policy/policy.ts";
import type { Request } from "../policy/request.ts";
import type { Cell } from "../policy/survey.ts";
import { freshId } from "../policy/universe.ts";
import type { Finding } from "./finding.ts";
import { type Origins, responsibleFor } from "./origins.ts";
import { type ToolClass, toolClassOf } from "./tool-class.ts";

export type ToolAction = Extract<Request["action"], { readonly kind: "tool.call" }>;

type Witness = Required<Pick<Finding, "witness" | "sentence" | "because" | "path">>;

/** What a finding says of the cell that it shows. */
export function witnessOf(policy: Policy, cell: Cell, origins: Origins): Witness {
  const { request, decision } = cell;
  const door = explain(policy, atTheDoor(request));
  const isDoor = request.action.kind === "message.deliver";
  const hasOwnDoor = request.path.kind !== "control" && !isDoor;
  return {
    witness: request,
    sentence: sentenceOf(cell),
    because: responsibleFor(origins, [...(hasOwnDoor ? door.decision.because : []), ...decision.because]),
    path: stepsOf(cell, door),
  };
}

/** The message that has to get in before a tool can be called. */
const atTheDoor = (request: Request): Request => ({ ...request, action: { kind: "message.deliver" } });

/** How the witness gets through: the door, the agent, the tool. */
function stepsOf({ request, decision }: Cell, door: Explanation): readonly string[] {
  const { action } = request;
  const first = `${whereText(request)}: ${door.sentence}`;
  if (action.kind !== "tool.call") return [first];
  const rules = decision.because.map(({ id, origin }) => `${id}, ${origin}`).join("; ");
  return [
    first,
    `agent ${action.agent} answers`,
    `${[action.tool, sinkText(action)].join(" ").trim()}: ${decision.effect} (${rules})`,
  ];
}

/** `A stranger on Telegram can make agent main run commands on the host.` */
function sentenceOf(cell: Cell): string {
  const { request, decision } = cell;
  const { action, context } = request;
  const can = decision.effect === "ask" ? "can, once you approve the call," : "can";
  if (action.kind !== "tool.call") return `${whoText(cell)} ${can} write to the agent.`;
  const page = context.label.sources.includes("web:fresh") ? ", with a web page in its window," : "";
  return `${whoText(cell)} ${can} make agent ${action.agent}${page} ${deedText(action)}.`;
}

function whoText({ standing, subject, request: { principal, path } }: Cell): string {
  if (principal.kind === "operator")
    return path.kind === "control" && path.transport === "http"
      ? "Whoever holds the Gateway's credential, over HTTP,"
      : "The owner";
  const at = path.kind === "control" ? "here" : `on ${channelName(path.channel)}`;
  const room = path.kind !== "group" ? "" : path.group === freshId ? " in any group" : ` in group ${path.group}`;
  const ids = subject.alike.length > 0 ? subject.alike : [principal.id];
  switch (standing) {
    case "stranger":
      return `A stranger ${at}`;
    case "member":
      return `Anyone${room} ${at}`;
    case "paired":
      return `A paired sender (${ids.join(", ")}) ${at}`;
    case "listed":
      return `A listed sender (${ids.join(", ")})${room} ${at}`;
    case "owner":
    case "operator":
      return `The owner${room} ${at}`;
  }
}

/** What a person calls the channel. */
function channelName(channel: string): string {
  return channelNames[channel] ?? channel;
}

const channelNames: Readonly<Record<string, string>> = {
  discord: "Discord",
  irc: "IRC",
  matrix: "Matrix",
  signal: "Signal",
  slack: "Slack",
  telegram: "Telegram",
  whatsapp: "WhatsApp",
};

/** What each class of tools does, as a verb and its object. */
export const deeds: Record<ToolClass, string> = {
  read: "read files, memory or conversations",
  write: "change files",
  run: "run commands",
  browse: "make the Gateway fetch web pages",
  send: "send messages to others",
  schedule: "set up something that acts later",
  control: "reach the control plane",
  other: "use further tools",
};

function deedText(action: ToolAction): string {
  const what = toolClassOf(action.tool);
  const where = what === "send" || what === "control" ? "" : sinkText(action);
  const deed = what === "other" ? `use ${action.tool}` : what === "browse" ? "fetch web pages" : deeds[what];
  return [deed, where === "" || what !== "browse" ? where : `(${where})`].filter((text) => text !== "").join(" ");
}

/** `telegram, direct message`. */
export function whereText({ path }: Request): string {
  if (path.kind === "control") return `over ${path.transport}`;
  const at = path.account === "default" ? path.channel : `${path.channel}/${path.account}`;
  if (path.kind === "direct") return `${at}, direct message`;
  const topic = path.topic === undefined ? "" : `, topic ${path.topic}`;
  const group = path.group === freshId ? "any other group" : `group ${path.group}`;
  return `${at}, ${group}${topic}, ${path.mention === "unmentioned" ? "without a mention" : "mentioned"}`;
}

/** Where the effect of a call is; empty for one that stays with the agent. */
export function sinkText({ sink }: ToolAction): string {
  switch (sink.kind) {
    case "code":
      return sink.where === "host" ? "on the host" : "in a sandbox with network";
    case "sandboxed-code":
      return "in the proven sandbox";
    case "egress":
      return `${sink.method}${sink.urlNamed ? " of a URL that somebody named" : ""}`;
    case "change":
      return "outside the workspace";
    case "send":
      return "to others";
    case "control":
      return "as a proposal";
    case "search":
    case "free":
      return "";
  }
}
