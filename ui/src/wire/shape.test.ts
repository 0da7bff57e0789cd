import fc from "fast-check";
import { expect, test } from "vitest";
import { listOf, listUnder, maybe, number, object, oneOf, text } from "./shape.ts";

const row = object({ id: text, at: number, note: maybe(text), effect: oneOf("deny", "ask", "allow") });

test("a view is read with the fields it promises", () => {
  expect(row({ id: "a", at: 3, effect: "allow", extra: 1 })).toEqual({
    id: "a",
    at: 3,
    note: undefined,
    effect: "allow",
  });
});

test("an unknown effect reads as the cautious one", () => {
  expect(row({ effect: "granted" }).effect).toBe("deny");
});

test("whatever arrives, a reader never throws", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(listOf(row)(value)).toBeInstanceOf(Array);
      expect(typeof row(value).id).toBe("string");
    }),
  );
});

test("a list is found under its name or on its own", () => {
  expect(listUnder(["rows"], text)({ rows: ["a"] })).toEqual(["a"]);
  expect(listUnder(["rows"], text)(["a"])).toEqual(["a"]);
  expect(listUnder(["rows"], text)("a")).toEqual([]);
});
