import { expect, test } from "vitest";
import { bestMatches, matchScore } from "./text-match.ts";

test("every word must occur, in any order", () => {
  expect(matchScore("log sys", "System: logs")).toBeDefined();
  expect(matchScore("log nothing", "System: logs")).toBeUndefined();
});

test("a match at the start of a word comes first", () => {
  expect(bestMatches(["Catalogue", "Logs"], "log", (text) => text)).toEqual(["Logs", "Catalogue"]);
});
