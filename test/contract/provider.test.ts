import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { offlineChoice } from "../../src/agent/providers/offline.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { protocols, scriptedChoice, scriptedKey } from "../scenarios/agent/scripted-choice.ts";
import type { ModelScript } from "../servers/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../servers/scripted-model.ts";
import { ask, providerContract } from "./provider.ts";

const contractScript: ModelScript = {
  rules: [
    {
      when: "read notes\\.md",
      steps: [{ calls: [{ name: "read", arguments: { path: "notes.md" } }] }, { text: "It says: {{result}}" }],
    },
  ],
  otherwise: [{ text: "Hello, this is an answer in pieces." }],
};

describe("the offline assistant", () => {
  providerContract(() => offlineChoice(systemClock));
});

describe.each(protocols)("a provider that speaks %s", (protocol) => {
  let server: ScriptedModel;
  beforeAll(async () => {
    server = await startScriptedModel();
  });
  beforeEach(() => server.play(contractScript));
  afterAll(() => server.close());
  const choice = () => scriptedChoice(server.origin, protocol);
  const hello = [{ role: "user" as const, content: [{ type: "text" as const, text: "hello" }] }];

  providerContract(choice);

  it("sends the key in a header, never in the body, and says what it used", async () => {
    const answer = await ask(choice(), hello);
    const [request] = server.requests;
    expect(JSON.stringify(request?.headers)).toContain(scriptedKey);
    expect(JSON.stringify(request?.body)).not.toContain(scriptedKey);
    expect(answer.usage).toEqual({ inputTokens: 11, outputTokens: 7 });
  });

  it("makes several calls in one answer", async () => {
    const calls = [
      { name: "read", arguments: { path: "a" } },
      { name: "read", arguments: { path: "b" } },
    ];
    server.play({ rules: [], otherwise: [{ text: "both", calls }] });
    const answer = await ask(choice(), hello);
    expect(answer.text).toBe("both");
    expect(answer.calls.map(({ argumentsText }) => JSON.parse(argumentsText))).toEqual([{ path: "a" }, { path: "b" }]);
  });

  it.each([
    [401, "model.unauthorized"],
    [403, "model.unauthorized"],
    [402, "model.quota_exhausted"],
    [404, "model.not_found"],
    [400, "model.request_refused"],
  ])("tells HTTP %i at once as %s, without repeating it", async (status, code) => {
    server.play({ rules: [], otherwise: [{ fault: { kind: "status", status } }] });
    await expect(ask(choice(), hello)).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it("waits as long as a 429 asks, then succeeds", async () => {
    const fault = { kind: "status" as const, status: 429, headers: { "retry-after": "0" } };
    server.play({ rules: [], otherwise: [{ text: "in the end", fault, faults: 2 }] });
    await expect(ask(choice(), hello)).resolves.toMatchObject({ text: "in the end" });
    expect(server.requests).toHaveLength(3);
  });

  it("does not wait for a 429 that asks for too long, and says for how long", async () => {
    const fault = { kind: "status" as const, status: 429, headers: { "retry-after": "900" } };
    server.play({ rules: [], otherwise: [{ fault }] });
    await expect(ask(choice(), hello)).rejects.toMatchObject({
      code: "model.rate_limited",
      message: expect.stringContaining("Try again in 900 s"),
    });
    expect(server.requests).toHaveLength(1);
  });

  it("repeats a 500 and a cut stream, and tells text once", async () => {
    let told = "";
    const fault = { kind: "cut" as const };
    server.play({ rules: [], otherwise: [{ text: "one two three four five", fault, faults: 1 }] });
    const answer = await ask(choice(), hello, (delta) => {
      told += delta;
    });
    expect(answer.text).toBe("one two three four five");
    expect(told).toBe(answer.text);
    server.play({ rules: [], otherwise: [{ text: "up again", fault: { kind: "status", status: 500 }, faults: 1 }] });
    await expect(ask(choice(), hello)).resolves.toMatchObject({ text: "up again" });
  });
});

describe("a provider that stays broken", () => {
  let server: ScriptedModel;
  beforeAll(async () => {
    server = await startScriptedModel();
  });
  afterAll(() => server.close());
  const hello = [{ role: "user" as const, content: [{ type: "text" as const, text: "hello" }] }];

  it.each([
    [{ kind: "cut" } as const, "model.stream_cut"],
    [{ kind: "unfinished" } as const, "model.stream_cut"],
    [{ kind: "garbage" } as const, "model.bad_response"],
    [{ kind: "status", status: 503 } as const, "model.overloaded"],
  ])(
    "is given up after a bounded number of calls: %j",
    async (fault, code) => {
      server.play({ rules: [], otherwise: [{ text: "some longer text", fault }] });
      await expect(ask(scriptedChoice(server.origin), hello)).rejects.toMatchObject({ code });
      expect(server.requests).toHaveLength(3);
    },
    20_000,
  );

  it("that is not there is told as unreachable", async () => {
    const gone = await startScriptedModel();
    await gone.close();
    await expect(ask(scriptedChoice(gone.origin), hello)).rejects.toMatchObject({ code: "model.unreachable" });
  }, 20_000);
});
