import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unknownLabel } from "../policy/label.ts";
import { decodeLabel, encodeLabel } from "./stored-label.ts";

const anyLabel = fc.record({
  integrity: fc.constantFrom("owner" as const, "known" as const, "untrusted" as const),
  readers: fc.oneof(fc.constant("public" as const), fc.array(fc.string())),
  secret: fc.boolean(),
  sources: fc.array(fc.string()),
});

describe("stored labels", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(anyLabel, (label) => {
        expect(decodeLabel(encodeLabel(label))).toEqual(label);
      }),
    );
  });

  it("that are missing or damaged assume everything, and never throw", () => {
    const damaged = [null, undefined, 7, "", "{}", "[]", '["owner","public",false]', '["root","public",false,[]]'];
    const subtle = ['["owner","everyone",false,[]]', '["owner",["a",1],false,[]]', '["owner","public","no",[]]'];
    for (const text of [...damaged, ...subtle]) expect(decodeLabel(text)).toEqual(unknownLabel);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const { integrity } = decodeLabel(value);
        expect(["owner", "known", "untrusted"]).toContain(integrity);
      }),
    );
  });

  it("with anything appended are not trusted", () => {
    expect(decodeLabel('["owner","public",false,[],"x"]')).toEqual(unknownLabel);
  });
});
