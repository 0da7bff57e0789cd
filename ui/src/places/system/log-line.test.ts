import { expect, test } from "vitest";
import { readLogLine } from "./log-line.ts";

test.each([
  ['{"level":40,"time":5,"msg":"slow","ms":12}', { at: 5, level: "warn", text: "slow  ms=12" }],
  ['{"level":"error","time":"1970-01-01T00:00:01Z","msg":"down"}', { at: 1000, level: "error", text: "down" }],
  ["not json", { at: undefined, level: "info", text: "not json" }],
  ["{broken", { at: undefined, level: "info", text: "{broken" }],
])("%s", (line, read) => {
  expect(readLogLine(line)).toEqual(read);
});
