import * as z from "zod";
import type { ReplyTarget } from "../channels/contract.ts";
import type { Audience, Label } from "../policy/label.ts";
import type { Path, Principal } from "../policy/request.ts";
import { holdsSecret } from "./secret-scan.ts";
import { ToolError, type ToolPlan, type ToolSpec, type ToolTurn } from "./tool.ts";

export type OutgoingMessage = {
  readonly target: ReplyTarget;
  readonly text: string;
  readonly label: Label;
  readonly agent: string;
  readonly run: string;
  readonly principal: Principal;
  readonly path: Path;
  /** Said in the turn's own conversation. */
  readonly here?: Pick<ToolTurn, "session" | "audience">;
};

/** What delivery offers to the tool. The sealed call is the permission; delivery checks `message.send` again. */
export interface Messenger {
  /** The chat on a connected account, or undefined where there is none. */
  target(wanted: {
    readonly channel: string;
    readonly account: string;
    readonly chat: string;
  }): ReplyTarget | undefined;
  /** Who reads what is sent there. */
  audienceOf(target: ReplyTarget): Audience;
  /** Resolves once the message is in the outbox. */
  send(message: OutgoingMessage): Promise<void>;
}

const messageCharsMax = 20_000;

const parameters = z.strictObject({
  message: z.string().min(1).max(messageCharsMax).describe("Text, in Markdown."),
  channel: z.string().optional().describe("Channel of another chat, with `target`."),
  target: z.string().optional().describe("Id of another chat. Without it the message goes to this conversation."),
  accountId: z.string().optional().describe("Account of the channel, where there are several."),
});

type Arguments = z.output<typeof parameters>;

/** `message`: a message to this conversation at once, or to another chat. */
export function messageTool(messenger: Messenger): ToolSpec<Arguments> {
  return {
    name: "message",
    description:
      "Sends a message to another chat, or a first word to this one before your answer. Your answer itself needs no tool.",
    parameters,
    plan: async (input, turn): Promise<ToolPlan> => {
      const target = targetOf(input, turn, messenger);
      const here = isHere(target, turn);
      const audience = messenger.audienceOf(target);
      return {
        sink: here
          ? { kind: "free", reads: "effect" }
          : { kind: "send", audience, secretInBody: holdsSecret(input.message), asked: isAsked(input.message, turn) },
        sandbox: "off",
        toolAction: "send",
        canonical: {
          channel: target.channel,
          account: target.account,
          chat: target.chat,
          topic: target.topic ?? "",
          message: input.message,
        },
        card: {
          title: "Send a message",
          exactly: [
            { label: "To", text: `${target.channel} (${target.account}) ${target.chat}`, mono: true },
            { label: "Text", text: input.message, mono: false },
          ],
          where: "channel",
        },
        summary: `send to ${target.channel}/${target.account}/${target.chat} (${input.message.length} characters)`,
      };
    },
    run: async (call, input, turn) => {
      const target = targetOf(input, turn, messenger);
      const { label } = call.authorized.request.context;
      const { agent, run, principal, path, session, audience } = turn;
      const here = isHere(target, turn) ? { here: { session, audience } } : {};
      await messenger.send({ target, text: input.message, label, agent, run, principal, path, ...here });
      return {
        text: `The message to ${isHere(target, turn) ? "this conversation" : target.chat} is on its way.`,
        label,
        failed: false,
      };
    },
  };
}

function targetOf({ channel, target, accountId }: Arguments, turn: ToolTurn, messenger: Messenger): ReplyTarget {
  if (target === undefined) {
    if (channel === undefined && accountId === undefined) return turn.replyTarget;
    throw new ToolError("message.target", "`channel` and `accountId` need a `target`");
  }
  const wanted = { channel: channel ?? turn.replyTarget.channel, account: accountId ?? "default", chat: target };
  const found = messenger.target(wanted);
  if (found !== undefined) return found;
  throw new ToolError(
    "message.no_chat",
    `there is no chat ${JSON.stringify(target)} on a connected account of ${JSON.stringify(wanted.channel)}`,
  );
}

function isHere(target: ReplyTarget, { replyTarget }: ToolTurn): boolean {
  const same = (key: "channel" | "account" | "chat" | "topic") => target[key] === replyTarget[key];
  return same("channel") && same("account") && same("chat") && same("topic");
}

/** Every word of the body stands, in this order and without a gap, in one message of a person who may ask for it. */
function isAsked(body: string, turn: ToolTurn): boolean {
  const wanted = ` ${wordsOf(body)} `;
  return wanted.trim() !== "" && turn.window.namingMessages().some(({ text }) => ` ${wordsOf(text)} `.includes(wanted));
}

function wordsOf(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
