import { expect, test } from "vitest";
import { environment, hostFacts } from "./host.ts";

test("the host's facts are filled in", () => {
  const facts = hostFacts();
  expect(facts).toMatchObject({ platform: process.platform, arch: process.arch, nodeVersion: process.versions.node });
  expect(facts.user).not.toBe("");
  expect(() => new Intl.DateTimeFormat(facts.locale, { timeZone: facts.zone })).not.toThrow();
});

test("the environment is a frozen copy", () => {
  const copy = environment();
  expect(copy["PATH"]).toBeTypeOf("string");
  expect(Object.isFrozen(copy)).toBe(true);
});
