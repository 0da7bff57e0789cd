/** Random configs, grants and requests over a small world of names, so that lists and requests meet often. */
import fc from "fast-check";
import type { Grants } from "../../src/policy/grants.ts";
import type { Label } from "../../src/policy/label.ts";
import {
  type Action,
  type Context,
  type Path,
  type Principal,
  type Request,
  scopes,
} from "../../src/policy/request.ts";
import type { Sink } from "../../src/policy/sink.ts";

const channels = ["telegram", "irc", "discord"] as const;
const accounts = ["default", "work"] as const;
const people = ["1", "2", "alice", "fresh"];
const groups = ["g", "h"];
const topics = ["7"];
const agents = ["main", "reader"];
const tools = [
  "read",
  "write",
  "exec",
  "process",
  "apply_patch",
  "web_fetch",
  "message",
  "cron",
  "gateway",
  "remind",
  "open",
];
const entries = [...tools, "*", "group:fs", "group:runtime", "group:automation", "web_*", "cron:list", "plugin_tool"];
const readers = ["owner", "peer:telegram:default:1", "room:telegram:default:g"];

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const defined = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model);

const toolList = fc.uniqueArray(fc.constantFrom(...entries), { maxLength: 4 });
const profile = fc.constantFrom("minimal", "coding", "messaging", "full", "owner", "wen");

/** `allow` and `alsoAllow` in one scope are a config error. */
const toolPolicy = fc.oneof(
  defined({ profile: some(profile), allow: some(toolList), deny: some(toolList) }),
  defined({ profile: some(profile), alsoAllow: some(toolList), deny: some(toolList) }),
);

const list = (wildcard: boolean) =>
  fc.uniqueArray(fc.constantFrom(...people.slice(0, 3), ...(wildcard ? ["*"] : [])), { maxLength: 3 });

const room = defined({
  enabled: some(fc.boolean()),
  requireMention: some(fc.boolean()),
  groupPolicy: some(fc.constantFrom("open", "disabled", "allowlist")),
  allowFrom: some(list(true)),
  tools: some(toolPolicy),
  toolsBySender: some(fc.dictionary(fc.constantFrom("1", "id:2", "*"), toolPolicy, { maxKeys: 2 })),
});

const roomWithTopics = fc
  .tuple(room, some(fc.dictionary(fc.constantFrom(...topics), room, { maxKeys: 1 })))
  .map(([own, inner]) => ({ ...own, topics: inner }));

const account = defined({
  enabled: fc.boolean().map((on) => (on ? true : undefined)),
  dmPolicy: some(fc.constantFrom("pairing", "allowlist", "open", "disabled")),
  allowFrom: some(list(true)),
  groupPolicy: some(fc.constantFrom("open", "disabled", "allowlist")),
  groupAllowFrom: some(list(true)),
  groups: some(fc.dictionary(fc.constantFrom(...groups, "*"), roomWithTopics, { maxKeys: 3 })),
  toolsBySender: some(fc.dictionary(fc.constantFrom("1", "2", "*"), toolPolicy, { maxKeys: 2 })),
});

const channel = fc
  .tuple(account, some(fc.dictionary(fc.constantFrom(...accounts), account, { maxKeys: 2 })))
  .map(([own, list]) => ({ ...own, accounts: list }));

const exec = defined({
  security: some(fc.constantFrom("deny", "allowlist", "full")),
  ask: some(fc.constantFrom("off", "on-miss", "always")),
  tasks: some(fc.constantFrom([], [{ name: "deploy", argv: ["make", "deploy"] }])),
});

const sandboxTools = some(defined({ tools: defined({ allow: some(toolList), deny: some(toolList) }) }));
const byProvider = fc.dictionary(fc.constantFrom("anthropic", "openai/gpt-5", "openai"), toolPolicy, { maxKeys: 2 });

