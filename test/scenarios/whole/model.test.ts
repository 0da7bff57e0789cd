import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import type { ModelScript, ScriptedFault } from "../../servers/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

let model: ScriptedModel;
let whole: Whole;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());
afterEach(async () => whole.remove());

function config(): string {
  return configWith(`
    security: { owners: [{ channel: "telegram", id: "1" }] }, channels: { telegram: {} },
    models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "sk-test-0123456789abcdef" } } },`).replace(
    "defaults: {",
    'defaults: { model: "scripted/scripted",',
  );
}

const failing = (fault: ScriptedFault, faults?: number): ModelScript => ({
  rules: [],
  otherwise: [{ text: "The tide is at 14:07.", fault, ...(faults === undefined ? {} : { faults }) }],
});

async function telling(script: ModelScript): Promise<string> {
  model.play(script);
  whole = await startWhole({ config: config(), channels: ["telegram"] });
  const telegram = whole.channel("telegram");
  await telegram.say({ from: "1", text: "when is the tide?" });
  await eventually(() => telegram.heard.length > 0, "an answer or an explanation", 18_000);
  return telegram.heard.map(({ text }) => text).join("");
}

describe("a model API that fails", () => {
  test.each<[string, ScriptedFault, RegExp]>([
    [
      "401",
      { kind: "status", status: 401 },
      /scripted refused the API key[\s\S]*models auth add[\s\S]*model\.unauthorized/,
    ],
    [
      "429 for an hour",
      { kind: "status", status: 429, headers: { "retry-after": "3600" } },
      /scripted[\s\S]*(wait|again|later)[\s\S]*model\.rate_limited/i,
    ],
    ["500", { kind: "status", status: 500 }, /scripted[\s\S]*model\.overloaded/],
    ["a stream that is cut each time", { kind: "cut" }, /scripted[\s\S]*model\.stream_cut/],
    ["an answer that is no JSON", { kind: "garbage" }, /scripted[\s\S]*model\.(bad_response|stream_cut)/],
  ])(
    "%s: the person is told what, why and what to do, without the key, and can ask again",
    async (_, fault, told) => {
      const text = await telling(failing(fault));
      expect(text).toMatch(told);
      expect(text).not.toContain("sk-test-0123456789abcdef");

      model.play(failing(fault, 0));
      const telegram = whole.channel("telegram");
      const before = telegram.heard.length;
      await telegram.say({ from: "1", text: "and now?" });
      await eventually(() => telegram.heard.length > before, "the answer");
      expect(telegram.heard.at(-1)?.text).toContain("14:07");
      const asked = JSON.stringify(model.requests.at(-1)?.body);
      expect(asked).toContain("when is the tide?");
    },
    40_000,
  );

  test.each<[string, ScriptedFault]>([
    ["500", { kind: "status", status: 500 }],
    ["429 for a moment", { kind: "status", status: 429, headers: { "retry-after": "0" } }],
    ["a cut stream", { kind: "cut" }],
    ["a stream without its end", { kind: "unfinished" }],
  ])(
    "%s once: it is asked again and answers once",
    async (_, fault) => {
      expect(await telling(failing(fault, 1))).toBe("The tide is at 14:07.");
    },
    40_000,
  );

  test("a slow one: /stop ends the wait at once, and the next message is answered", async () => {
    model.play({
      rules: [{ when: "slow", steps: [{ text: "late", fault: { kind: "slow", delayMs: 60_000 } }] }],
      otherwise: [{ text: "quick" }],
    });
    whole = await startWhole({ config: config(), channels: ["telegram"] });
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "be slow" });
    await eventually(() => model.requests.length > 0, "the model call");
    await telegram.say({ from: "1", text: "/stop" });
    await eventually(() => telegram.heard.some(({ text }) => text.startsWith("Stopped: 1 run")), "the stop");
    await telegram.say({ from: "1", text: "be quick" });
    await eventually(() => telegram.heard.some(({ text }) => text === "quick"), "the next answer");
    expect(telegram.heard.map(({ text }) => text)).not.toContain("late");
  }, 40_000);

  test("one that is slower than a turn may be: the person is told the limit and its key, and is answered next time", async () => {
    model.play({
      rules: [{ when: "slow", steps: [{ text: "late", fault: { kind: "slow", delayMs: 60_000 } }] }],
      otherwise: [{ text: "quick" }],
    });
    const limited = config().replace("defaults: {", "defaults: { timeoutSeconds: 3,");
    whole = await startWhole({ config: limited, channels: ["telegram"] });
    const telegram = whole.channel("telegram");
    const heard = () => telegram.heard.map(({ text }) => text).join("\n");
    await telegram.say({ from: "1", text: "be slow" });
    await eventually(() => heard().includes("took longer than 3 s"), "the end of the turn");
    expect(heard()).toContain("agents.defaults.timeoutSeconds");
    await telegram.say({ from: "1", text: "be quick" });
    await eventually(() => heard().includes("quick"), "the next answer");
    expect(heard()).not.toContain("late");
  }, 40_000);

  test("a server that is gone: the person is told, and the control plane still answers", async () => {
    const gone = await startScriptedModel();
    const origin = gone.origin;
    await gone.close();
    whole = await startWhole({ config: config().replace(model.origin, origin), channels: [] });
    const operator = await whole.operator();
    const told = await ask(operator, "when is the tide?");
    expect(told).toMatch(/scripted[\s\S]*model\.unreachable/);
    expect(await ask(operator, "/status")).toContain("agent:main:main");
  }, 40_000);
});
