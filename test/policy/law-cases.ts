/** How many cases each law gets. `npm run prove:laws` sets the environment; the normal run takes a slice. */
const full = process.env["FASED_PROVE_LAWS"] === "1";

export const lawCases = full
  ? { cases: 48_000, worlds: 1_000, seed: 20_261 }
  : { cases: 2_400, worlds: 100, seed: 20_261 };