const toolSettings = fc
  .tuple(
    toolPolicy,
    defined({
      ownerProfile: some(profile),
      byProvider: some(byProvider),
      exec: some(exec),
      sandbox: sandboxTools,
      subagents: sandboxTools,
      fs: some(defined({ workspaceOnly: fc.boolean() })),
    }),
  )
  .map(([policy, rest]) => ({ ...policy, ...rest }));

const sandbox = some(defined({ mode: fc.constantFrom("off", "non-main", "all") }));
const agentList = some(
  defined({ main: toolSettings, reader: toolSettings, sandbox }).map((all) => [
    { id: "main", tools: all.main },
    { id: "reader", tools: all.reader, sandbox: all.sandbox },
  ]),
);

/** Leaves out what is undefined, all the way down: the schema knows absent keys, not undefined ones. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(kept.map(([key, part]) => [key, compact(part)]));
}

export type Settings = Record<string, unknown>;

export const settings: fc.Arbitrary<Settings> = defined({
  tools: toolSettings,
  agents: some(
    fc.tuple(agentList, sandbox).map(([entries, mode]) => ({ list: entries, defaults: mode && { sandbox: mode } })),
  ),
  channels: fc.dictionary(fc.constantFrom(...channels), channel, { minKeys: 1, maxKeys: 2 }),
  security: some(
    defined({
      owners: fc.constantFrom([], [{ channel: "telegram", id: "1" }], [{ channel: "irc", id: "alice" }]),
      informationFlow: some(defined({ mode: fc.constantFrom("enforce", "enforce", "observe") })),
    }),
  ),
  gateway: some(defined({ tools: defined({ allow: some(toolList), deny: some(toolList) }) })),
  bindings: some(fc.constantFrom([], [{ agentId: "reader", match: { channel: "telegram", accountId: "*" } }])),
  session: some(defined({ dmScope: some(fc.constantFrom("main", "per-channel-peer")) })),
}).map((value) => compact(value) as Settings);

export const grants: fc.Arbitrary<Grants> = fc
  .subarray(channels.flatMap((channel) => people.slice(0, 3).map((id) => ({ channel, account: "default", id }))))
  .map((paired) => ({ paired }));

const place = fc.record({ channel: fc.constantFrom(...channels), account: fc.constantFrom(...accounts) });

const sender: fc.Arbitrary<Principal> = fc
  .tuple(place, fc.constantFrom(...people), fc.constantFrom("immutable", "mutable"))
  .map(([at, id, identity]) => ({ kind: "sender", ...at, id, identity }) as const);

const operator: fc.Arbitrary<Principal> = fc
  .tuple(fc.subarray([...scopes]), fc.constantFrom("webchat", "cli", "http"))
  .map(([held, via]) => ({ kind: "operator", id: "laptop", scopes: held, via }) as const);

const chatPath = (at: { channel: string; account: string }): fc.Arbitrary<Path> =>
  fc.oneof(
    fc.constant({ kind: "direct", ...at } as const),
    fc
      .tuple(
        fc.constantFrom(...groups, "fresh-group"),
        fc.constantFrom("mentioned", "unmentioned", "undetectable"),
        some(fc.constantFrom(...topics)),
      )
      .map(([group, mention, topic]) => {
        const path = { kind: "group", ...at, group, mention } as const;
        return topic === undefined ? path : { ...path, topic };
      }),
  );

const controlPath: fc.Arbitrary<Path> = fc.constantFrom("ws", "http", "cli").map((transport) => ({
  kind: "control",
  transport,
}));

/** Mostly people at their own place; sometimes a principal and a path that do not belong together. */
const who: fc.Arbitrary<{ principal: Principal; path: Path }> = fc.oneof(
  { weight: 8, arbitrary: sender.chain((principal) => withPath(principal)) },
  { weight: 3, arbitrary: fc.record({ principal: operator, path: controlPath }) },
  { weight: 1, arbitrary: fc.record({ principal: sender, path: fc.oneof(controlPath, place.chain(chatPath)) }) },
  { weight: 1, arbitrary: fc.record({ principal: operator, path: place.chain(chatPath) }) },
);

