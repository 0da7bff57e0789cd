/** Whether a regular expression from config may take exponential time (ReDoS). Rather too strict than too late. */

const patternLengthMax = 500;

/** Why `source` must not run on foreign text, or undefined. Repetition of what itself repeats or branches is the danger. */
export function patternRisk(source: string): string | undefined {
  if (source.length > patternLengthMax) return `is longer than ${patternLengthMax} characters`;
  if (/\\[1-9]|\\k</.test(source)) return "refers back to a group, which can take exponential time";
  if (!repeatsRepetition(source)) return undefined;
  return "repeats a group that repeats or branches, which can take exponential time";
}

const repeats = /[*+|]|\{\d+,\d*\}/;
const innermostGroup = /\(([^()]*)\)([*+]|\{\d+,\d*\})?/;

/** Takes the groups apart from the inside: a group that repeats or branches leaves `x+`, any other leaves `x`. */
function repeatsRepetition(source: string): boolean {
  let plain = source.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
  for (let group = innermostGroup.exec(plain); group !== null; group = innermostGroup.exec(plain)) {
    const [whole, inner = "", repeated] = group;
    if (repeated !== undefined && repeats.test(inner)) return true;
    plain = plain.replace(whole, () => (repeated !== undefined || repeats.test(inner) ? "x+" : "x"));
  }
  return false;
}
