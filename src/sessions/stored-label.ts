/** Labels in a database column. What is missing or unreadable is the unknown label: untrusted, secret, for nobody. */
import { type Audience, type Integrity, type Label, unknownLabel } from "../policy/label.ts";

const integrities: readonly unknown[] = ["owner", "known", "untrusted"] satisfies Integrity[];

export function encodeLabel(label: Label): string {
  return JSON.stringify([label.integrity, label.readers, label.secret, label.sources]);
}

/** Labels decoded already, by their text: a conversation holds few different ones. */
const decoded = new Map<string, Label>();
const decodedMax = 500;

/** Never throws: a label that cannot be read assumes everything. Frozen, since many items share it. */
export function decodeLabel(stored: unknown): Label {
  if (typeof stored !== "string") return unknownLabel;
  const known = decoded.get(stored);
  if (known) return known;
  const label = parsedLabel(stored);
  for (const part of [label, label.readers, label.sources]) Object.freeze(part);
  if (decoded.size >= decodedMax) decoded.clear();
  decoded.set(stored, label);
  return label;
}

function parsedLabel(stored: string): Label {
  try {
    const value: unknown = JSON.parse(stored);
    return Array.isArray(value) ? labelOf(value) : unknownLabel;
  } catch {
    return unknownLabel;
  }
}

function labelOf([integrity, readers, secret, sources, ...rest]: unknown[]): Label {
  const valid =
    rest.length === 0 &&
    integrities.includes(integrity) &&
    (readers === "public" || isTexts(readers)) &&
    typeof secret === "boolean" &&
    isTexts(sources);
  if (!valid) return unknownLabel;
  return {
    integrity: integrity as Integrity,
    readers: readers as Audience,
    secret,
    sources: sources as readonly string[],
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
