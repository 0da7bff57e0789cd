/** The version of the product. The build writes it into the bundle; sources that run as they are read the manifest. */
import { readFileSync } from "node:fs";

/** Replaced by the build. */
declare const FASED_VERSION: string | undefined;

export const productVersion: string = typeof FASED_VERSION === "string" ? FASED_VERSION : manifestVersion();

function manifestVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
