/** The form of a commit's subject: the folder that changes, a colon, what it does now. */

/** Folders of `src`, and the parts of the repository beside it. */
const commitScopes: readonly string[] = [
  ...["platform", "config", "policy", "guard", "identity", "channels", "sessions", "tools", "nodes", "agent"],
  ...["plugins", "inbound", "automation", "gateway", "audit", "composition", "cli", "main"],
  ...["ui", "test", "bench", "docs", "scripts", "build", "ci", "release"],
];

const subjectLengthMax = 100;

/** What is wrong with the subject, or undefined. Subjects read like `policy: deny when a rule throws`. */
export function subjectProblem(subject: string): string | undefined {
  if (subject.length > subjectLengthMax) return `is longer than ${subjectLengthMax} characters`;
  const [, names, text] = /^([a-z][a-z, ]*): (.+)$/.exec(subject) ?? [];
  if (names === undefined || text === undefined) return "does not read `folder: what it does`";
  const unknown = names.split(", ").find((name) => !commitScopes.includes(name));
  if (unknown !== undefined) return `names \`${unknown}\`, which is none of ${commitScopes.join(", ")}`;
  if (text.endsWith(".")) return "ends with a full stop";
  return /^(wip|fixup|update|fix|misc)$/i.test(text) ? "says nothing" : undefined;
}
