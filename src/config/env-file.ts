/** Secrets that the config names as `${NAME}` lie in `<state>/.env` (0600), which only the loader reads. */
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { FileError, readTextFileSync, writeFileAtomic } from "../platform/files.ts";
import { withFileLock } from "../platform/lock.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import type { Secret } from "../platform/secret.ts";

export class EnvFileError extends Error {
  readonly code = "env_file.bad_value";
}

const namePattern = /^[A-Z][A-Z0-9_]*$/;

/** Sets one variable and keeps every other line. Throws EnvFileError on what the file cannot hold, and FileError. */
export async function setEnvVariable(file: string, name: string, value: Secret): Promise<void> {
  const line = `${name}=${quoted(value.reveal())}`;
  if (!namePattern.test(name) || parseEnv(line)[name] !== value.reveal()) {
    throw new EnvFileError(`${name} cannot be kept in ${file}: it holds quotes or line breaks`);
  }
  createPrivateFolder(dirname(file));
  await withFileLock(file, async () => {
    const own = new RegExp(`^\\s*(export\\s+)?${name}\\s*=`);
    const kept = textOf(file)
      .split("\n")
      .filter((other) => other !== "" && !own.test(other));
    await writeFileAtomic(file, `${[...kept, line].join("\n")}\n`, { mode: 0o600 });
  });
}

const quoted = (value: string): string => (/^[\w.:/@+=-]*$/.test(value) ? value : `'${value}'`);

function textOf(file: string): string {
  try {
    return readTextFileSync(file);
  } catch (error) {
    if (error instanceof FileError && error.code === "file.not_found") return "";
    throw error;
  }
}
