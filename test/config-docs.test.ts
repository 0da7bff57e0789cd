import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { configPage } from "../scripts/config-docs.ts";
import { configJsonSchema } from "../src/config/json-schema.ts";
import { parseConfig } from "../src/config/parse.ts";
import { keyEntries } from "../src/config/reference.ts";

test("docs/config.md is what the schema says", () => {
  const page = readFileSync(new URL("../docs/config.md", import.meta.url), "utf8");
  expect(page, "run `node scripts/config-docs.ts`").toBe(configPage());
});

test("every key says what it does", () => {
  expect(
    keyEntries()
      .filter(({ doc }) => !doc || doc.effect.length < 10)
      .map(({ path }) => path),
  ).toEqual([]);
});

test("every dangerous key names its risk", () => {
  const silent = keyEntries().filter(({ path, doc }) => /dangerously/.test(path) && doc?.risk === undefined);
  expect(silent).toEqual([]);
});

test("every config in the page loads without a serious problem", () => {
  const page = configPage();
  const examples = [...page.matchAll(/```json5\n(.*?)```/gs)].map(([, text = ""]) => text);
  expect(examples).toHaveLength(1);
  for (const text of examples) {
    expect(parseConfig(text, { variables: { FASED_GATEWAY_TOKEN: "x" } }).problems).toEqual([]);
  }
});

test("the JSON Schema agrees with the loader on good and bad configs", () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(configJsonSchema());
  const good = [
    {},
    { gateway: { port: 1, tailscale: { mode: "off" } } },
    { channels: { telegram: { allowFrom: [1, "2"], webhookSecret: "x", accounts: { a: { draftChunk: {} } } } } },
    { agents: { list: [{ id: "a", model: "x/y", heartbeat: { every: "30m" } }] } },
    { hooks: { mappings: [{ id: "x", match: { path: "/p" } }] } },
  ];
  const bad = [
    { gateway: { prot: 1 } },
    { gateway: { port: "x" } },
    { gateway: { tailscale: { mode: "of" } } },
    { agents: { list: [{}] } },
    { hooks: { mapping: [] } },
    { nonsense: 1 },
  ];
  expect(good.map((config) => [validate(config), parseConfig(JSON.stringify(config)).status])).toEqual(
    good.map(() => [true, "ok"]),
  );
  expect(bad.map((config) => [validate(config), parseConfig(JSON.stringify(config)).status === "ok"])).toEqual(
    bad.map(() => [false, false]),
  );
}, 60_000);
