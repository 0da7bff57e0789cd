/**
 * Tests that need a Debian package: they run where it is installed, are skipped with its name where it is not, and fail
 * where everything is required (`FASED_REQUIRE_ALL=1`). The end of `npm test` names one line that installs all of them.
 */
import { describe, test } from "vitest";
import { debianPackages, isInstalled, needMark } from "./debian-packages.ts";

/** `needs("bubblewrap")("a command cannot reach the network", async () => …)` */
export function needs(name: string): typeof test {
  return missing(name) ? skippingTest(name) : test;
}

/** The same for a whole group, which may need nothing: `describeNeeding("ngircd")("IRC", () => …)`. */
export function describeNeeding(name: string | undefined): typeof describe {
  return name !== undefined && missing(name) ? skippingDescribe(name) : describe;
}

function missing(name: string): boolean {
  const known = debianPackages().find((candidate) => candidate.name === name);
  if (!known) throw new Error(`test/debian-packages.txt does not list ${name}`);
  if (isInstalled(known)) return false;
  if (process.env.FASED_REQUIRE_ALL !== "1") return true;
  throw new Error(`everything is required here, and ${known.program} is missing: apt-get install ${name}`);
}

function skippingTest(name: string): typeof test {
  const skip = (title: string) => test.skip(`${title} ${needMark(name)}`);
  return Object.assign(skip, { each: () => skip }) as unknown as typeof test;
}

function skippingDescribe(name: string): typeof describe {
  return ((title: string, body: () => void) =>
    describe.skip(`${title} ${needMark(name)}`, body)) as unknown as typeof describe;
}
