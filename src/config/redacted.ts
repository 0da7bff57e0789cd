/** Showing a config without its secrets, and refusing the mask when it comes back. */
import { listedAt } from "./listed/set-aside.ts";
import type { ConfigPath } from "./path.ts";
import { isSecretSchema, schemaAt } from "./schema-keys.ts";
import { isReference } from "./substitute.ts";
import { isObject, type Json } from "./value.ts";

/** Stands where a secret is. It is never a value: a writer means by it what is there, or makes a mistake. */
export const redactionMask = "__FASED_REDACTED__";

/** Names under which people keep secrets in parts that have no schema, such as `env`. */
const secretName = /(token|secret|passw(or)?d|passphrase|api_?key|private_?key|credentials?|authorization|cookie)$/i;

/** A copy with every secret masked. References such as a lone variable are handles, not secrets, and stay. */
export function redactConfig(value: Json, path: ConfigPath = []): Json {
  if (isMasked(value, path)) return redactionMask;
  if (Array.isArray(value)) return value.map((item: Json, index) => redactConfig(item, [...path, index]));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, redactConfig(child, [...path, name])]));
}

/** Whether the value at `path` is shown as the mask. */
export function isMasked(value: Json, path: ConfigPath): boolean {
  if (value === null || value === "" || (typeof value === "string" && isReference(value))) return false;
  if (isSecretPath(path)) return true;
  return typeof value === "string" && secretName.test(String(path.at(-1) ?? ""));
}

/** Whether the value at `path` is never shown. */
export function isSecretPath(path: ConfigPath): boolean {
  return isSecretSchema(schemaAt(path)) || listedAt(path) === "secret";
}

/** Whether the mask stands anywhere in the value, keys included. */
export function holdsMask(value: Json): boolean {
  return JSON.stringify(value).includes(redactionMask);
}
