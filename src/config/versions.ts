/** Earlier texts of the config, so that each change can be taken back. */
import { join } from "node:path";
import { fileFacts, listFolder, readTextFileSync, removeFile, writeFileAtomic } from "../platform/files.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import { textHash } from "./load.ts";

export const versionsMax = 10;

export type ConfigVersion = {
  /** When the text was replaced, ISO 8601. */
  readonly replacedAt: string;
  /** SHA-256 of the text, its first 12 digits. */
  readonly id: string;
  readonly path: string;
};

const namePattern = /^(\d{8}T\d{9}Z)-([0-9a-f]{12})\.json5$/;
const idLength = 12;

/** Newest first. Throws FileError when the folder cannot be read; an absent folder is no versions. */
export async function listVersions(folder: string): Promise<readonly ConfigVersion[]> {
  const facts = await fileFacts(folder);
  if (!facts.exists) return [];
  const entries = await listFolder(folder);
  return entries
    .flatMap(({ name }): ConfigVersion[] => {
      const [, at, id] = namePattern.exec(name) ?? [];
      return at && id ? [{ replacedAt: isoOf(at), id, path: join(folder, name) }] : [];
    })
    .reverse();
}

/** `20260102T030405678Z` sorts like the time it names, and is a legal file name everywhere. */
const compact = (atMs: number): string => new Date(atMs).toISOString().replaceAll(/[-:.]/g, "");

const isoOf = (at: string): string =>
  at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, "$1-$2-$3T$4:$5:$6.$7Z");

/** Keeps the text (0600) and forgets the oldest beyond `versionsMax`. The newest equal text is not kept twice. */
export async function keepVersion(folder: string, text: string, atMs: number): Promise<void> {
  const id = textHash(text).slice(0, idLength);
  const versions = await listVersions(folder);
  if (versions[0]?.id === id) return;
  createPrivateFolder(folder);
  await writeFileAtomic(join(folder, `${compact(atMs)}-${id}.json5`), text, { mode: 0o600 });
  for (const { path } of versions.slice(versionsMax - 1)) await removeFile(path);
}

export function readVersion(version: ConfigVersion): string {
  return readTextFileSync(version.path);
}
