/**
 * Credentials of model providers: `agents/<id>/agent/auth-profiles.json` (0600), in the documented form. They never
 * enter the config tree. A file that cannot be read is an error, not an empty list.
 */
import * as z from "zod";
import { fileStamp } from "../platform/file-watch.ts";
import { FileError, fileFacts, readTextFileSync, writeFileAtomic } from "../platform/files.ts";
import { withFileLock } from "../platform/lock.ts";
import { createPrivateFile } from "../platform/private-files.ts";
import { Secret } from "../platform/secret.ts";

const profilesBytesMax = 1024 * 1024;

const apiKeyProfile = z.looseObject({
  type: z.literal("api_key"),
  key: z.string().min(1).optional(),
  /** Of ours: where the provider is, and which of its models was chosen with the key. */
  baseUrl: z.string().optional(),
  model: z.string().optional(),
});

/** Kinds that this version does not use (token, oauth, references) are kept as they are. */
const profilesFile = z.looseObject({
  version: z.literal(1),
  profiles: z.record(z.string(), z.union([apiKeyProfile, z.looseObject({ type: z.string() })])),
});

type ProfilesFile = z.output<typeof profilesFile>;

export type Credential = {
  readonly provider: string;
  readonly apiKey?: Secret;
  readonly baseUrl?: string;
  readonly model?: string;
};

class AuthProfilesError extends Error {
  readonly code = "auth_profiles.unreadable";
}

export interface AuthProfiles {
  /** Usable credentials, one per provider, in the order of the file. Throws AuthProfilesError. */
  list(): readonly Credential[];
  find(provider: string): Credential | undefined;
  /** Keeps what is not given: a key stays when only the model changes. */
  save(credential: Credential): Promise<void>;
  clear(provider: string): Promise<"cleared" | "absent">;
}

export function createAuthProfiles(path: string): AuthProfiles {
  // Asked for in every turn, changed once a month: read again when it is another file.
  let known: { readonly stamp: string; readonly credentials: readonly Credential[] } | undefined;
  const list = () => {
    const stamp = fileStamp(path);
    if (known?.stamp !== stamp) known = { stamp, credentials: credentialsOf(readProfiles(path)) };
    return known.credentials;
  };
  return {
    list,
    find: (provider) => list().find((credential) => credential.provider === provider),
    save: (credential) => change(path, (file) => withCredential(file, credential)),
    clear: async (provider) => {
      let outcome: "cleared" | "absent" = "absent";
      await change(path, (file) => {
        const kept = Object.entries(file.profiles).filter(([id]) => providerOf(id) !== provider);
        if (kept.length === Object.keys(file.profiles).length) return undefined;
        outcome = "cleared";
        return { ...file, profiles: Object.fromEntries(kept) };
      });
      return outcome;
    },
  };
}

function readProfiles(path: string): ProfilesFile {
  let text: string;
  try {
    text = readTextFileSync(path, { maxBytes: profilesBytesMax });
  } catch (error) {
    if (error instanceof FileError && error.code === "file.not_found") return { version: 1, profiles: {} };
    throw new AuthProfilesError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text.trim() === "") return { version: 1, profiles: {} };
  const parsed = profilesFile.safeParse(jsonOf(text));
  // The problem's details are left out: they would quote a secret.
  if (!parsed.success) {
    throw new AuthProfilesError(
      `${path} is not in the form of version 1; repair it, or remove it and add the keys again`,
    );
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function credentialsOf(file: ProfilesFile): Credential[] {
  const byProvider = new Map<string, Credential>();
  for (const [id, profile] of Object.entries(file.profiles)) {
    const provider = providerOf(id);
    const parsed = apiKeyProfile.safeParse(profile);
    if (!parsed.success || byProvider.has(provider)) continue;
    const { key, baseUrl, model } = parsed.data;
    byProvider.set(provider, {
      provider,
      ...(key === undefined ? {} : { apiKey: new Secret(key) }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(model === undefined ? {} : { model }),
    });
  }
  return [...byProvider.values()];
}

/** `anthropic:default` → `anthropic`. */
function providerOf(profileId: string): string {
  return profileId.split(":", 1).join("");
}

function withCredential(file: ProfilesFile, { provider, apiKey, baseUrl, model }: Credential): ProfilesFile {
  const known = Object.keys(file.profiles).find((id) => providerOf(id) === provider) ?? `${provider}:default`;
  const before = apiKeyProfile.safeParse(file.profiles[known]);
  const profile = {
    ...(before.success ? before.data : {}),
    type: "api_key" as const,
    provider,
    ...(apiKey === undefined ? {} : { key: apiKey.reveal() }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(model === undefined ? {} : { model }),
  };
  return { ...file, profiles: { ...file.profiles, [known]: profile } };
}

/** Reads, changes and writes under a lock, so that the CLI and the Gateway do not lose each other's keys. */
async function change(path: string, edit: (file: ProfilesFile) => ProfilesFile | undefined): Promise<void> {
  const { exists } = await fileFacts(path);
  if (!exists) createPrivateFile(path);
  await withFileLock(path, async () => {
    const next = edit(readProfiles(path));
    if (next) await writeFileAtomic(path, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  });
}
