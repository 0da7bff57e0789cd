/**
 * `POST /v1/chat/completions` in the form of OpenAI's API, plain and as server-sent events: a turn of an agent, with the
 * operator who holds the token as its principal. A session of its own for each request, unless `user` or a header names one.
 */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { TurnEvent, TurnOutcome } from "../../agent/turn-contract.ts";
import { attachmentsRefusal } from "../attachments.ts";
import { describeIssues } from "../frames.ts";
import { errorResponse, type OperatorCall, type Route } from "../route.ts";
import type { RunRequest, RunStarted } from "../services.ts";

const bodyBytesMax = 1024 * 1024;
/** As long as a turn may take at all. */
const runTimeoutMs = 10 * 60_000;
const sessionKeyLengthMax = 512;

const textPart = z.object({ type: z.literal("text"), text: z.string() });
/** An image, sound or file of the API: read only to refuse it by name. */
const otherPart = z.looseObject({ type: z.string() });
const message = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(z.union([textPart, otherPart]))]).nullish(),
});
const completionBody = z.object({
  model: z.string().min(1).max(256),
  messages: z.array(message).min(1).max(1_000),
  stream: z.boolean().optional(),
  user: z.string().min(1).max(256).optional(),
});
type CompletionBody = z.output<typeof completionBody>;

export const chatCompletionsRoute: Route = {
  verb: "POST",
  path: "/v1/chat/completions",
  auth: { scope: "operator.write" },
  name: "http.chat.completions",
  bodyBytesMax,
  handle: complete,
};

async function complete(call: OperatorCall): Promise<Response> {
  const parsed = completionBody.safeParse(call.body);
  if (!parsed.success) {
    return errorResponse(400, { code: "chat.invalid_request", message: describeIssues(parsed.error) });
  }
  const body = parsed.data;
  if (body.messages.some(hasAttachment)) {
    return errorResponse(400, { code: "chat.attachments_unsupported", message: attachmentsRefusal });
  }
  const agents = call.running.agents.list();
  const agent = agentOf(body, call.request.headers) ?? agents.defaultId;
  if (!agents.agents.some(({ id }) => id === agent)) {
    return errorResponse(404, {
      code: "chat.unknown_model",
      message: `no agent \`${agent}\`; use \`fased\` or \`fased/<agent>\``,
    });
  }
  const prompt = promptOf(body);
  if (prompt.text.trim() === "") {
    return errorResponse(400, {
      code: "chat.no_message",
      message: "there is nothing to answer: the messages hold no text of role `user`, `system` or `developer`",
    });
  }
  const sessionKey = sessionKeyOf(call.request.headers, body, agent);
  if (sessionKey === undefined) {
    return errorResponse(400, { code: "chat.invalid_session_key", message: "the session key is empty or too long" });
  }
  const run: RunRequest = {
    caller: call.caller,
    ...prompt,
    sessionKey,
    agent,
    idempotencyKey: randomUUID(),
    timeoutMs: runTimeoutMs,
  };
  const reply: Reply = { id: `chatcmpl_${randomUUID()}`, model: body.model, created: Math.floor(Date.now() / 1_000) };
  return body.stream === true ? streamed(call, run, reply) : plain(call, run, reply);
}

/** `fased`, `fased:<id>`, `fased/<id>`, `agent:<id>`; a header says it for clients that cannot choose a model. */
function agentOf(body: CompletionBody, headers: Headers): string | undefined {
  const named = headers.get("x-fased-agent-id") ?? headers.get("x-fased-agent");
  if (named) return named.trim().toLowerCase();
  return /^(?:fased[:/]|agent:)(.+)$/i.exec(body.model)?.[1]?.toLowerCase();
}

function sessionKeyOf(headers: Headers, body: CompletionBody, agent: string): string | undefined {
  const named = headers.get("x-fased-session-key")?.trim();
  if (named !== undefined) return named !== "" && named.length <= sessionKeyLengthMax ? named : undefined;
  return `agent:${agent}:openai:${body.user === undefined ? randomUUID() : `user:${body.user.toLowerCase()}`}`;
}

type Message = CompletionBody["messages"][number];

const isText = (part: z.output<typeof textPart> | z.output<typeof otherPart>) => textPart.safeParse(part).success;

const hasAttachment = ({ content }: Message): boolean => Array.isArray(content) && !content.every(isText);

