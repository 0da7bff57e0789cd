/** Modes, owners and links of private files, against the table that also creates them. */
import { describe, expect, test } from "vitest";
import { permissionFault } from "../../src/audit/path-faults.ts";
import { auditOnDisk, type TestFile } from "./audited.ts";

const privateState: readonly TestFile[] = [
  { path: ".", type: "dir", mode: "700" },
  { path: "fased.json", mode: "600", content: "{}" },
  { path: ".env", mode: "600", content: "FASED_GATEWAY_TOKEN=0123456789abcdef0123456789abcdef" },
  { path: "secrets.json", mode: "600", content: "{}" },
  { path: "credentials/telegram-allowFrom.json", mode: "600", content: '{"version":1,"allowFrom":[]}' },
  { path: "agents/main/agent/auth-profiles.json", mode: "600" },
  { path: "agents/main/sessions/sessions.json", mode: "600" },
  { path: "identity/device.json", mode: "600" },
  { path: "logs/fased-2026-01-01.log", mode: "600" },
  { path: "workspace/notes.md", mode: "644" },
];

async function fsFindings(...changed: readonly TestFile[]) {
  const kept = privateState.filter(({ path }) => !changed.some((file) => file.path === path));
  // The directory itself comes last: with mode 0 nothing could be put into it.
  const { findings } = await auditOnDisk({ files: [...kept, ...changed] });
  return findings
    .filter(({ checkId }) => checkId.startsWith("fs."))
    .map(({ checkId, severity }) => `${checkId}: ${severity}`);
}

test("a state directory as the Gateway makes it has no finding", async () => {
  expect(await fsFindings()).toEqual([]);
});

describe("each path is told once, at its worst", () => {
  test.each<[TestFile, string]>([
    [{ path: ".", type: "dir", mode: "757" }, "fs.state_dir.perms_world_writable: critical"],
    [{ path: ".", type: "dir", mode: "770" }, "fs.state_dir.perms_group_writable: warn"],
    [{ path: ".", type: "dir", mode: "755" }, "fs.state_dir.perms_readable: warn"],
    [{ path: "fased.json", mode: "644", content: "{}" }, "fs.config.perms_world_readable: critical"],
    [{ path: "fased.json", mode: "640", content: "{}" }, "fs.config.perms_group_readable: warn"],
    [{ path: "fased.json", mode: "660", content: "{}" }, "fs.config.perms_writable: critical"],
    [{ path: ".env", mode: "644" }, "fs.env.perms_world_readable: critical"],
    [{ path: "secrets.json", mode: "644" }, "fs.secrets.perms_world_readable: critical"],
    [{ path: "credentials", type: "dir", mode: "770" }, "fs.credentials_dir.perms_writable: critical"],
    [{ path: "agents/main/agent/auth-profiles.json", mode: "640" }, "fs.auth_profiles.perms_readable: warn"],
    [{ path: "agents/main/sessions/sessions.json", mode: "644" }, "fs.sessions_store.perms_readable: warn"],
    [{ path: "agents/main/sessions/old.jsonl", mode: "644" }, "fs.sessions_store.perms_readable: warn"],
    [{ path: "identity/device.json", mode: "604" }, "fs.identity.perms_world_readable: critical"],
    [{ path: "logs/fased-2026-01-01.log", mode: "644" }, "fs.logs.perms_readable: warn"],
    [{ path: "secrets.json", type: "symlink", target: "/elsewhere" }, "fs.secrets.symlink: warn"],
  ])("%o", async (file, expected) => {
    expect(await fsFindings(file)).toEqual([expected]);
  });
});

test("what agents and plugins make counts only where others get at it", async () => {
  const made = { path: "sandboxes/x/cache.txt", mode: "644" };
  expect(await fsFindings(made)).toEqual([]);
  const open = ["sandboxes", "sandboxes/x"].map((path) => ({ path, type: "dir", mode: "755" }) as const);
  const found = await fsFindings(made, ...open, { path: ".", type: "dir", mode: "755" });
  expect(found).toContain("fs.sandboxes.perms_readable: warn");
});

test("a workspace is the agent's own: its files are not judged", async () => {
  expect(await fsFindings({ path: "workspace/shared.md", mode: "666" })).toEqual([]);
});

test("the log that the config names is looked at, wherever it lies", async () => {
  const config = { path: "fased.json", mode: "600", content: '{ logging: { file: "~/elsewhere.log" } }' };
  const found = await fsFindings(config, { path: "../elsewhere.log", mode: "644" });
  expect(found).toEqual(["fs.log_file.perms_readable: warn"]);
});

const file = { exists: true, type: "file", mode: 0o600, uid: 1000, sizeBytes: 0, modifiedAtMs: 0 } as const;
const around = { self: 1000, environment: {} };
const faultOf = (facts: object, kind = "config", environment = {}) =>
  permissionFault({ path: "/p", kind, facts: { ...file, ...facts } }, { ...around, environment })?.checkId;

test("a path of another user is critical; root's is not, since root can change all", () => {
  expect(faultOf({ uid: 1001 })).toBe("fs.config.foreign_owner");
  expect(faultOf({ uid: 0 })).toBeUndefined();
  expect(faultOf({})).toBeUndefined();
});

test("a set-up with a service group shares with that group, never with everyone", () => {
  expect(faultOf({ mode: 0o660 }, "config", { FASED_PROTECTED_LOCAL: "1" })).toBeUndefined();
  expect(faultOf({ mode: 0o660 }, "auth_profiles", { FASED_PROTECTED_LOCAL: "1" })).toBe(
    "fs.auth_profiles.perms_writable",
  );
  expect(faultOf({ mode: 0o660 }, "auth_profiles", { FASED_HOST_PROFILE: "hosting" })).toBeUndefined();
  expect(faultOf({ mode: 0o664 }, "config", { FASED_HOST_PROFILE: "hosting" })).toBe("fs.config.perms_world_readable");
});
