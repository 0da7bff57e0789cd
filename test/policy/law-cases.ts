/**
 * How many cases each law gets: a slice in the normal run; `npm run prove:laws` and `npm run prove:mutants` say how
 * many. `worlds`: policies they are asked of, fewer when there are few cases.
 */
const cases = Number(process.env["FASED_PROPERTY_RUNS"] ?? 2_400);

export const lawCases = { cases, worlds: Math.min(1_000, Math.ceil(cases / 24)), seed: 20_261 };
