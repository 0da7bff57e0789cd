/** Requests as golden files write them, in words. */
import type { Audience, Integrity } from "../../src/policy/label.ts";
import { cleanLabel } from "../../src/policy/label.ts";
import type { Action, Context, Path, Principal, Request, Scope } from "../../src/policy/request.ts";
import type { Sink } from "../../src/policy/sink.ts";

export type GoldenCase = {
  /** `operator`, `operator(operator.read)`, `telegram:1`, `telegram/work:1`, `irc:x!y@z unvouched`. */
  readonly who: string;
  /** `dm`, `control`, `http`, `group g`, `group g topic 7`, `group g unmentioned`, `group g undetectable`; elsewhere than where the sender is: `dm of irc/work`. */
  readonly at?: string;
  /** `write`, `reply`, `send`, `method operator.read`, `node`; absent for a tool call. */
  readonly does?: string;
  readonly tool?: string;
  readonly agent?: string;
  readonly surface?: "turn" | "http" | "subagent";
  readonly provider?: string;
  /** A sink's kind, or its facts over harmless ones. */
  readonly sink?: Sink["kind"] | ({ readonly kind: Sink["kind"] } & Readonly<Record<string, unknown>>);
  readonly context?: Integrity;
  readonly readers?: Audience;
  readonly secret?: boolean;
  readonly sources?: readonly string[];
  readonly audience?: Audience;
  readonly sandbox?: Context["sandbox"];
  readonly session?: string;
  readonly grant?: Context["grant"];
  /** Effect and reason. */
  readonly expect: string;
  /** Config key that the decision must name. */
  readonly key?: string;
  /** A clean re-ask helps. */
  readonly clean?: boolean;
  readonly observed?: readonly string[];
  readonly because?: string;
};

export function requestOf(row: GoldenCase): Request {
  const principal = principalOf(row.who);
  const path = pathOf(principal, row.at);
  const { context = "owner", readers = "public", secret = false } = row;
  const label = {
    ...cleanLabel,
    integrity: context,
    readers,
    secret,
    sources: row.sources ?? (context === "untrusted" ? ["web:1"] : []),
  };
  const facts = { label, audience: row.audience ?? [], sandbox: row.sandbox ?? "off", grant: row.grant ?? "none" };
  return {
    principal,
    path,
    action: actionOf(row),
    context: row.session === undefined ? facts : { ...facts, session: row.session },
  };
}

function principalOf(who: string): Principal {
  const operator = /^operator(?:\((.*)\))?$/.exec(who);
  if (operator) {
    const scopes = (operator[1] ?? "operator.admin").split(" ").filter(Boolean) as Scope[];
    return { kind: "operator", id: "laptop", scopes, via: "webchat" };
  }
  const [, channel = "", account = "default", id = "", unvouched] =
    /^([^:/]+)(?:\/([^:]+))?:(\S+)( unvouched)?$/.exec(who) ?? [];
  return { kind: "sender", channel, account, id, identity: unvouched ? "mutable" : "immutable" };
}

function pathOf(principal: Principal, text = principal.kind === "operator" ? "control" : "dm"): Path {
  if (text === "control") return { kind: "control", transport: "ws" };
  if (text === "http") return { kind: "control", transport: "http" };
  const own = principal.kind === "sender" ? principal : { channel: "telegram", account: "default" };
  const [, at = "", channel = own.channel, account = own.account] = /^(.+?)(?: of ([^/]+)\/(\S+))?$/.exec(text) ?? [];
  if (at === "dm") return { kind: "direct", channel, account };
  const [, group = "", topic, mention] =
    /^group (\S+)(?: topic (\S+))?(?: (unmentioned|undetectable))?$/.exec(at) ?? [];
  const path = { kind: "group", channel, account, group, mention: (mention ?? "mentioned") as "mentioned" } as const;
  return topic === undefined ? path : { ...path, topic };
}

function actionOf(row: GoldenCase): Action {
  const { does = "", tool = "", agent = "main", surface = "turn", provider } = row;
  if (does === "write") return { kind: "message.deliver" };
  if (does === "reply") return { kind: "message.send", agent, sink: { kind: "free", reads: "effect" } };
  if (does === "send") return { kind: "message.send", agent, sink: sinkOf(row.sink ?? "send") };
  if (does === "node") return { kind: "node.invoke", node: "phone", command: "camera.snap" };
  if (does.startsWith("method ")) return { kind: "method.call", method: "m", scope: does.slice(7) as Scope };
  const [name = "", toolAction] = tool.split(":");
  return {
    kind: "tool.call",
    tool: name,
    agent,
    surface,
    sink: sinkOf(row.sink ?? "free"),
    ...(toolAction === undefined ? {} : { toolAction }),
    ...(provider === undefined ? {} : { provider }),
  };
}

const harmless: { readonly [Kind in Sink["kind"]]: Extract<Sink, { readonly kind: Kind }> } = {
  code: { kind: "code", where: "host", security: "full", ask: "off", allowlisted: false },
  "sandboxed-code": { kind: "sandboxed-code" },
  control: { kind: "control" },
  send: { kind: "send", audience: ["peer:telegram:default:9"], secretInBody: false },
  egress: {
    kind: "egress",
    method: "GET",
    hasBodyOrHeaders: false,
    secretInRequest: false,
    urlNamed: true,
    countThisTurn: 0,
  },
  search: { kind: "search", queryBytes: 256, onlyOwnerWords: true, secretInQuery: false },
  change: { kind: "change" },
  free: { kind: "free", reads: "effect" },
};

function sinkOf(sink: NonNullable<GoldenCase["sink"]>): Sink {
  if (typeof sink === "string") return harmless[sink];
  return { ...harmless[sink.kind], ...sink } as Sink;
}
