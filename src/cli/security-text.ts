/** The audit and the answers about access, for people at a terminal. */
import type { Finding, Report, Severity } from "../audit/finding.ts";
import { lineText } from "../audit/origins.ts";
import type { Answer, Reach } from "../audit/question.ts";
import { visibleLine } from "../platform/visible-text.ts";
import type { Effect } from "../policy/decision.ts";
import type { CliContext } from "./context.ts";
import type { Style } from "./printer.ts";

const headings: Record<Severity, string> = { critical: "CRITICAL", warn: "WARN", info: "INFO" };
const paints = { critical: "error", warn: "warn", info: "muted" } as const;

/** Grouped by severity, worst first. `short`: what is merely worth knowing gets one line each. */
export function reportLines(report: Report, context: CliContext, form: "all" | "short"): readonly string[] {
  const { style } = context.print;
  const of = (severity: Severity) => report.findings.filter((finding) => finding.severity === severity);
  const { critical, warn, info } = report.summary;
  const loud = (["critical", "warn"] as const).flatMap((severity) =>
    section(
      severity,
      of(severity).flatMap((finding) => findingLines(finding, style)),
      style,
    ),
  );
  const quiet = of("info").flatMap((finding) =>
    form === "all" ? findingLines(finding, style) : [`  ${finding.checkId}  ${visibleLine(finding.title)}`],
  );
  const hints = [
    ...(form === "short" && info > 0 ? ["In full: fased security audit --info"] : []),
    ...(report.deep ? [] : ["Also try the sandbox and the running Gateway: fased security audit --deep"]),
  ];
  return [
    `${verdict(report, style)}  ${critical} critical · ${warn} warn · ${info} info`,
    ...loud,
    ...section("info", quiet, style),
    "",
    ...hints.map(style.muted),
  ];
}

function verdict({ summary }: Report, style: Style): string {
  if (summary.critical > 0) return style.error("Open");
  return summary.warn > 0 ? style.warn("Worth a look") : style.success("Clean");
}

const section = (severity: Severity, lines: readonly string[], style: Style): readonly string[] =>
  lines.length === 0 ? [] : ["", style[paints[severity]](headings[severity]), ...lines];

function findingLines(
  { checkId, severity, title, detail, remediation, because, path }: Finding,
  style: Style,
): string[] {
  const places = (because ?? []).filter(({ file }) => file !== undefined).map(lineText);
  return [
    `${style[paints[severity]](checkId)} ${style.strong(visibleLine(title))}`,
    ...detail.split("\n").map((line) => `  ${visibleLine(line)}`),
    ...(path ?? []).map((step, index) => style.muted(`  ${index + 1}. ${visibleLine(step)}`)),
    ...(places.length === 0 ? [] : [`  Set by: ${visibleLine(places.join(", "))}`]),
    ...(remediation === undefined ? [] : [`  Fix: ${visibleLine(remediation)}`]),
  ];
}

const effectPaints = { allow: "success", ask: "accent", challenge: "warn", deny: "error" } as const;
const effectWords: Record<Effect, string> = { allow: "yes", ask: "asks", challenge: "not yet", deny: "no" };

const effectText = (effect: Effect, style: Style): string => style[effectPaints[effect]](effectWords[effect].padEnd(7));

/** The answer, its reasons, and what would change it. */
export function answerLines({ ways, door, because, agent }: Answer, style: Style): readonly string[] {
  const decisive = ways[0]?.explanation ?? door;
  const places = because.map(lineText);
  return [
    ...ways.map(({ what, explanation }) => {
      const words = [what === "" ? "" : `${what}:`, explanation.sentence].filter((part) => part !== "").join(" ");
      return `${effectText(explanation.decision.effect, style)} ${visibleLine(words)}`;
    }),
    `  Agent: ${visibleLine(agent)}`,
    ...(places.length === 0 ? [] : [`  Set by: ${visibleLine(places.join(", "))}`]),
    ...(decisive.instead === "" ? [] : [`  Instead: ${visibleLine(decisive.instead)}`]),
  ];
}

/** One line for each person or kind of person. */
export function whoCanLines(tool: string, reach: readonly Reach[], style: Style): readonly string[] {
  if (reach.length === 0) return [`Nobody can use ${visibleLine(tool)}.`];
  return reach.map(({ who, what, effect, because }) => {
    const place = because.map(lineText).join(", ");
    const how = what === "" ? "" : ` ${what}`;
    return `${effectText(effect, style)} ${visibleLine(`${who}${how}  (${place})`)}`;
  });
}
