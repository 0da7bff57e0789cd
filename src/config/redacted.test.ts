import { expect, test } from "vitest";
import { parsePath } from "./path.ts";
import { holdsMask, isSecretPath, redactConfig, redactionMask } from "./redacted.ts";

test("secrets of the schema, of listed keys and of free maps are masked; references and the rest are shown", () => {
  const reference = `$\{FASED_GATEWAY_TOKEN}`;
  const shown = redactConfig({
    gateway: { auth: { token: reference, password: "hunter2" }, port: 1 },
    channels: {
      telegram: { botToken: "1:x", tokenFile: "/t", accounts: { a: { botToken: "2:y" } } },
      slack: { appToken: "xapp" },
    },
    models: { providers: { p: { apiKey: "k", headers: { "x-anything": "v" } } } },
    plugins: { entries: { e: { env: { MY_API_KEY: "k", LANG: "C" }, apiKey: "k" } } },
    cron: { webhookToken: "" },
  });
  expect(shown).toEqual({
    gateway: { auth: { token: reference, password: redactionMask }, port: 1 },
    channels: {
      telegram: { botToken: redactionMask, tokenFile: "/t", accounts: { a: { botToken: redactionMask } } },
      slack: { appToken: redactionMask },
    },
    models: { providers: { p: { apiKey: redactionMask, headers: { "x-anything": redactionMask } } } },
    plugins: { entries: { e: { env: { MY_API_KEY: redactionMask, LANG: "C" }, apiKey: redactionMask } } },
    cron: { webhookToken: "" },
  });
});

test("secret paths are known by themselves", () => {
  expect(
    ["gateway.auth.token", "channels.irc.accounts.a.password", "hooks.token"].map((path) =>
      isSecretPath(parsePath(path)),
    ),
  ).toEqual([true, true, true]);
  expect(["gateway.port", "channels.irc.nick", "nope.nope"].map((path) => isSecretPath(parsePath(path)))).toEqual([
    false,
    false,
    false,
  ]);
});

test("the mask is found wherever it hides", () => {
  expect(holdsMask({ a: [{ b: `x${redactionMask}` }] })).toBe(true);
  expect(holdsMask({ [redactionMask]: 1 })).toBe(true);
  expect(holdsMask({ a: ["[secret]"] })).toBe(false);
});
