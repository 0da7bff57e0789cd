/** Labels of what people write: whose words, who may read them. */
import { type Audience, cleanLabel, type Label } from "./label.ts";
import type { Path, Principal } from "./request.ts";
import { integrityOf, type Standing } from "./standing.ts";

export type WrittenPart = {
  readonly principal: Principal;
  readonly path: Path;
  /** Quotes, forwarded parts and attachments are never the sender's own words. */
  readonly part: "own" | "quoted" | "forwarded" | "attachment";
  /** A secret pattern matched. */
  readonly holdsSecret: boolean;
};

/** The label of a part of a message: integrity by the sender's standing, readers by the place. */
export function labelFor({ principal, path, part, holdsSecret }: WrittenPart, standing: Standing): Label {
  const integrity = part === "own" ? integrityOf(standing, path) : "untrusted";
  const readers = audienceOf({ principal, path }, standing);
  const place = readers.join();
  const source = part === "own" ? place : `${part}:${place}`;
  return {
    integrity,
    readers: [...new Set(["owner", ...readers])],
    secret: holdsSecret,
    sources: integrity === "owner" ? cleanLabel.sources : [source],
  };
}

/** Who sees what is said at a place: the owner in a 1:1 surface, the peer, or the whole room. */
export function audienceOf(
  { principal, path }: Pick<WrittenPart, "principal" | "path">,
  standing: Standing,
): Exclude<Audience, "public"> {
  if (path.kind === "group") return [`room:${path.channel}:${path.account}:${path.group}`];
  if (path.kind === "control" || principal.kind === "operator" || standing === "owner") return ["owner"];
  return [`peer:${principal.channel}:${principal.account}:${principal.id}`];
}
