/** What the first start writes: the safe config, and the operators' token beside it. Nothing that exists is touched. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { FileError, readTextFileSync, writeFileAtomic } from "../platform/files.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import type { ConfigPaths } from "./load.ts";

/** Whether a sandbox was proved on this machine. */
export type SandboxProof = "proven" | "not proven";

const reference = (name: string) => `$\{${name}}`;
const tokenVariable = "FASED_GATEWAY_TOKEN";

const sandboxed = `  agents: { defaults: { sandbox: { mode: "all", scope: "agent", workspaceAccess: "rw" } } },`;
const unsandboxed = `  // No sandbox proved itself on this machine, so each command on the host is asked for. Once \`fased security audit\`
  // calls the sandbox proven, set mode to "all" and ask to "on-miss".
  agents: { defaults: { sandbox: { mode: "off", scope: "agent", workspaceAccess: "rw" } } },`;

/** The first config. Where no sandbox proved itself, the sandbox is off and every host command asks. */
export function firstConfigText(sandbox: SandboxProof): string {
  const proven = sandbox === "proven";
  return `// The config of Fased. Every key: docs/config.md, or \`fased config schema\`. Check it with \`fased config validate\`.
{
  gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "${reference(tokenVariable)}" } },
  session: { dmScope: "per-channel-peer", ownerScope: "main" },
  security: { owners: [], informationFlow: { mode: "enforce" } },
${proven ? sandboxed : unsandboxed}
  tools: {
    profile: "messaging", ownerProfile: "owner", fs: { workspaceOnly: true },
    exec: { host: "auto", security: "allowlist", ask: "${proven ? "on-miss" : "always"}" }, elevated: { enabled: false },
    sandbox: { tools: { allow: ["*"], deny: [] } },
  },
  channels: { defaults: { groupPolicy: "allowlist" } },
  logging: { redactSensitive: "tools" },
  discovery: { mdns: { mode: "off" } },
}
`;
}

/** 256 bits. */
const tokenBytes = 32;

export type FirstRun = { readonly config: "written" | "kept"; readonly token: "written" | "kept" };

/**
 * Writes the first config and, where \`.env\` has none, a new token (both 0600). Existing files keep every byte they have.
 * Throws FileError when the state directory cannot be written.
 */
export async function writeFirstRun(paths: ConfigPaths, sandbox: SandboxProof): Promise<FirstRun> {
  createPrivateFolder(paths.state);
  const token = await writeToken(paths.envFile);
  if (textOf(paths.config) !== undefined) return { config: "kept", token };
  createPrivateFolder(dirname(paths.config));
  await writeFileAtomic(paths.config, firstConfigText(sandbox), { mode: 0o600 });
  return { config: "written", token };
}

async function writeToken(envFile: string): Promise<"written" | "kept"> {
  const before = textOf(envFile) ?? "";
  if (new RegExp(`^\\s*(export\\s+)?${tokenVariable}\\s*=\\s*\\S`, "m").test(before)) return "kept";
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  const line = `${tokenVariable}=${randomBytes(tokenBytes).toString("base64url")}\n`;
  await writeFileAtomic(envFile, `${before}${separator}${line}`, { mode: 0o600 });
  return "written";
}

function textOf(path: string): string | undefined {
  try {
    return readTextFileSync(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "file.not_found") return undefined;
    throw error;
  }
}
