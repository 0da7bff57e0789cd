/** What the audit says: findings with stable ids, and the report around them. */
import type { Request } from "../policy/request.ts";

export type Severity = "info" | "warn" | "critical";

/** A rule that let something through, and the line of the config that it comes from. */
export type Responsible = {
  readonly id: string;
  /** Config key to edit, `engine` for built-in law, `grants` for pairings. */
  readonly origin: string;
  /** Where the key, or the nearest one around it, is written; absent when nothing of it is. */
  readonly file?: string;
  readonly line?: number;
};

export type Finding = {
  /** Stable: `family.subject`. */
  readonly checkId: string;
  readonly severity: Severity;
  readonly title: string;
  /** May have several lines; those of a list begin with `- `. */
  readonly detail: string;
  readonly remediation?: string;
  /** A request that goes through today. */
  readonly witness?: Request;
  /** The witness in one sentence. */
  readonly sentence?: string;
  readonly because?: readonly Responsible[];
  /** The way of the witness, one step a line. */
  readonly path?: readonly string[];
};

export type Deep = {
  readonly gateway: {
    readonly attempted: true;
    readonly url: string | null;
    readonly ok: boolean;
    readonly error: string | null;
    readonly close?: { readonly code: number; readonly reason: string } | null;
  };
};

export type Report = {
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly summary: Readonly<Record<Severity, number>>;
  readonly findings: readonly Finding[];
  readonly deep?: Deep;
};

export const severityRank: Record<Severity, number> = { info: 0, warn: 1, critical: 2 };

/** The findings as a report: equal ones once, in the order in which they were found. */
export function reportOf(findings: readonly Finding[], ts: number): Report {
  const distinct = [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()];
  const count = (severity: Severity) => distinct.filter((finding) => finding.severity === severity).length;
  return {
    ts,
    summary: { critical: count("critical"), warn: count("warn"), info: count("info") },
    findings: distinct,
  };
}

const keyOf = ({ checkId, severity, title, detail, remediation }: Finding): string =>
  JSON.stringify([checkId, severity, title, detail, remediation]);

const listedMax = 12;

/** Lines of a list, each with its dash; beyond the limit only how many more there are. */
export function bullets(lines: readonly string[]): string {
  const shown = lines.slice(0, listedMax).map((line) => `- ${line}`);
  const more = lines.length - listedMax;
  return [...shown, ...(more > 0 ? [`…${more} more`] : [])].join("\n");
}

/** One finding when the check came upon something; evidence that is false, 0, empty text or undefined is none. */
export const findingIf = (evidence: unknown, finding: () => Finding): readonly Finding[] =>
  evidence ? [finding()] : [];
