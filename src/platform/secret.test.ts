import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { format, inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { Secret, secretEquals, secretMask } from "./secret.ts";

const canary = "canary-value-123";
const secret = new Secret(canary);

function printed(...values: unknown[]): string {
  const stream = new PassThrough();
  const output = new Console({ stdout: stream, stderr: stream });
  output.log(...values);
  output.error("%s %o %O %j", ...values, ...values, ...values);
  output.table([{ values }]);
  output.dir(values, { showHidden: true, depth: 9 });
  return String(stream.read());
}

test.each<[string, () => unknown]>([
  ["JSON", () => JSON.stringify({ secret, list: [secret] })],
  ["template", () => `${secret}`],
  ["concatenation", () => ["a", secret, secret].join("")],
  ["String()", () => String(secret)],
  ["inspect with hidden fields", () => inspect({ secret }, { showHidden: true, depth: 9, getters: true })],
  ["format", () => format("%s %d %i %j %o %O", secret, secret, secret, secret, secret, secret)],
  ["console", () => printed(secret, { deep: { secret } })],
  ["structuredClone", () => inspect(structuredClone({ secret }))],
  ["v8 serialisation", () => inspect(deserialize(serialize({ secret })))],
  ["spread and entries", () => inspect([{ ...secret }, Object.entries(secret), Reflect.ownKeys(secret)])],
  ["error message", () => inspect(new Error(`failed with ${secret}`, { cause: secret }))],
  ["error properties", () => inspect(Object.assign(new Error("x"), { secret }))],
  ["URL", () => new URL(`https://example.com/?k=${secret}`).href],
  ["Map and Set", () => inspect([new Map([["k", secret]]), new Set([secret])])],
  [
    "assertion text",
    () => {
      try {
        expect({ secret }).toEqual({ secret: 1 });
        return "";
      } catch (error) {
        return String(error);
      }
    },
  ],
])("%s never shows the value", (_, show) => {
  expect(String(show())).not.toContain(canary);
});

test("the mask says that something is there, and reveal is the way to it", () => {
  expect(`${secret}`).toBe(secretMask);
  expect(secret.reveal()).toBe(canary);
});

test("comparison is by value; an empty secret equals nothing", () => {
  expect(secretEquals(secret, canary)).toBe(true);
  for (const wrong of ["", "canary", `${canary} `, canary.toUpperCase()])
    expect(secretEquals(secret, wrong)).toBe(false);
  expect(secretEquals(new Secret(""), "")).toBe(false);
});
