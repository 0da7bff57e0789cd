import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contrast } from "./contrast.ts";

const css = readFileSync(new URL("../../ui/src/design/tokens.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name,
    { light: light ?? "", dark: dark ?? "" },
  ]),
);
const grounds = ["canvas", "surface", "raised", "sunken"];
/** Text of 13 px stands on all of these: 7:1. */
const smallText = [
  ...["text", "text-quiet"].flatMap((name) => [...grounds, "accent-surface"].map((ground) => [name, ground])),
  ...["accent", "allow", "ask", "deny", "info"].flatMap((name) => [
    [name, `${name}-surface`],
    [name, "surface"],
    [name, "canvas"],
  ]),
  ...["allow", "ask", "deny", "info"].flatMap((name) => [["text", `${name}-surface`]]),
  ["on-accent", "accent"],
  ["on-deny", "deny"],
  ["on-allow", "allow"],
] as [string, string][];

const measured = (pairs: readonly [string, string][]) =>
  (["light", "dark"] as const).flatMap((scheme) =>
    pairs.map(([ink, ground]) => ({
      pair: `${scheme}: ${ink} on ${ground}`,
      ratio: contrast(tokens.get(ink)?.[scheme] ?? "#808080", tokens.get(ground)?.[scheme] ?? "#808080"),
    })),
  );

test("small text reaches seven to one on every ground, in light and in dark", () => {
  expect(tokens.size).toBeGreaterThan(20);
  expect(measured(smallText).filter(({ ratio }) => ratio < 7)).toEqual([]);
});

test("the lines of controls reach three to one on every ground", () => {
  const lines = grounds.map((ground) => ["line-strong", ground] as [string, string]);
  expect(measured(lines).filter(({ ratio }) => ratio < 3)).toEqual([]);
});