function withPath(principal: Principal) {
  const at = principal.kind === "sender" ? principal : { channel: "telegram", account: "default" };
  return chatPath({ channel: at.channel, account: at.account }).map((path) => ({ principal, path }));
}

const audience = fc.oneof(fc.constant("public" as const), fc.subarray(readers));

export const label: fc.Arbitrary<Label> = fc.record({
  integrity: fc.constantFrom("owner", "known", "untrusted"),
  readers: audience,
  secret: fc.boolean(),
  sources: fc.uniqueArray(fc.stringMatching(/^web:[0-9]{1,2}$/), { maxLength: 10 }).map((ids) => ids.sort()),
});

const sink: fc.Arbitrary<Sink> = fc.oneof(
  fc.record({
    kind: fc.constant("code" as const),
    where: fc.constantFrom("host", "sandbox"),
    security: fc.constantFrom("deny", "allowlist", "full"),
    ask: fc.constantFrom("off", "on-miss", "always"),
    allowlisted: fc.boolean(),
  }),
  fc.constantFrom<Sink>(
    { kind: "sandboxed-code" },
    { kind: "control" },
    { kind: "change" },
    { kind: "free", reads: "plain" },
    { kind: "free", reads: "effect" },
  ),
  fc.record({ kind: fc.constant("send" as const), audience, secretInBody: fc.boolean(), asked: fc.boolean() }),
  fc.record({
    kind: fc.constant("egress" as const),
    method: fc.constantFrom("GET", "POST"),
    hasBodyOrHeaders: fc.boolean(),
    secretInRequest: fc.boolean(),
    urlNamed: fc.boolean(),
    countThisTurn: fc.integer({ min: 18, max: 21 }),
  }),
  fc.record({
    kind: fc.constant("search" as const),
    queryBytes: fc.constantFrom(10, 256, 257),
    onlyOwnerWords: fc.boolean(),
    secretInQuery: fc.boolean(),
  }),
);

const agent = fc.constantFrom(...agents, "nobody");

const toolCall = fc
  .record({
    kind: fc.constant("tool.call" as const),
    tool: fc.constantFrom(...tools, "plugin_tool", "Bash"),
    agent: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...agents) }, { weight: 1, arbitrary: agent }),
    surface: fc.constantFrom("turn", "turn", "http", "subagent"),
    sink,
    provider: some(fc.constantFrom("anthropic", "openai/gpt-5", "OpenAI/gpt-4")),
    toolAction: some(fc.constantFrom("list", "add")),
  })
  .map(({ provider, toolAction, ...call }) => ({
    ...call,
    ...(provider === undefined ? {} : { provider }),
    ...(toolAction === undefined ? {} : { toolAction }),
  })) as fc.Arbitrary<Action>;

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Action>({ kind: "message.deliver" }) },
  { weight: 6, arbitrary: toolCall },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("message.send" as const), agent, sink }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...scopes).map((scope) => ({ kind: "method.call", method: "m", scope }) as const),
  },
  { weight: 1, arbitrary: fc.constant<Action>({ kind: "node.invoke", node: "n", command: "camera.snap" }) },
);

const context: fc.Arbitrary<Context> = fc
  .record({
    label,
    audience,
    sandbox: fc.constantFrom("proven", "unproven", "off"),
    grant: fc.constantFrom("none", "none", "exact"),
    session: some(fc.constantFrom("agent:main:main", "agent:reader:main", "agent:main:telegram:direct:1")),
  })
  .map(({ session, ...rest }) => (session === undefined ? rest : { ...rest, session }));

export const requests: fc.Arbitrary<Request> = fc
  .tuple(who, action, context)
  .map(([asking, asked, facts]) => ({ ...asking, action: asked, context: facts }));
