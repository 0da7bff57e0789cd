/** A policy looked at from all sides: every cell is a concrete request with its decision, made by `decide` itself. */
import { approvedCommands } from "./commands.ts";
import { decide, permissiveness } from "./decide.ts";
import type { Decision, Effect } from "./decision.ts";
import type { Label } from "./label.ts";
import { audienceOf, labelFor } from "./labels-of.ts";
import type { Policy } from "./policy.ts";
import { type Action, type Request, surfaceOf } from "./request.ts";
import { agentFor } from "./session-key.ts";
import type { Sink } from "./sink.ts";
import { type Standing, standingOf } from "./standing.ts";
import { toolMatcher } from "./tools.ts";
import { type Subject, type Universe, universeOf } from "./universe.ts";

export type Cell = {
  /** The same question asked of another policy has the same key. */
  readonly key: string;
  readonly subject: Subject;
  readonly standing: Standing;
  /** The witness: this very request gets this decision. */
  readonly request: Request;
  readonly decision: Decision;
};

export type ChangedCell = Cell & { readonly before: Decision };
export type PolicyDifference = { readonly widened: readonly ChangedCell[]; readonly narrowed: readonly ChangedCell[] };

/** Every cell of the universe under a policy. Who cannot get in has no tool cells: all of them would be denied. */
export function survey(policy: Policy, universe: Universe = universeOf(policy)): readonly Cell[] {
  return universe.subjects.flatMap((subject) => subjectCells({ policy, universe, subject }));
}

/** The cells in which `after` lets more, or less, through than `before`. */
export function diffPolicies(
  before: Policy,
  after: Policy,
  universe: Universe = universeOf(before, after),
): PolicyDifference {
  const old = new Map(survey(before, universe).map((cell) => [cell.key, cell]));
  const now = new Map(survey(after, universe).map((cell) => [cell.key, cell]));
  const changes = [...new Map([...old, ...now])].map(([key, cell]): ChangedCell => {
    const decision = now.get(key)?.decision ?? shutOut;
    return { ...cell, decision, before: old.get(key)?.decision ?? shutOut };
  });
  const freer = (a: Decision, b: Decision) => granted[a.effect] > granted[b.effect];
  return {
    widened: changes.filter(({ decision, before: was }) => freer(decision, was)),
    narrowed: changes.filter(({ decision, before: was }) => freer(was, decision)),
  };
}

/** Who may call a tool, with or without being asked about: each subject's freest cell. */
export function whoCan(policy: Policy, tool: string): readonly Cell[] {
  const best = new Map<Subject, Cell>();
  for (const cell of survey(policy)) {
    const { action } = cell.request;
    if (action.kind !== "tool.call" || action.tool !== tool) continue;
    const rank = permissiveness[cell.decision.effect];
    if (rank < permissiveness.ask) continue;
    const known = best.get(cell.subject);
    if (known === undefined || rank > permissiveness[known.decision.effect]) best.set(cell.subject, cell);
  }
  return [...best.values()];
}

/** How much an answer lets through. A challenge only says how to be let in: it lets nothing through, like a deny. */
const granted: Record<Effect, number> = { deny: 0, challenge: 0, ask: 1, allow: 2 };

/** What a cell without a request stands for: the subject does not get as far as asking. */
const shutOut: Decision = Object.freeze({
  effect: "deny",
  reason: "survey.shut_out",
  because: [],
  cleanReaskHelps: false,
});

type View = { readonly policy: Policy; readonly universe: Universe; readonly subject: Subject };

/** One way of calling a tool, apart from who calls it. */
type Variant = {
  readonly agent: string;
  readonly tool: string;
  readonly surface: "turn" | "http" | "subagent";
  readonly provider: string | undefined;
  readonly session: "main" | "other";
  readonly label: "own" | "tainted";
  readonly sink: NamedSink;
};

type NamedSink = { readonly name: string; readonly sink: Sink; readonly sandbox: "proven" | "off" };

function subjectCells(view: View): readonly Cell[] {
  const { policy, universe, subject } = view;
  const { principal, path } = subject;
  const standing = standingOf(policy, principal, path);
  const own = labelFor({ principal, path, part: "own", holdsSecret: false }, standing);
  const audience = audienceOf(subject, standing);
  const cellOf = (key: string, request: Request): Cell => ({
    key: `${placeOf(subject)} ${key}`,
    subject,
    standing,
    request,
    decision: decide(policy, request),
  });
  const context = { label: own, audience, sandbox: "off", grant: "none" } as const;
  const door = cellOf("message", { principal, path, action: { kind: "message.deliver" }, context });
  if (permissiveness[door.decision.effect] < permissiveness.ask) return [door];
  const labels = { own, tainted: { ...own, ...page } };
  const agents = path.kind === "control" ? universe.agents : [agentFor(policy, subject)];
  const variants = agents.flatMap((agent) => variantsOf(view, agent));
  return [
    door,
    ...variants.map((variant) => {
      const session = `agent:${variant.agent}:${variant.session}`;
      const { label, sink } = variant;
      const facts = { label: labels[label], audience, session, sandbox: sink.sandbox, grant: "none" } as const;
      return cellOf(keyOf(variant), { principal, path, action: actionOf(variant), context: facts });
    }),
  ];
}

