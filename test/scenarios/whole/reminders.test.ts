import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

let model: ScriptedModel;
let whole: Whole;
beforeAll(async () => {
  model = await startScriptedModel({
    rules: [],
    otherwise: [{ calls: [{ name: "remind", arguments: { text: "Tea", in: "10 minutes" } }] }, { text: "{{result}}" }],
  });
});
afterAll(() => model.close());
afterEach(async () => whole.remove());

test("a reminder that became due while the Gateway was down is said at its start, once, and marked late", async () => {
  let laterMs = 0;
  whole = await startWhole({
    config: configWith(`
      security: { owners: [{ channel: "telegram", id: "1" }] }, channels: { telegram: {} },
      models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },`).replace(
      "defaults: {",
      'defaults: { model: "scripted/scripted",',
    ),
    channels: ["telegram"],
    clock: { ...systemClock, now: () => Date.now() + laterMs },
  });
  const heard = () => whole.channel("telegram").heard.map(({ text }) => text);
  await whole.channel("telegram").say({ from: "1", text: "remind me of the tea" });
  await eventually(() => heard().length > 0, "the answer");
  expect(heard()).toEqual([expect.stringContaining("Reminder set for")]);
  await whole.stop();

  laterMs = 30 * 60_000;
  whole = await whole.restart();
  await eventually(() => heard().length > 0, "the reminder");
  expect(heard()).toEqual([expect.stringMatching(/^Reminder \(late, it was due .*Z\): Tea$/)]);

  whole = await whole.restart();
  await whole.channel("telegram").say({ from: "1", text: "/whoami", id: "another" });
  await eventually(() => heard().length > 0, "another answer");
  expect(heard()).toEqual([expect.stringContaining("You are 1")]);
});
