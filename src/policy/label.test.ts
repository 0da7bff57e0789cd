import { describe, expect, test } from "vitest";
import { type Audience, cleanLabel, covers, join, joinAll, type Label, unknownLabel } from "./label.ts";

const page: Label = { integrity: "untrusted", readers: "public", secret: false, sources: ["web:1"] };
const mail: Label = { integrity: "known", readers: ["owner"], secret: false, sources: ["mail:1"] };

describe("join", () => {
  test("keeps the lowest integrity, the common readers and every source", () => {
    expect(join(page, mail)).toEqual({
      integrity: "untrusted",
      readers: ["owner"],
      secret: false,
      sources: ["mail:1", "web:1"],
    });
  });

  test("the clean label is its unit", () => {
    expect(join(cleanLabel, mail)).toEqual(mail);
  });

  test("an unknown label wins over everything", () => {
    expect(join(unknownLabel, mail)).toEqual(unknownLabel);
  });

  test.each<[readonly string[], readonly string[], readonly string[]]>([
    [
      ["b", "a"],
      ["b", "a"],
      ["a", "b"],
    ],
    [["a", "b"], ["b", "c"], ["b"]],
    [["a"], ["b"], []],
  ])("readers %j and %j have %j in common", (a, b, expected) => {
    expect(join({ ...mail, readers: a }, { ...mail, readers: b }).readers).toEqual(expected);
  });

  test("keeps eight sources; more are many, and many stay many", () => {
    const ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    const labels = ids.map((id): Label => ({ ...mail, sources: [id] }));
    expect(joinAll(labels.slice(0, 8)).sources).toEqual(ids.slice(0, 8));
    expect(joinAll(labels).sources).toEqual(["many"]);
    expect(join({ ...mail, sources: ["many"] }, mail).sources).toEqual(["many"]);
  });
});

test("the clean label is nobody's fault, the unknown one everybody's", () => {
  expect(cleanLabel).toEqual({ integrity: "owner", readers: "public", secret: false, sources: [] });
  expect(unknownLabel).toEqual({ integrity: "untrusted", readers: [], secret: true, sources: ["many"] });
  expect(joinAll([])).toEqual(cleanLabel);
});

test.each<[Audience, Audience, boolean]>([
  ["public", "public", true],
  ["public", ["owner"], true],
  [["owner"], "public", false],
  [["owner", "peer"], ["owner"], true],
  [["owner"], ["owner", "peer"], false],
  [["owner"], [], true],
  [[], ["owner"], false],
])("readers %j cover the audience %j: %j", (readers, audience, expected) => {
  expect(covers(readers, audience)).toBe(expected);
});
