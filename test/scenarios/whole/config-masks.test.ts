/** A config with a secret in it is edited by a client that never sees the secret. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configWith, startWhole, type Whole } from "../../fakes/whole-gateway.ts";

const secret = "123456:not-a-real-token";
const text = configWith(`// from the phone
    channels: { telegram: { botToken: '${secret}', dmPolicy: "disabled" } }, // mine`);

let whole: Whole;
beforeEach(async () => {
  whole = await startWhole({ config: text, channels: ["telegram"] });
});
afterEach(() => whole.remove());

const onDisk = () => readFileSync(join(whole.state, "fased.json"), "utf8");

type Snapshot = { readonly raw: string; readonly hash: string };

test("what the client saves keeps the secret, the comments and everything it did not touch", async () => {
  const operator = await whole.operator();
  const { raw, hash } = await operator.call<Snapshot>("config.get");
  expect(raw).not.toContain(secret);
  const saved = await operator.call<Snapshot>("config.set", {
    raw: raw.replace('consoleLevel: "warn"', 'consoleLevel: "error"'),
    baseHash: hash,
  });
  expect(onDisk()).toBe(text.replace('consoleLevel: "warn"', 'consoleLevel: "error"'));
  expect(JSON.stringify(saved)).not.toContain(secret);

  const mask = /botToken: ("[^"]+")/.exec(raw)?.[1] ?? "";
  const patch = `{ channels: { telegram: { botToken: ${mask}, enabled: false } } }`;
  await operator.call("config.patch", { raw: patch, baseHash: saved.hash });
  expect(onDisk()).toContain(`botToken: '${secret}', dmPolicy: "disabled", enabled: false`);
});

test("a mask at another place is refused with its path, and the file stays", async () => {
  const operator = await whole.operator();
  const { raw, hash } = await operator.call<Snapshot>("config.get");
  const moved = raw.replace("botToken:", "webhookSecret:");
  const refused = operator.call("config.set", { raw: moved, baseHash: hash });
  await expect(refused).rejects.toMatchObject({ details: { code: "config.masked" } });
  await expect(refused).rejects.toThrow("channels.telegram.webhookSecret");
  const patch = operator.call("config.patch", { raw: `{ channels: { irc: { password: "__FASED_REDACTED__" } } }` });
  await expect(patch).rejects.toMatchObject({ details: { code: "config.masked" } });
  const wrong = operator.call("config.patch", { raw: `{ gateway: { port: { x: 1 } } }` });
  await expect(wrong).rejects.toMatchObject({ details: { code: expect.stringMatching(/^config\./) } });
  const broken = operator.call("config.set", { raw: "{ gateway: ", baseHash: hash });
  await expect(broken).rejects.toMatchObject({ details: { code: "config.invalid" } });
  expect(onDisk()).toBe(text);
});
