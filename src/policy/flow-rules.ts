/**
 * Information flow: what a context's label lets a call do to the world. The rows are the sink table; they ask or deny,
 * never allow. A context counts as its integrity; readers and secrets count beside it.
 */
import type { Access } from "./access.ts";
import type { Effect } from "./decision.ts";
import { type Audience, covers, type Integrity } from "./label.ts";
import type { Context } from "./request.ts";
import { type RequestOf, type Rule, ruleOn, sinkKey } from "./rule.ts";
import type { Sink } from "./sink.ts";
import type { ChatScopes } from "./tool-scopes.ts";

/** Fetches that a tainted turn may make of URLs somebody named. */
export const taintedFetchesPerTurnMax = 20;
/** Longest query that the search provider gets unasked. */
export const searchQueryBytesMax = 256;

type SinkOf<Kind extends Sink["kind"]> = Extract<Sink, { readonly kind: Kind }>;

type Facts<Kind extends Sink["kind"]> = {
  readonly sink: SinkOf<Kind>;
  readonly context: Context;
  /** Whether this very sender was given the tool by id; of a message, nothing. */
  readonly grantedById?: (() => boolean) | undefined;
};

type FlowRow<Kind extends Sink["kind"] = Sink["kind"]> = {
  readonly id: string;
  readonly sink: Kind;
  /** Context integrities that the row speaks about. */
  readonly integrity: readonly Integrity[];
  readonly effect: Extract<Effect, "ask" | "deny">;
  readonly when: (facts: Facts<Kind>) => boolean;
};

const any: readonly Integrity[] = ["owner", "known", "untrusted"];
const belowOwner: readonly Integrity[] = ["known", "untrusted"];
const always = () => true;

const row = <Kind extends Sink["kind"]>(sink: Kind, rest: Omit<FlowRow<Kind>, "sink">): FlowRow<Kind> => ({
  sink,
  ...rest,
});

/** S1, code. In a proven sandbox without network (`sandboxed-code`) nothing can leave: no row speaks about it. */
const codeRows = [
  row("code", {
    id: "flow.code_known",
    integrity: ["known"],
    effect: "ask",
    when: ({ grantedById }) => !grantedById?.(),
  }),
  row("code", { id: "flow.code_untrusted", integrity: ["untrusted"], effect: "ask", when: always }),
  row("code", { id: "flow.code_secret", integrity: any, effect: "ask", when: hasSecret }),
  row("code", { id: "flow.code_readers", integrity: belowOwner, effect: "ask", when: exceedsAudience }),
];

/** S2, control: always a proposal that the owner accepts. */
const controlRows = [row("control", { id: "flow.control_proposal", integrity: any, effect: "ask", when: always })];

/** S3, sending to anyone but the reply target. What the owner's message itself says may go where it asks. */
const sendRows = [
  row("send", { id: "flow.send_below_owner", integrity: belowOwner, effect: "ask", when: always }),
  row("send", {
    id: "flow.send_secret",
    integrity: any,
    effect: "deny",
    when: (facts) => facts.sink.secretInBody || hasSecret(facts),
  }),
  row("send", {
    id: "flow.send_readers",
    integrity: any,
    effect: "ask",
    when: ({ sink, context }) => sink.asked !== true && !covers(context.label.readers, sink.audience),
  }),
];

/** S4, egress. A site is no reader: what not everyone may read leaves only to a URL that a person named. */
const egressRows = [
  row("egress", {
    id: "flow.egress_not_plain_get",
    integrity: belowOwner,
    effect: "ask",
    when: ({ sink }) => sink.method !== "GET" || sink.hasBodyOrHeaders,
  }),
  row("egress", {
    id: "flow.egress_url_not_named",
    integrity: ["untrusted"],
    effect: "ask",
    when: ({ sink }) => !sink.urlNamed,
  }),
  row("egress", {
    id: "flow.egress_too_many",
    integrity: ["untrusted"],
    effect: "ask",
    when: ({ sink }) => sink.countThisTurn >= taintedFetchesPerTurnMax,
  }),
  row("egress", { id: "flow.egress_secret_in_window", integrity: ["untrusted"], effect: "ask", when: hasSecret }),
  row("egress", {
    id: "flow.egress_secret",
    integrity: any,
    effect: "deny",
    when: ({ sink }) => sink.secretInRequest,
  }),
  row("egress", {
    id: "flow.egress_readers",
    integrity: belowOwner,
    effect: "ask",
    when: ({ sink, context }) => !sink.urlNamed && !covers(context.label.readers, "public"),
  }),
];

/** A query to the configured search provider, which is a reader by configuration. */
const searchRows = [
  row("search", {
    id: "flow.search_too_long",
    integrity: any,
    effect: "ask",
    when: ({ sink }) => sink.queryBytes > searchQueryBytesMax,
  }),
  row("search", {
    id: "flow.search_not_owner_words",
    integrity: ["untrusted"],
    effect: "ask",
    when: ({ sink }) => !sink.onlyOwnerWords,
  }),
  row("search", { id: "flow.search_secret", integrity: any, effect: "deny", when: ({ sink }) => sink.secretInQuery }),
];

/** S5, changes outside scratch and workspace. */
const changeRows = [
  row("change", { id: "flow.change_below_owner", integrity: belowOwner, effect: "ask", when: always }),
  row("change", { id: "flow.change_secret", integrity: any, effect: "ask", when: hasSecret }),
  row("change", { id: "flow.change_readers", integrity: belowOwner, effect: "ask", when: exceedsAudience }),
];

/** Free: reads, replies, the undoable workspace. Only the readers count. */
const freeRows = [row("free", { id: "flow.reply_readers", integrity: any, effect: "deny", when: exceedsAudience })];

function hasSecret({ context }: Pick<Facts<Sink["kind"]>, "context">): boolean {
  return context.label.secret;
}

function exceedsAudience({ context }: Pick<Facts<Sink["kind"]>, "context">): boolean {
  const audience: Audience = context.audience;
  return !covers(context.label.readers, audience);
}

export function flowRules({ flow }: Access, scopes: ChatScopes): readonly Rule[] {
  const rulesOf = <Kind extends Sink["kind"]>(rows: readonly FlowRow<Kind>[]): readonly Rule[] =>
    rows.flatMap((flowRow) => rowRules(flowRow, flow, scopes));
  return [
    ...rulesOf(codeRows),
    ...rulesOf(controlRows),
    ...rulesOf(sendRows),
    ...rulesOf(egressRows),
    ...rulesOf(searchRows),
    ...rulesOf(changeRows),
    ...rulesOf(freeRows),
  ];
}

type Sending = RequestOf<"tool.call"> | RequestOf<"message.send">;

/** A row speaks about tool calls and about messages out alike. Its rules are tried on its kind of sink alone, by key. */
function rowRules<Kind extends Sink["kind"]>(
  { sink: kind, integrity, when, ...row }: FlowRow<Kind>,
  flow: Access["flow"],
  scopes: ChatScopes,
): readonly Rule[] {
  const speaks = ({ action: { sink }, context }: Sending, grantedById?: () => boolean): boolean =>
    integrity.includes(context.label.integrity) && when({ sink: sink as SinkOf<Kind>, context, grantedById });
  const rule = { ...row, origin: "security.informationFlow.mode", flow, key: sinkKey(kind) };
  return [
    ruleOn("tool.call", { ...rule, applies: (call) => speaks(call, () => scopes.grantedById(call)) }),
    ruleOn("message.send", { ...rule, applies: (message) => speaks(message) }),
  ];
}
