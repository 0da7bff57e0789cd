/** Who wrote, from where, to whom it is answered, and with which label: facts of one message, before any decision. */
import type { Envelope, ReplyTarget } from "../channels/contract.ts";
import type { Config } from "../config/schema.ts";
import type { Audience, Label } from "../policy/label.ts";
import { audienceOf, labelFor, type WrittenPart } from "../policy/labels-of.ts";
import type { Policy } from "../policy/policy.ts";
import type { Path, Principal, Request } from "../policy/request.ts";
import { agentFor, sessionKeyFor } from "../policy/session-key.ts";
import { type Standing, standingOf } from "../policy/standing.ts";
import type { InboxRow } from "../sessions/inbox.ts";
import { mentionOf } from "./mention.ts";

export type Arrival = {
  readonly principal: Principal;
  readonly path: Path;
  readonly standing: Standing;
  /** Who sees what is said here. */
  readonly audience: Audience;
  /** Label of the sender's own words. */
  readonly label: Label;
};

/** What admission decided about a message; stored with its row, so that a restart goes on with the same authority. */
export type Admission = Arrival & {
  readonly run: string;
  readonly agent: string;
  readonly session: string;
  readonly replyTarget: ReplyTarget;
};

/** Everything that admission reads: the message as the inbox has it, and the settings in force. */
export type Arriving = {
  readonly row: Pick<InboxRow, "envelope" | "principal">;
} & AdmissionSettings;

export type AdmissionSettings = {
  readonly policy: Policy;
  readonly config: Config;
  /** A known secret or a secret pattern stands in the text. */
  readonly holdsSecret: (text: string) => boolean;
};

export function arrivalOf({ row, policy, config, holdsSecret }: Arriving): Arrival {
  const { envelope } = row;
  const principal = row.principal ?? senderOf(envelope);
  const path = principal.kind === "operator" ? controlPath(principal) : chatPath(envelope, config);
  const standing = standingOf(policy, principal, path);
  const written = { principal, path, part: "own", holdsSecret: holdsSecret(envelope.text) } as const;
  return { principal, path, standing, audience: audienceOf(written, standing), label: labelFor(written, standing) };
}

/** Nobody's own words: quoted, forwarded and attached parts are untrusted, whoever passed them on. */
export function partLabel(
  part: Pick<WrittenPart, "part" | "holdsSecret">,
  { principal, path, standing }: Arrival,
): Label {
  return labelFor({ principal, path, ...part }, standing);
}

/**
 * Which agent answers, in which session. Operators name the session themselves (`chat.id`): a key routes and grants
 * nothing; what names no agent of this Gateway goes to the default agent.
 */
export function routeOf(
  envelope: Envelope,
  arrival: Arrival,
  { policy, config }: Pick<AdmissionSettings, "policy" | "config">,
) {
  if (arrival.principal.kind === "operator") {
    const named = /^agent:([a-z0-9][a-z0-9_-]{0,63}):./.exec(envelope.chat.id)?.[1];
    const known = config.agents.list.some(({ id }) => id === named);
    if (named !== undefined && (known || named === agentFor(policy, arrival))) {
      return { agent: named, session: envelope.chat.id };
    }
  }
  const agent = agentFor(policy, arrival);
  return { agent, session: sessionKeyFor(policy, agent, arrival) };
}

export function deliverRequest(arrival: Arrival, session?: string): Request {
  return {
    principal: arrival.principal,
    path: arrival.path,
    action: { kind: "message.deliver" },
    context: {
      label: arrival.label,
      audience: arrival.audience,
      ...(session === undefined ? {} : { session }),
      sandbox: "off",
      grant: "none",
    },
  };
}

function senderOf(envelope: Envelope): Principal {
  const { channel, account, sender } = envelope;
  return { kind: "sender", channel, account, id: sender.id, identity: sender.identity };
}

function controlPath(principal: Extract<Principal, { kind: "operator" }>): Path {
  const transport = { webchat: "ws", cli: "cli", http: "http" } as const;
  return { kind: "control", transport: transport[principal.via] };
}

function chatPath(envelope: Envelope, config: Config): Path {
  const { channel, account, chat } = envelope;
  if (chat.kind === "direct") return { kind: "direct", channel, account };
  const topic = chat.topic === undefined ? {} : { topic: chat.topic };
  return { kind: "group", channel, account, group: chat.id, ...topic, mention: mentionOf(envelope, config) };
}
