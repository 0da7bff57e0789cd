/**
 * The one spelling of a path that is routed. Encoded slashes, doubled slashes, dot segments and needless encodings are
 * other spellings of the same thing, and a check that saw one of them may not have meant the others.
 */

/** The decoded path, or undefined when the target is not spelled canonically. */
export function canonicalPath(target: string): string | undefined {
  const path = target.split("?", 1)[0] ?? "";
  if (!path.startsWith("/")) return undefined;
  const segments = path.slice(1).split("/");
  // Only the last one may be empty: a final slash.
  if (segments.slice(0, -1).includes("")) return undefined;
  const decoded = segments.map(decodeSegment);
  return decoded.includes(undefined) ? undefined : `/${decoded.join("/")}`;
}

function decodeSegment(segment: string): string | undefined {
  const text = decode(segment);
  if (text === undefined || text === "." || text === "..") return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not pass.
  if (/[\u0000-\u001f\u007f/\\]/.test(text)) return undefined;
  return encode(text) === segment ? text : undefined;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** RFC 3986: these need no encoding in a segment. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|40|24|26|2B|2C|3B|3D)/g, decodeURIComponent);
}
