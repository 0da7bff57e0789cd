/** Scripts of the scripted model server: plain data, so that a file or a test can hold them. */

export type ScriptedCall = { readonly name: string; readonly arguments: unknown };

export type ScriptedFault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Ends the connection after the first half of the text. */
  | { readonly kind: "cut" }
  /** Ends the stream in an orderly way, without its last event. */
  | { readonly kind: "unfinished" }
  /** An event that is no JSON. */
  | { readonly kind: "garbage" }
  /** Accepts the request and says nothing until `delayMs` have passed. */
  | { readonly kind: "slow"; readonly delayMs: number };

/**
 * What one request is answered with. Texts may hold `{{result}}` (text of the last tool result), `{{user}}` (the last
 * user message) and `{{rounds}}`.
 */
export type ScriptedStep = {
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
  /** A model that obeys what it reads: the calls are made only when the last tool result matches. */
  readonly callsWhenTold?: string;
  readonly fault?: ScriptedFault;
  /** The fault shows so many times, then the step answers as written. Absent: always. */
  readonly faults?: number;
};

/** The first rule whose pattern matches the last user message answers; its step is chosen by the rounds since then. */
export type ModelScript = {
  readonly rules: readonly { readonly when: string; readonly steps: readonly ScriptedStep[] }[];
  readonly otherwise: readonly ScriptedStep[];
};

/** What a script can see of a request, whatever its protocol. */
export type Conversation = {
  readonly user: string;
  /** Answers of the model since the last user message. */
  readonly rounds: number;
  readonly result: string;
};

export const instantScript: ModelScript = { rules: [], otherwise: [{ text: "ok" }] };

export function stepFor(script: ModelScript, conversation: Conversation): ScriptedStep {
  const rule = script.rules.find(({ when }) => new RegExp(when, "iu").test(conversation.user));
  const steps = rule?.steps ?? script.otherwise;
  return steps[Math.min(conversation.rounds, steps.length - 1)] ?? { text: "" };
}

export function callsOf(step: ScriptedStep, { result }: Conversation): readonly ScriptedCall[] {
  const told = step.callsWhenTold === undefined || new RegExp(step.callsWhenTold, "iu").test(result);
  return told ? (step.calls ?? []) : [];
}

export function filledText(step: ScriptedStep, conversation: Conversation): string {
  return (step.text ?? "")
    .replaceAll("{{result}}", () => conversation.result)
    .replaceAll("{{user}}", () => conversation.user)
    .replaceAll("{{rounds}}", () => String(conversation.rounds));
}

type Loose = { readonly [key: string]: unknown };

/** Reads the conversation out of a Chat Completions, Messages or Responses request. */
export function conversationOf(body: Loose): Conversation {
  const entries = ((body["messages"] ?? body["input"] ?? []) as Loose[]).flatMap(entriesOf);
  const lastUser = entries.findLastIndex(({ role }) => role === "user");
  return {
    user: entries[lastUser]?.text ?? "",
    rounds: entries.slice(lastUser + 1).filter(({ role }) => role === "assistant").length,
    result: entries.findLast(({ role }) => role === "tool")?.text ?? "",
  };
}

type Entry = { readonly role: string; readonly text: string };

function entriesOf(message: Loose): Entry[] {
  if (message["type"] === "function_call") return [{ role: "assistant", text: "" }];
  if (message["type"] === "function_call_output") return [{ role: "tool", text: textOf(message["output"]) }];
  const content = message["content"];
  const results = Array.isArray(content) ? (content as Loose[]).filter(({ type }) => type === "tool_result") : [];
  const tools = results.map((result) => ({ role: "tool", text: textOf(result["content"]) }));
  const text = textOf(content);
  if (results.length > 0 && text === "") return tools;
  return [...tools, { role: String(message["role"]), text }];
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as Loose[])
    .filter(({ type }) => type === "text" || type === "input_text" || type === "output_text")
    .map((part) => String(part["text"]))
    .join("\n");
}
