/**
 * The Rule of Two: nothing that an agent does may bring untrusted input, owner-only data and an outward act that nobody
 * approved together. Three letters per agent, read off the survey, and a finding where one path has all three.
 */
import { covers } from "../policy/label.ts";
import type { Policy } from "../policy/policy.ts";
import type { Request } from "../policy/request.ts";
import type { Cell } from "../policy/survey.ts";
import { bullets, type Finding } from "./finding.ts";
import type { Origins } from "./origins.ts";
import { toolClassOf } from "./tool-class.ts";
import { witnessOf } from "./witness.ts";

export type AgentLetters = {
  readonly agent: string;
  /** A: takes untrusted input. B: holds data of the owner. C: acts outside without asking. */
  readonly letters: readonly ("A" | "B" | "C")[];
  /** A single call that has all three, if there is one. */
  readonly violation: Cell | undefined;
};

type ToolRequest = Request & { readonly action: Extract<Request["action"], { readonly kind: "tool.call" }> };

/** The letters of every agent that anybody can use. */
export function agentLetters(cells: readonly Cell[]): readonly AgentLetters[] {
  const used = cells.filter(isLetThrough);
  const agentOf = ({ request }: Cell) => (isToolCall(request) ? request.action.agent : undefined);
  const byAgent = Map.groupBy(used, agentOf);
  return [...byAgent].flatMap(([agent, calls]) => (agent === undefined ? [] : [lettersOf(agent, calls)]));
}

function lettersOf(agent: string, calls: readonly Cell[]): AgentLetters {
  return {
    agent,
    letters: [
      ...(calls.some(takesUntrusted) ? (["A"] as const) : []),
      ...(calls.some(holdsOwnersData) ? (["B"] as const) : []),
      ...(calls.some(actsOutside) ? (["C"] as const) : []),
    ],
    violation: calls.find((cell) => isUntrusted(cell) && isOwnersWindow(cell) && actsOutside(cell)),
  };
}

const words = { A: "takes untrusted input", B: "holds the owner's data", C: "acts outside without asking" };

/** `Rule of Two: agent main A (takes untrusted input), B (…)`. */
export function lettersText({ agent, letters }: AgentLetters): string {
  const named = letters.map((letter) => `${letter} (${words[letter]})`);
  return `Rule of Two: agent ${agent} ${named.length === 0 ? "has none of the three" : named.join(", ")}`;
}

/** The letters as one finding: `info` while no single path has all three. */
export function ruleOfTwoFindings(
  all: readonly AgentLetters[],
  { policy, origins }: { readonly policy: Policy; readonly origins: Origins },
): readonly Finding[] {
  if (all.length === 0) return [];
  const violation = all.find((agent) => agent.violation)?.violation;
  const detail = bullets(all.map(lettersText));
  if (!violation) {
    const title = "No path has untrusted input, the owner's data and an unapproved outward act together";
    return [{ checkId: "security.rule_of_two", severity: "info", title, detail }];
  }
  return [
    {
      checkId: "security.rule_of_two",
      severity: "warn",
      title: "Untrusted input, the owner's data and an unapproved outward act meet in one path",
      detail,
      remediation: 'set security.informationFlow.mode to "enforce"',
      ...witnessOf(policy, violation, origins),
    },
  ];
}

const isToolCall = (request: Request): request is ToolRequest => request.action.kind === "tool.call";
const isLetThrough = ({ decision }: Cell): boolean => decision.effect === "allow" || decision.effect === "ask";

const isUntrusted = ({ request }: Cell): boolean => request.context.label.integrity === "untrusted";
const isOwnersWindow = ({ standing }: Cell): boolean => standing === "owner" || standing === "operator";

/** Somebody unlisted talks to it, or it can fetch what strangers wrote. */
function takesUntrusted(cell: Cell): boolean {
  if (cell.standing === "stranger" || cell.standing === "member") return true;
  return isToolCall(cell.request) && toolClassOf(cell.request.action.tool) === "browse";
}

function holdsOwnersData(cell: Cell): boolean {
  return isOwnersWindow(cell) && !covers(cell.request.context.label.readers, "public");
}

/** Leaves the Gateway's own room: not a reply, not the workspace, not a plain GET of what a person named. */
function actsOutside({ request, decision }: Cell): boolean {
  if (!isToolCall(request) || decision.effect !== "allow") return false;
  const { sink } = request.action;
  switch (sink.kind) {
    case "code":
      return !sink.allowlisted;
    case "egress":
      return !sink.urlNamed;
    case "send":
    case "change":
    case "control":
      return true;
    case "sandboxed-code":
    case "search":
    case "free":
      return false;
  }
}
