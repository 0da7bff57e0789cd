/** What a whole test run says at its end. Pure: `scripts/test.ts` runs the suites and prints this. */

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

export type Run = {
  readonly counts: readonly Counts[];
  /** Full names of the skipped tests; `[needs PACKAGE]` in a name says which Debian package it waits for. */
  readonly skippedNames: readonly string[];
  readonly requireAll: boolean;
};

export type Summary = { readonly lines: readonly string[]; readonly exitCode: 0 | 1 };

/** The last line is alone `N passed, N failed, N skipped`; where everything is required, a skip fails the run. */
export function summarise({ counts, skippedNames, requireAll }: Run): Summary {
  const total = (key: keyof Counts) => counts.reduce((sum, part) => sum + part[key], 0);
  const [passed, failed, skipped] = [total("passed"), total("failed"), total("skipped")];
  const packages = neededPackages(skippedNames);
  const lines = [
    ...(skipped > 0 ? [`SKIPPED: ${skipped} tests did not run:`, ...skippedNames.map((name) => `  ${name}`)] : []),
    ...(packages.length > 0 ? ["All of them run after:", `  ${installLine(packages)}`] : []),
    ...(requireAll && skipped > 0 ? ["Everything is required here: a skipped test fails the run."] : []),
    ...(passed + failed === 0 ? ["No test ran: that is a failure."] : []),
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ];
  const good = failed === 0 && passed > 0 && !(requireAll && skipped > 0);
  return { lines, exitCode: good ? 0 : 1 };
}

/** One line for a person's terminal. */
function installLine(packages: readonly string[]): string {
  return `sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

function neededPackages(names: readonly string[]): string[] {
  const found = names.flatMap((name) => [...name.matchAll(/\[needs ([^\]]+)\]/g)].map((match) => match[1] ?? ""));
  return [...new Set(found)].sort();
}
