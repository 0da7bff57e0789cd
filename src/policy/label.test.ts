import { describe, expect, test } from "vitest";
import { cleanLabel, join, type Label, unknownLabel } from "./label.ts";

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
});
