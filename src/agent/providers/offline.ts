/**
 * The offline assistant: what answers when no model is configured. A deterministic program behind the same port as
 * every model, so that all but the language model is the real path: its requests become real tool calls, judged by the
 * same guard, and its answers quote what the tools returned.
 */
import type { Clock } from "../../platform/clock.ts";
import {
  type Model,
  type ModelChoice,
  type ModelMessage,
  type ModelPart,
  type ModelRequest,
  offlineProvider,
} from "../model.ts";
import { intentOf } from "./offline-grammar.ts";
import type { OfflineResult, OfflineStep } from "./offline-intent.ts";
import { missingTool, notUnderstood } from "./offline-words.ts";

const offlineModelId = "offline-assistant";
const deltaChars = 60;
/** Calls that one request may need; none needs more. */
const roundsMax = 8;

const noTokens = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

export function offlineChoice(clock: Clock): ModelChoice {
  return { provider: offlineProvider, id: offlineModelId, model: createOfflineModel(clock) };
}

function createOfflineModel(clock: Clock): Model {
  const stepOf = (request: ModelRequest) => nextStep(request, new Date(clock.now()));
  return {
    specificationVersion: "v4",
    provider: offlineProvider,
    modelId: offlineModelId,
    supportedUrls: {},
    async doGenerate(request) {
      const parts = partsOf(stepOf(request), `${clock.now()}`);
      const text = parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("");
      const calls = parts.filter((part) => part.type === "tool-call");
      return {
        content: [...(text === "" ? [] : [{ type: "text" as const, text }]), ...calls],
        finishReason: finishOf(calls.length),
        usage: noTokens,
        warnings: [],
      };
    },
    async doStream(request) {
      return { stream: ReadableStream.from(partsOf(stepOf(request), `${clock.now()}`)) };
    },
  };
}

function nextStep(request: ModelRequest, now: Date): OfflineStep {
  const lastUser = request.prompt.findLastIndex(({ role }) => role === "user");
  const words = ownWords(request.prompt[lastUser]);
  const results = request.prompt.slice(lastUser + 1).flatMap(resultsOf);
  const intent = intentOf(words, now);
  if (!intent || results.length > roundsMax) return { answer: notUnderstood(words) };
  const step = intent(results);
  if (!("call" in step) || offers(request, step.call.tool)) return step;
  return { answer: missingTool(step.call.tool) };
}

function offers(request: ModelRequest, tool: string): boolean {
  return request.tools?.some(({ name }) => name === tool) ?? false;
}

/** The first text of a user message is what the person typed; what follows was quoted, attached or noted. */
function ownWords(message: ModelMessage | undefined): string {
  if (message?.role !== "user") return "";
  const first = message.content.find((part) => part.type === "text");
  return first?.type === "text" ? first.text : "";
}

function resultsOf(message: ModelMessage): OfflineResult[] {
  if (message.role !== "tool") return [];
  return message.content.flatMap((part): OfflineResult[] => {
    if (part.type !== "tool-result") return [];
    const { output } = part;
    if (output.type === "text") return [{ text: output.value, failed: false }];
    if (output.type === "error-text") return [{ text: output.value, failed: true }];
    return [{ text: JSON.stringify(output), failed: true }];
  });
}

function partsOf(step: OfflineStep, id: string): ModelPart[] {
  const text = "call" in step ? (step.say ?? "") : step.answer;
  const parts: ModelPart[] = [{ type: "stream-start", warnings: [] }];
  if (text !== "") parts.push({ type: "text-start", id: "0" });
  for (let at = 0; at < text.length; at += deltaChars) {
    parts.push({ type: "text-delta", id: "0", delta: text.slice(at, at + deltaChars) });
  }
  if (text !== "") parts.push({ type: "text-end", id: "0" });
  if ("call" in step) {
    const input = JSON.stringify(step.call.arguments);
    parts.push({ type: "tool-call", toolCallId: `offline_${id}`, toolName: step.call.tool, input });
  }
  parts.push({ type: "finish", usage: noTokens, finishReason: finishOf("call" in step ? 1 : 0) });
  return parts;
}

function finishOf(calls: number): { unified: "tool-calls" | "stop"; raw: string } {
  return calls > 0 ? { unified: "tool-calls", raw: "tool_calls" } : { unified: "stop", raw: "stop" };
}
