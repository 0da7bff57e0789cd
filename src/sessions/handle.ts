/** Handles: what later turns see of a source. Opaque: nothing in one can instruct a model. */
import { createHash, randomBytes } from "node:crypto";
import { getDomain } from "tldts";
import type { Handle } from "./item.ts";

const hostCharsMax = 80;
const hashChars = 16;

export type HandleFacts = {
  readonly kind: Handle["kind"];
  /** Where the content came from: host of a page, or nothing. Reduced to what its owner had to register. */
  readonly host?: string;
  readonly text: string;
  readonly at: number;
};

/** A fresh handle with an unguessable id. */
export function createHandle(facts: HandleFacts): Handle {
  const host = facts.host === undefined ? "" : hostOf(facts.host);
  return {
    id: `h_${randomBytes(8).toString("base64url").replace(/[-_]/g, "x")}`,
    kind: facts.kind,
    ...(host === "" ? {} : { host }),
    at: facts.at,
    hash: createHash("sha256").update(facts.text, "utf8").digest("hex").slice(0, hashChars),
  };
}

/** Names below the registrable domain cost nothing, so whole sentences fit into them. */
function hostOf(origin: string): string {
  try {
    const { hostname } = new URL(origin);
    return (getDomain(hostname, { allowPrivateDomains: true }) ?? hostname).slice(0, hostCharsMax);
  } catch {
    return origin.replace(/[^A-Za-z0-9.:_-]/g, "").slice(0, hostCharsMax);
  }
}
