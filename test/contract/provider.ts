/** What every provider behind the Model port must do; the same for the offline assistant and for models over HTTP. */
import { expect, it } from "vitest";
import { askModel, type ModelAnswer } from "../../src/agent/ask-model.ts";
import type { ModelChoice, ModelMessage } from "../../src/agent/model.ts";
import { systemClock } from "../../src/platform/clock.ts";

const tool = (name: string) => ({
  type: "function" as const,
  name,
  description: name,
  inputSchema: { type: "object" as const, properties: { path: { type: "string" as const } } },
});

const says = (text: string): ModelMessage => ({ role: "user", content: [{ type: "text", text }] });

export function ask(
  choice: ModelChoice,
  messages: readonly ModelMessage[],
  onText: (delta: string) => void = () => undefined,
) {
  return askModel({
    choice,
    messages: [{ role: "system", content: "You are a test." }, ...messages],
    tools: [tool("read"), tool("write")],
    signal: AbortSignal.timeout(20_000),
    clock: systemClock,
    outputCharsMax: 100_000,
    onText,
  });
}

/** `choice` answers "hello" with text, and "read notes.md" with a call of `read`, then with what the call returned. */
export function providerContract(choice: () => ModelChoice): void {
  it("streams a text answer to its end", async () => {
    let streamed = "";
    const answer = await ask(choice(), [says("hello")], (delta) => {
      streamed += delta;
    });
    expect(answer.text).not.toBe("");
    expect(streamed).toBe(answer.text);
    expect(answer.calls).toEqual([]);
    expect(answer.ended).toBe("complete");
  });

  it("makes a tool call with arguments in JSON", async () => {
    const { calls } = await ask(choice(), [says("read notes.md")]);
    expect(calls.map(({ name, argumentsText }) => [name, JSON.parse(argumentsText)])).toEqual([
      ["read", { path: "notes.md" }],
    ]);
  });

  it("answers with bytes that only the tool result held", async () => {
    const answer = await askAfterResult(choice(), { type: "text", value: "the word is 7f3a9c" });
    expect(answer.text).toContain("7f3a9c");
    expect(answer.calls).toEqual([]);
  });

  it("takes a failed result as it takes a good one", async () => {
    const answer = await askAfterResult(choice(), { type: "error-text", value: "notes.md is not there 51bd" });
    expect(answer.text).toContain("51bd");
  });

  it("rejects with the reason when it is aborted", async () => {
    const aborted = AbortSignal.abort("stopped");
    const question = { choice: choice(), messages: [says("hello")], tools: [], clock: systemClock, outputCharsMax: 9 };
    await expect(askModel({ ...question, signal: aborted, onText: () => undefined })).rejects.toBe("stopped");
  });
}

function askAfterResult(
  choice: ModelChoice,
  output: { type: "text" | "error-text"; value: string },
): Promise<ModelAnswer> {
  return ask(choice, [
    says("read notes.md"),
    {
      role: "assistant",
      content: [{ type: "tool-call", toolCallId: "call-1", toolName: "read", input: { path: "notes.md" } }],
    },
    { role: "tool", content: [{ type: "tool-result", toolCallId: "call-1", toolName: "read", output }] },
  ]);
}
