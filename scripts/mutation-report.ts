/** Judges a mutation report (the schema of mutation-testing-elements). Pure: `scripts/prove-mutants.ts` runs the tool. */

export type Mutant = {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
};

export type MutationReport = {
  readonly files: Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>;
};

export type Judgement = {
  readonly mutants: number;
  readonly killed: number;
  readonly survived: number;
  /** Killed of all that could be killed, in per cent with two decimals. */
  readonly scorePercent: number;
  readonly problems: readonly string[];
};

export const scorePercentMin = 95;

/** Shorter than this is no reason. */
const reasonLengthMin = 15;

const killed = new Set(["Killed", "Timeout"]);
const alive = new Set(["Survived", "NoCoverage"]);

/**
 * `reasons` says for each survivor, by its key, why no test can or need tell it from the original. A survivor without a
 * reason, a reason without a survivor, a switched-off mutant, a low score and an empty report are problems.
 */
export function judgeMutants(report: MutationReport, reasons: Record<string, string>): Judgement {
  const all = Object.entries(report.files).flatMap(([path, { source, mutants }]) =>
    mutants.map((mutant) => ({ status: mutant.status, key: survivorKey(path, source, mutant) })),
  );
  const dead = all.filter(({ status }) => killed.has(status)).length;
  const survivors = all.filter(({ status }) => alive.has(status)).map(({ key }) => key);
  const judged = dead + survivors.length;
  const scorePercent = judged === 0 ? 0 : Math.floor((10_000 * dead) / judged) / 100;
  const ignored = all.filter(({ status }) => status === "Ignored").length;
  return {
    mutants: judged,
    killed: dead,
    survived: survivors.length,
    scorePercent,
    problems: [
      ...(judged === 0 ? ["no mutant was judged"] : []),
      ...(ignored > 0 ? [`${ignored} mutants are switched off by comments`] : []),
      ...(scorePercent < scorePercentMin ? [`the score ${scorePercent} % is below ${scorePercentMin} %`] : []),
      ...reasonProblems(survivors, reasons),
    ],
  };
}

/** Names a mutant by its text, so that the name survives edits elsewhere in the file. */
export function survivorKey(path: string, source: string, mutant: Mutant): string {
  const { line, column } = mutant.location.start;
  const text = source.split("\n")[line - 1] ?? "";
  const place = `${text.slice(0, column - 1).trimStart()}▸${text.slice(column - 1)}`;
  return `${path} | ${mutant.mutatorName} | ${place} | ${(mutant.replacement ?? "").replace(/\s+/g, " ")}`;
}

function reasonProblems(survivors: readonly string[], reasons: Record<string, string>): string[] {
  const unexplained = [...new Set(survivors)].filter((key) => (reasons[key] ?? "").trim().length < reasonLengthMin);
  const stale = Object.keys(reasons).filter((key) => !survivors.includes(key));
  return [
    ...unexplained.map((key) => `survivor without a reason: ${key}`),
    ...stale.map((key) => `reason without a survivor: ${key}`),
  ];
}
