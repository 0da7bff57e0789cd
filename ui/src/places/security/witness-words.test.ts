import { expect, test } from "vitest";
import { witnessWords } from "./witness-words.ts";

test("a witness reads as its sentence, its steps and its lines", () => {
  expect(
    witnessWords({
      sentence: "A stranger on Telegram can make agent main run commands on the host",
      steps: ["writes to the bot", { text: "dmPolicy is open" }],
      lines: [{ file: "fased.json", line: 12, text: 'dmPolicy: "open"' }],
    }),
  ).toEqual({
    sentence: "A stranger on Telegram can make agent main run commands on the host",
    steps: ["writes to the bot", "dmPolicy is open"],
    lines: ['fased.json:12  dmPolicy: "open"'],
  });
});

test("a plain sentence is a witness, nothing is none", () => {
  expect(witnessWords("Anyone can")).toEqual({ sentence: "Anyone can", steps: [], lines: [] });
  expect(witnessWords(undefined)).toBeUndefined();
  expect(witnessWords({})).toBeUndefined();
});
