import { expect, test } from "vitest";
import { debianPackages } from "../debian-packages.ts";
import { describeNeeding, needs } from "../needs.ts";

test("every listed package says by which program it is found", () => {
  const packages = debianPackages();
  expect(packages.map(({ name }) => name)).toEqual([...packages.map(({ name }) => name)].sort());
  expect(packages.filter(({ program }) => !program.startsWith("/usr/"))).toEqual([]);
  expect(packages.length).toBeGreaterThan(0);
});

test("a package that is not listed cannot be needed, because nothing would install it", () => {
  expect(() => needs("inspircd")).toThrow("does not list inspircd");
  expect(() => describeNeeding("inspircd")).toThrow("does not list inspircd");
});
