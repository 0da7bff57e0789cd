import { appendFileSync } from "node:fs";

/**
 * How many cases each law gets: a slice in the normal run; `npm run prove:laws` and `npm run prove:mutants` say how
 * many. `worlds`: policies they are asked of, fewer when there are few cases.
 */
const cases = Number(process.env["FASED_PROPERTY_RUNS"] ?? 2_400);

export const lawCases = {
  cases,
  worlds: Math.min(1_000, Math.ceil(cases / 24)),
  seed: Number(process.env["FASED_PROPERTY_SEED"] ?? 20_261),
};

const tally = process.env["FASED_PROPERTY_TALLY"];

/** Notes for `npm run prove:laws` how many cases a law was tried in: one line each. */
export function noteCases(count: number): void {
  if (tally !== undefined) appendFileSync(tally, `${count}\n`);
}