const textOf = ({ content }: Message): string =>
  typeof content === "string" ? content : (content ?? []).map((part) => ("text" in part ? part.text : "")).join("\n");

/**
 * What the caller says in its own name, in order; what it says that a model or a tool said is quoted, and so untrusted:
 * nobody vouches for it.
 */
function promptOf({ messages }: CompletionBody): Pick<RunRequest, "text" | "quoted"> {
  const own = messages.filter(({ role }) => role !== "assistant" && role !== "tool");
  const quoted = messages.filter((entry) => !own.includes(entry));
  const said = own.map((entry) => (own.length === 1 ? textOf(entry) : `${entry.role}: ${textOf(entry)}`));
  return {
    text: said.join("\n\n"),
    quoted: quoted.map((entry) => ({ author: entry.role, text: textOf(entry) })),
  };
}

type Reply = { readonly id: string; readonly model: string; readonly created: number };

async function plain(call: OperatorCall, run: RunRequest, reply: Reply): Promise<Response> {
  const { runs } = call.running;
  const started = await runs.start(run);
  const abort = () => abortRun(call, started);
  call.request.signal.addEventListener("abort", abort, { once: true });
  const outcome = (await runs.wait(started.runId, runTimeoutMs))?.outcome;
  call.request.signal.removeEventListener("abort", abort);
  if (!outcome) {
    return errorResponse(504, { code: "chat.timeout", message: `run ${started.runId} is still under way` });
  }
  if (outcome.kind === "failed") return errorResponse(502, outcome);
  return Response.json({
    ...reply,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: finalText(outcome) }, finish_reason: "stop" }],
    usage: usageOf(outcome),
  });
}

/** A turn that waits for its owner says so in words: the API has no other place for it. */
function finalText(outcome: Exclude<TurnOutcome, { kind: "failed" }>): string {
  return outcome.kind === "parked" ? `${outcome.text}${parkedNote(outcome)}` : outcome.text;
}

function parkedNote({ words }: { words: string }): string {
  return `\n\n[waiting for the owner's approval: ${words}]`;
}

function usageOf(outcome: TurnOutcome) {
  const { inputTokens, outputTokens } =
    outcome.kind === "answered" ? outcome.usage : { inputTokens: 0, outputTokens: 0 };
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function abortRun(call: OperatorCall, started: RunStarted): void {
  const target = { sessionKey: started.sessionKey, runId: started.runId, by: call.caller };
  // The client is gone; nobody is left to tell that the abort failed.
  call.running.chat.abort(target).catch(() => undefined);
}

function streamed(call: OperatorCall, run: RunRequest, reply: Reply): Response {
  let started: RunStarted | undefined;
  let open = true;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const write = (text: string) => {
        if (open) controller.enqueue(new TextEncoder().encode(text));
      };
      const chunk = (delta: object, finish: string | null = null) =>
        write(`data: ${JSON.stringify(chunkOf(reply, delta, finish))}\n\n`);
      chunk({ role: "assistant", content: "" });
      try {
        started = await call.running.runs.start(run, (event: TurnEvent) => {
          if (event.kind === "text") chunk({ content: event.delta });
        });
        const outcome = (await call.running.runs.wait(started.runId, runTimeoutMs))?.outcome;
        writeEnd(outcome, { write, chunk });
      } catch (error) {
        write(errorEvent("chat.failed", error instanceof Error ? error.message : "the run could not start"));
      }
      write("data: [DONE]\n\n");
      if (open) controller.close();
      open = false;
    },
    cancel() {
      open = false;
      if (started) abortRun(call, started);
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

type Writers = { readonly write: (text: string) => void; readonly chunk: (delta: object, finish?: string) => void };

function writeEnd(outcome: TurnOutcome | undefined, { write, chunk }: Writers): void {
  if (!outcome) write(errorEvent("chat.timeout", "the run is still under way"));
  else if (outcome.kind === "failed") write(errorEvent(outcome.code, outcome.message));
  else {
    if (outcome.kind === "parked") chunk({ content: parkedNote(outcome) });
    chunk({}, "stop");
  }
}

function chunkOf(reply: Reply, delta: object, finish: string | null) {
  return { ...reply, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] };
}

function errorEvent(code: string, message: string): string {
  return `data: ${JSON.stringify({ error: { type: "unavailable", code, message } })}\n\n`;
}
