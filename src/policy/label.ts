/**
 * Labels: where data came from, who may read it, whether it holds a secret.
 * Pure. The context's label is the join of what is in the model's window, nothing else.
 */

/** From most to least trusted; `join` keeps the lowest. */
export type Integrity = "owner" | "known" | "untrusted";

/** Who may read: everyone, or exactly these readers (`owner`, `room:<channel>:<account>:<group>`, `peer:<channel>:<account>:<id>`). */
export type Audience = "public" | readonly string[];

export type Label = {
  readonly integrity: Integrity;
  readonly readers: Audience;
  readonly secret: boolean;
  /** At most `sourcesMax` ids, sorted, without duplicates; more collapse to `["many"]`. */
  readonly sources: readonly string[];
};

export const sourcesMax = 8;
export const manySources: readonly string[] = ["many"];

/** The unit of `join`: owner integrity, readable by all, no secret, no source. */
export const cleanLabel: Label = { integrity: "owner", readers: "public", secret: false, sources: [] };

/** What a missing or unreadable label means: nothing is known, so everything is assumed. */
export const unknownLabel: Label = { integrity: "untrusted", readers: [], secret: true, sources: manySources };

/** Higher is more trusted. */
export const integrityRank: Record<Integrity, number> = { owner: 2, known: 1, untrusted: 0 };

/** Lowest integrity, intersection of readers, either secret, union of sources. Commutative, associative, idempotent. */
export function join(a: Label, b: Label): Label {
  return {
    integrity: integrityRank[a.integrity] <= integrityRank[b.integrity] ? a.integrity : b.integrity,
    readers: intersectReaders(a.readers, b.readers),
    secret: a.secret || b.secret,
    sources: unionSources(a.sources, b.sources),
  };
}

/** The join of any number of labels; of none, the clean label. */
export function joinAll(labels: Iterable<Label>): Label {
  let result = cleanLabel;
  for (const label of labels) result = join(result, label);
  return result;
}

/** Whether every member of `audience` may read data with these `readers`. */
export function covers(readers: Audience, audience: Audience): boolean {
  if (readers === "public") return true;
  if (audience === "public") return false;
  return audience.every((reader) => readers.includes(reader));
}

function intersectReaders(a: Audience, b: Audience): Audience {
  if (a === "public") return b;
  if (b === "public") return a;
  return a.filter((reader) => b.includes(reader)).sort();
}

function unionSources(a: readonly string[], b: readonly string[]): readonly string[] {
  const all = [...new Set([...a, ...b])].sort();
  return all.length > sourcesMax || all.includes("many") ? manySources : all;
}
