import { describe, expect, it } from "vitest";
import { sameCall } from "./clean-reask.ts";

const call = (argumentsText: string, name = "exec") => ({ name, argumentsText });

describe("the same call", () => {
  it.each([
    ['{"a":1,"b":"x"}', '{ "b": "x", "a": 1.0 }'],
    ["", "{}"],
    ['{"t":"\\u00e9"}', '{"t":"é"}'],
  ])("is %s written as %s", (a, b) => {
    expect(sameCall(call(a), call(b))).toBe(true);
  });

  it.each([
    ['{"a":1}', '{"a":2}'],
    ['{"a":"é"}', '{"a":"e\\u0301"}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":1}', '{"a":1,"b":null}'],
    ["{broken", "{broken"],
  ])("is not %s beside %s", (a, b) => {
    expect(sameCall(call(a), call(b))).toBe(false);
  });

  it("is not the same arguments to another tool", () => {
    expect(sameCall(call("{}"), call("{}", "read"))).toBe(false);
  });
});
