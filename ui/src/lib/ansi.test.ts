import { expect, test } from "vitest";
import { plainOutput } from "./ansi.ts";

test.each([
  ["\u001B[31mred\u001B[0m", "red"],
  ["\u001B]8;;https://a.example\u0007link\u001B]8;;\u0007", "link"],
  ["10%\r50%\r100%\ndone\r\n", "100%\ndone\n"],
  ["no escapes", "no escapes"],
])("%j reads %j", (text, plain) => {
  expect(plainOutput(text)).toBe(plain);
});
