/** The Debian packages that tests need, read from the list that the continuous integration installs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type DebianPackage = { readonly name: string; readonly program: string };

/** The packages of `test/debian-packages.txt`. */
export function debianPackages(): DebianPackage[] {
  return readFileSync(join(import.meta.dirname, "debian-packages.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name = "", program = ""] = line.split(/\s+/);
      return { name, program };
    });
}

export function isInstalled({ program }: DebianPackage): boolean {
  return existsSync(program);
}

/** What a skipped test's name ends with; the summary of `npm test` reads it. */
export const needMark = (name: string): string => `[needs ${name}]`;
