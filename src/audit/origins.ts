/** From the keys that a decision names to the lines of the config where they are written. */
import { basename } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { type ConfigPath, formatPath, parsePath } from "../config/path.ts";
import type { Because } from "../policy/decision.ts";
import type { Responsible } from "./finding.ts";

export type Origins = Pick<LoadedConfig, "originOf">;

/** Each rule with the place of its key; of a key that is not written, the nearest one around it. */
export function responsibleFor(origins: Origins, because: readonly Because[]): readonly Responsible[] {
  return because.map(({ id, origin }) => {
    const place = placeOf(origins, origin);
    return place ? { id, origin, file: place.file, line: place.line } : { id, origin };
  });
}

/** Where a key, or the nearest one around it, is written. */
export function placeOf(origins: Origins, origin: string) {
  for (let path = pathOf(origin); path.length > 0; path = path.slice(0, -1)) {
    const place = origins.originOf(formatPath(path));
    if (place) return place;
  }
  return undefined;
}

/** Rules name groups as they are, so an origin need not read as a path: then its parts end at dots. */
function pathOf(origin: string): ConfigPath {
  if (origin === "engine" || origin === "grants") return [];
  try {
    return parsePath(origin);
  } catch {
    return origin.split(".");
  }
}

/** `fased.json:12`, for people. */
export function lineText({ origin, file, line }: Responsible): string {
  if (file === undefined) return origin;
  return `${origin} (${basename(file)}:${line})`;
}
