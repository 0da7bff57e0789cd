/** Nodes of a config's text: where a path stands in it, and what stands there. */
import type { DocumentNode, ObjectNode, ValueNode } from "@humanwhocodes/momoa";
import { parseJson5, tokensOf } from "./json5-text.ts";
import { type ConfigPath, isIndex, type PathPart } from "./path.ts";
import { parseTree } from "./tree.ts";

/** The document, or undefined when the text holds nothing but comments. Throws TextError. */
export function documentOf(text: string): DocumentNode | undefined {
  if (isBlank(text)) return undefined;
  parseTree(text, "");
  return parseJson5(text);
}

function isBlank(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    return tokensOf(text).every(({ type }) => type.endsWith("Comment"));
  } catch {
    return false;
  }
}

/** The position of a member or item; undefined when there is none. */
export function indexOf(node: ValueNode, part: PathPart): number | undefined {
  if (node.type === "Array" && isIndex(part) && Number(part) < node.elements.length) return Number(part);
  const index = node.type === "Object" ? node.members.findIndex((member) => nameOf(member) === part) : -1;
  return index < 0 ? undefined : index;
}

/** The key of a member. */
export const nameOf = ({ name }: ObjectNode["members"][number]): string =>
  name.type === "Identifier" ? name.name : name.value;

/** The node of a member or item. */
export function childNode(node: ValueNode, part: PathPart): ValueNode | undefined {
  const index = indexOf(node, part);
  if (index === undefined) return undefined;
  return node.type === "Object"
    ? node.members[index]?.value
    : node.type === "Array"
      ? node.elements[index]?.value
      : undefined;
}

/** The node at a path below `node`. */
export function nodeAt(node: ValueNode, path: ConfigPath): ValueNode | undefined {
  return path.reduce<ValueNode | undefined>((at, part) => at && childNode(at, part), node);
}

/** From where to where the node stands in the text. */
export function rangeOf(node: ValueNode): readonly [number, number] {
  return node.range ?? [node.loc.start.offset, node.loc.end.offset];
}
