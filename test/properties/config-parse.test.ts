import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { setValue } from "../../src/config/edit.ts";
import { plainConfig, settingAt } from "../../src/config/lookup.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { parsePath } from "../../src/config/path.ts";
import { redactConfig } from "../../src/config/redacted.ts";
import { keyEntries } from "../../src/config/reference.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { keysAt } from "../../src/config/schema-keys.ts";
import { type Value, value } from "../fixtures/json5-documents.ts";

/** Shrinking a whole config takes minutes; the seed that is printed is enough to find the case again. */
const runs = { numRuns: 200, endOnFailure: true };

/** Objects that use real keys of the config, with values of any kind. */
const nearConfig: fc.Arbitrary<Value> = fc.gen().map((generate) => {
  const build = (path: string[]): Value => {
    const keys = keysAt(path);
    if (!keys || path.length > 4) return generate(() => value);
    const chosen = generate(() => fc.subarray([...keys], { maxLength: Math.min(3, keys.length) }));
    return Object.fromEntries(
      chosen.map((name) => [name, generate(fc.nat, { max: 9 }) === 0 ? generate(() => value) : build([...path, name])]),
    );
  };
  return build([]);
});

describe("whatever a file holds", () => {
  test("random text is a config or a list of problems with places, never an exception", () => {
    const fragments = fc.array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "'",
        '"',
        "//",
        "/*",
        "*/",
        "\n",
        "gateway",
        "port",
        "1",
        "$include",
        `$\{A}`,
        "__proto__",
        "\\",
        "\u0000",
        "\ud800",
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fragments.map((parts) => parts.join("")),
        ),
        (text) => {
          const { status, problems } = parseConfig(text);
          expect(status === "ok" || problems.length > 0).toBe(true);
          expect(
            problems.every(
              ({ line, column, fix, message }) => line >= 1 && column >= 1 && fix !== "" && message !== "",
            ),
          ).toBe(true);
        },
      ),
      runs,
    );
  });

  test("objects near a config give a complete, frozen config", () => {
    fc.assert(
      fc.property(nearConfig, (content) => {
        const { config, status, problems } = parseConfig(JSON.stringify(content));
        expect(Object.keys(config)).toEqual(expect.arrayContaining(Object.keys(defaultConfig())));
        expect(Object.isFrozen(config.gateway)).toBe(true);
        const serious = problems.filter(({ severity }) => severity !== "info");
        expect(status === "ok").toBe(serious.length === 0);
      }),
      runs,
    );
  });

  test("a config without problems says what was written, and survives being written out and read again", () => {
    fc.assert(
      fc.property(nearConfig, (content) => {
        const first = parseConfig(JSON.stringify(content));
        fc.pre(first.status === "ok");
        const again = parseConfig(JSON.stringify(first.written));
        expect(plainConfig(again.config, "unredacted")).toEqual(plainConfig(first.config, "unredacted"));
      }),
      runs,
    );
  });

  test("a mistake never opens an access: what is left out of a config is closed or at its default", () => {
    const policies = fc.constantFrom("pairing", "allowlist", "open", "disabled", "opne", 5);
    const lists = fc.constantFrom<Value>(["*"], ["1"], [], "*", undefined as unknown as string);
    fc.assert(
      fc.property(policies, lists, (dmPolicy, allowFrom) => {
        const { config, switchedOff } = parseConfig(JSON.stringify({ channels: { irc: { dmPolicy, allowFrom } } }));
        const { dmPolicy: inForce, allowFrom: admitted } = config.channels.irc ?? {};
        if (switchedOff.length > 0) expect(config.channels.irc).toBeUndefined();
        expect(inForce === "open").toBe(admitted?.includes("*") ?? false);
      }),
      runs,
    );
  });
});

test("no secret leaves in the shown form", () => {
  const secretPaths = keyEntries().filter(({ path, doc }) => doc?.secret && !/[[*<]/.test(path));
  expect(secretPaths.length).toBeGreaterThan(3);
  for (const { path } of secretPaths) {
    const text = setValue("{}", parsePath(path), "canary-0123456789");
    const parsed = parseConfig(text);
    expect(JSON.stringify(parsed.config)).not.toContain("canary");
    expect(JSON.stringify(redactConfig(parsed.written))).not.toContain("canary");
    const place = { paths: { state: "", config: "", envFile: "" }, stamps: new Map() };
    const loaded = { ...parsed, ...place, status: "ok" as const, text, hash: "" };
    expect(JSON.stringify(settingAt(loaded, [], "redacted"))).not.toContain("canary");
    expect(JSON.stringify(settingAt(loaded, parsePath(path), "unredacted"))).toContain("canary");
  }
});
