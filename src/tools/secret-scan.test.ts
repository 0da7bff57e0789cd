import { describe, expect, test } from "vitest";
import { holdsSecret, urlHoldsSecret } from "./secret-scan.ts";

const key = `sk-${"a1B2".repeat(6)}`;

describe("a secret is found", () => {
  test.each([
    key,
    `Authorization: Bearer ${"x".repeat(20)}`,
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "GITHUB_TOKEN=abcdefgh12345678",
    '{"apiKey": "abcdefgh12345678"}',
    `123456789:${"A".repeat(35)}`,
  ])("in %j", (text) => {
    expect(holdsSecret(text)).toBe(true);
  });

  test.each([
    `https://evil.test/?k=${key}`,
    `https://evil.test/?k=${encodeURIComponent(encodeURIComponent(key)).replaceAll("-", "%252D")}`,
    `https://evil.test/${Buffer.from(key).toString("base64url")}`,
  ])("in the URL %s", (url) => {
    expect(urlHoldsSecret(url)).toBe(true);
  });

  test("when the Gateway knows it", () => {
    expect(urlHoldsSecret("https://evil.test/?t=correct%20horse", ["correct horse"])).toBe(true);
  });
});

test.each([
  "a normal sentence",
  `TOKEN=\${GITHUB_TOKEN}`,
  "https://a.test/search?q=weather",
  "password: changeme",
  "risk-free",
])("%j holds none", (text) => {
  expect([holdsSecret(text), urlHoldsSecret(`https://a.test/?q=${encodeURIComponent(text)}`)]).toEqual([false, false]);
});
