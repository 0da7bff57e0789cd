import { describe, expect, test } from "vitest";
import { patternRisk } from "./pattern-risk.ts";
import { createFollowingRedactor, createRedactor, type RedactSettings } from "./redact.ts";
import { Secret } from "./secret.ts";

const redact = createRedactor({ mode: "tools" });
const long = "abcdefghijklmnopqrstuvwxyz";

describe("built-in patterns", () => {
  test.each([
    [`OPENAI_API_KEY=${long}`, "OPENAI_API_KEY=abcdef…wxyz"],
    ["DB_PASSWORD: hunter2", "DB_PASSWORD: ***"],
    [`GH_TOKEN="${long}"`, 'GH_TOKEN="abcdef…wxyz"'],
    ['{"apiKey":"short","other":"kept"}', '{"apiKey":"***","other":"kept"}'],
    [`{"accessToken": "${long}"}`, '{"accessToken": "abcdef…wxyz"}'],
    ["cli --password hunter2 --name x", "cli --password *** --name x"],
    ["cli --api-key='hunter2'", "cli --api-key='***'"],
    ["Authorization: Bearer short", "Authorization: Bearer ***"],
    [`with bearer ${long}`, "with bearer abcdef…wxyz"],
    [`sk-${long}`, "sk-abc…wxyz"],
    [`ghp_${long}`, "ghp_ab…wxyz"],
    [`github_pat_${long}`, "github…wxyz"],
    [`xoxb-${long}`, "xoxb-a…wxyz"],
    [`xapp-${long}`, "xapp-a…wxyz"],
    [`gsk_${long}`, "gsk_ab…wxyz"],
    [`AIza${long}`, "AIzaab…wxyz"],
    [`pplx-${long}`, "pplx-a…wxyz"],
    [`npm_${long}`, "npm_ab…wxyz"],
    [`https://host/bot1234567:${long}/getMe`, "https://host/bot123456…wxyz/getMe"],
    [`1234567:${long}`, "123456…wxyz"],
  ])("%s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test("a private key keeps its first and last line only", () => {
    const key = "x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\ny";
    expect(redact(key)).toBe("x\n-----BEGIN RSA PRIVATE KEY-----\n…redacted…\n-----END RSA PRIVATE KEY-----\ny");
  });

  test.each([
    "the token is in the safe",
    "a key: value pair",
    "bearer of bad news",
    "12:34:56",
    "task-force",
    "risk-averse",
  ])("leaves %j alone", (text) => expect(redact(text)).toBe(text));

  test("masking twice changes nothing more", () => {
    const once = redact(`KEY=${long} sk-${long} DB_PASSWORD=hunter2`);
    expect(redact(once)).toBe(once);
  });
});

describe("options", () => {
  test("custom patterns add to the built-in ones, with and without slashes", () => {
    const custom = createRedactor({ mode: "tools", patterns: ["ticket-(\\d+)", "/CARD [A-Z]{4}/"] });
    expect(custom("TICKET-12345 CARD ABCD card abcd")).toBe("TICKET-*** *** card abcd");
    expect(custom(`sk-${long}`)).toBe("sk-abc…wxyz");
    expect(custom.rejected).toEqual([]);
  });

  test("a pattern that is broken, dangerous or matches nothing at all is rejected with its reason", () => {
    const custom = createRedactor({ mode: "tools", patterns: ["(", "(a+)+$", "x*", "ok\\d"] });
    expect(custom.rejected.map(({ pattern }) => pattern)).toEqual(["(", "(a+)+$", "x*"]);
    expect(custom("ok1")).toBe("***");
  });

  test("known secret values are masked even when patterns are off", () => {
    const off = createRedactor({ mode: "off", secrets: () => [new Secret("correct horse"), new Secret("short")] });
    expect(off(`say correct horse, short, sk-${long}`)).toBe(`say ***, short, sk-${long}`);
  });
});

test("a redactor that follows its settings masks as they say now", () => {
  let settings: RedactSettings = { mode: "tools", patterns: [] };
  const secrets: Secret[] = [];
  const following = createFollowingRedactor(
    () => settings,
    () => secrets,
  );
  const text = `ticket-12345 sk-${long} correct horse`;
  expect(following(text)).toBe("ticket-12345 sk-abc…wxyz correct horse");
  settings = { mode: "tools", patterns: ["ticket-\\d+"] };
  expect(following(text)).toBe("*** sk-abc…wxyz correct horse");
  settings = { mode: "off", patterns: ["ticket-\\d+"] };
  secrets.push(new Secret("correct horse"));
  expect(following(text)).toBe(`ticket-12345 sk-${long} ***`);
});

describe("patternRisk", () => {
  test.each(["(a+)+", "(a*)*b", "(a|a)*", "((a|b)+c)*", "(.*){2,}x", "(?:x+y?)+", "(a)\\1", "x".repeat(501)])(
    "%.30s is dangerous",
    (source) => expect(patternRisk(source)).toBeTypeOf("string"),
  );

  test.each(["abc", "a+b*", "[(+*)]+", "(abc){3}", "\\(a+\\)+", "(a|b)c", "key=([a-z]+)", "(?:ab)?c+"])(
    "%s is fine",
    (source) => expect(patternRisk(source)).toBeUndefined(),
  );
});