/** What a web page adds to a window. */
const page: Pick<Label, "integrity" | "sources"> = { integrity: "untrusted", sources: ["web:fresh"] };

function actionOf({ agent, tool, surface, provider, sink }: Variant): Action {
  const [name = tool, toolAction] = tool.split(":");
  const call = { kind: "tool.call", tool: name, agent, surface, sink: sink.sink } as const;
  return {
    ...call,
    ...(toolAction === undefined ? {} : { toolAction }),
    ...(provider === undefined ? {} : { provider }),
  };
}

const keyOf = ({ agent, tool, surface, provider, session, label, sink }: Variant): string =>
  [agent, tool, surface, provider ?? "-", session, label, sink.name].join(" ");

function placeOf({ principal, path }: Subject): string {
  return JSON.stringify([principal.kind, principal.id, "identity" in principal && principal.identity, path]);
}

function variantsOf({ policy, universe, subject }: View, agent: string): readonly Variant[] {
  const { path } = subject;
  const surface = surfaceOf(path);
  const surfaces: readonly Variant["surface"][] = surface === "http" ? [surface] : [surface, "subagent"];
  const commands = [...approvedCommands(policy, agent)];
  return universe.tools.flatMap((tool) =>
    surfaces.flatMap((surface) =>
      universe.providers.flatMap((provider) =>
        universe.sessions.flatMap((session) =>
          sinksOf(tool, commands).flatMap((sink) =>
            (["own", "tainted"] as const).map((label) => ({ agent, tool, surface, provider, session, label, sink })),
          ),
        ),
      ),
    ),
  );
}

const named = (name: string, sink: Sink): NamedSink => ({ name, sink, sandbox: "off" });

const free = named("free", { kind: "free", reads: "effect" });
const change = named("change", { kind: "change" });
const control = named("control", { kind: "control" });
const send = named("send", { kind: "send", audience: ["peer:fresh"], secretInBody: false });
const search = named("search", {
  kind: "search",
  queryBytes: 64,
  onlyOwnerWords: false,
  secretInQuery: false,
});

/** Code as loose as a call may ask for: what the config tightens shows in the decision. */
const code = (where: "host" | "sandbox"): Extract<Sink, { kind: "code" }> => ({
  kind: "code",
  where,
  security: "full",
  ask: "off",
  allowlisted: false,
});

const codeSinks: readonly NamedSink[] = [
  { name: "proven sandbox", sink: { kind: "sandboxed-code" }, sandbox: "proven" },
  { name: "sandbox with network", sink: code("sandbox"), sandbox: "proven" },
  named("host", code("host")),
];

const plainGet = {
  kind: "egress",
  method: "GET",
  hasBodyOrHeaders: false,
  secretInRequest: false,
  urlNamed: true,
  countThisTurn: 0,
} as const;

const fetchSinks: readonly NamedSink[] = [
  named("GET a named URL", plainGet),
  named("GET any URL", { ...plainGet, urlNamed: false }),
  named("POST", { ...plainGet, method: "POST", hasBodyOrHeaders: true, urlNamed: false }),
];

const sinksByTool: ReadonlyMap<string, readonly NamedSink[]> = new Map([
  ...["write", "edit", "apply_patch"].map((tool) => [tool, [free, change]] as const),
  ...["web_fetch", "browser"].map((tool) => [tool, fetchSinks] as const),
  ...["web_search", "x_search"].map((tool) => [tool, [search]] as const),
  ...["message", "sessions_send"].map((tool) => [tool, [send]] as const),
  ...["gateway", "cron"].map((tool) => [tool, [control]] as const),
  ["nodes", [change]] as const,
]);

const runsCode = toolMatcher(["group:runtime"]);

/** What a tool may do to the world, at its loosest. */
function sinksOf(tool: string, commands: readonly string[]): readonly NamedSink[] {
  const [name = tool] = tool.split(":");
  if (!runsCode({ tool: name })) return sinksByTool.get(name) ?? [free];
  return [...codeSinks, ...commands.map((command) => named(command, { ...code("host"), allowlisted: true }))];
}
