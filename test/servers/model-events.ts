/** The server-sent events in which each protocol puts the same scripted answer. */
import type { ScriptedCall } from "./model-script.ts";

export type ScriptedAnswer = { readonly text: string; readonly calls: readonly ScriptedCall[]; readonly id: number };

const model = "scripted";
const usage = { input: 11, output: 7 };

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const named = (value: { type: string }) => `event: ${value.type}\n${data(value)}`;
const argumentsOf = (call: ScriptedCall) =>
  typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments);

/** Text in up to three pieces, so that streaming shows. */
function pieces(text: string): string[] {
  if (text === "") return [];
  const size = Math.max(1, Math.ceil(text.length / 3));
  return text.match(new RegExp(`[\\s\\S]{1,${size}}`, "gu")) ?? [];
}

/** All events but the last ones, and the last ones: a fault may leave those out. */
export type EventStream = { readonly body: readonly string[]; readonly end: readonly string[] };

export function chatCompletionEvents(answer: ScriptedAnswer): EventStream {
  const chunk = (delta: object, finish: string | null = null) =>
    data({
      id: `chatcmpl-${answer.id}`,
      object: "chat.completion.chunk",
      created: 0,
      model,
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  const calls = answer.calls.flatMap((call, index) => [
    chunk({
      tool_calls: [
        { index, id: `call_${answer.id}_${index}`, type: "function", function: { name: call.name, arguments: "" } },
      ],
    }),
    chunk({ tool_calls: [{ index, function: { arguments: argumentsOf(call) } }] }),
  ]);
  const totals = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  return {
    body: [
      chunk({ role: "assistant", content: "" }),
      ...pieces(answer.text).map((content) => chunk({ content })),
      ...calls,
    ],
    end: [
      chunk({}, answer.calls.length > 0 ? "tool_calls" : "stop"),
      data({
        id: `chatcmpl-${answer.id}`,
        object: "chat.completion.chunk",
        created: 0,
        model,
        choices: [],
        usage: totals,
      }),
      "data: [DONE]\n\n",
    ],
  };
}

export function messagesEvents(answer: ScriptedAnswer): EventStream {
  const body: string[] = [
    named({
      type: "message_start",
      message: {
        id: `msg_${answer.id}`,
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: usage.input, output_tokens: 1 },
      },
    } as { type: string }),
  ];
  let index = 0;
  const block = (content: object, deltas: readonly object[]) => {
    body.push(named({ type: "content_block_start", index, content_block: content } as { type: string }));
    for (const delta of deltas) body.push(named({ type: "content_block_delta", index, delta } as { type: string }));
    body.push(named({ type: "content_block_stop", index } as { type: string }));
    index += 1;
  };
  if (answer.text !== "") {
    block(
      { type: "text", text: "" },
      pieces(answer.text).map((text) => ({ type: "text_delta", text })),
    );
  }
  for (const call of answer.calls) {
    block({ type: "tool_use", id: `toolu_${answer.id}_${index}`, name: call.name, input: {} }, [
      { type: "input_json_delta", partial_json: argumentsOf(call) },
    ]);
  }
  const stop = answer.calls.length > 0 ? "tool_use" : "end_turn";
  const totals = {
    type: "message_delta",
    delta: { stop_reason: stop, stop_sequence: null },
    usage: { output_tokens: usage.output },
  };
  return { body, end: [named(totals), named({ type: "message_stop" })] };
}

export function responsesEvents(answer: ScriptedAnswer): EventStream {
  let sequence = 0;
  const event = (type: string, value: object) => {
    sequence += 1;
    return named({ type, sequence_number: sequence, ...value } as { type: string });
  };
  const response = (status: string, rest: object = {}) => ({
    response: { id: `resp_${answer.id}`, object: "response", created_at: 0, status, model, output: [], ...rest },
  });
  const body = [event("response.created", response("in_progress"))];
  let index = 0;
  if (answer.text !== "") {
    const item = { id: `msg_${answer.id}`, type: "message", role: "assistant", status: "in_progress", content: [] };
    body.push(event("response.output_item.added", { output_index: index, item }));
    for (const delta of pieces(answer.text)) {
      body.push(
        event("response.output_text.delta", {
          item_id: item.id,
          output_index: index,
          content_index: 0,
          delta,
          logprobs: [],
        }),
      );
    }
    const content = [{ type: "output_text", text: answer.text, annotations: [], logprobs: [] }];
    body.push(
      event("response.output_item.done", { output_index: index, item: { ...item, status: "completed", content } }),
    );
    index += 1;
  }
  for (const call of answer.calls) {
    const id = `fc_${answer.id}_${index}`;
    const item = { id, type: "function_call", call_id: `call_${answer.id}_${index}`, name: call.name };
    const text = argumentsOf(call);
    body.push(
      event("response.output_item.added", {
        output_index: index,
        item: { ...item, arguments: "", status: "in_progress" },
      }),
    );
    body.push(event("response.function_call_arguments.delta", { item_id: id, output_index: index, delta: text }));
    body.push(event("response.function_call_arguments.done", { item_id: id, output_index: index, arguments: text }));
    body.push(
      event("response.output_item.done", {
        output_index: index,
        item: { ...item, arguments: text, status: "completed" },
      }),
    );
    index += 1;
  }
  const totals = {
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    },
  };
  return { body, end: [event("response.completed", response("completed", totals))] };
}
