import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";
import { pathKindOf, statePaths } from "./state-paths.ts";

const paths = statePaths("/state");

describe("statePaths", () => {
  test("keeps the documented names", () => {
    expect(paths.config).toBe("/state/fased.json");
    expect(paths.pairing("telegram")).toBe("/state/credentials/telegram-pairing.json");
    expect(paths.allowStore("telegram")).toBe("/state/credentials/telegram-allowFrom.json");
    expect(paths.allowStore("telegram", "default")).toBe("/state/credentials/telegram-allowFrom.json");
    expect(paths.allowStore("telegram", "work")).toBe("/state/credentials/telegram-work-allowFrom.json");
    expect(paths.agent("main").authProfiles).toBe("/state/agents/main/agent/auth-profiles.json");
    expect(paths.agent("main").sessionsDatabase).toBe("/state/agents/main/sessions/sessions.db");
    expect([paths.workspace("main"), paths.workspace("ops")]).toEqual(["/state/workspace", "/state/workspace-ops"]);
  });

  test.each(["../x", "a/b", "", ".", "..", "a\0b", "-rf", "a\nb"])("refuses the id %j", (id) => {
    expect(() => paths.agent(id)).toThrow("cannot be the id");
    expect(() => paths.pairing(id)).toThrow("cannot be the id");
  });
});

describe("pathKindOf", () => {
  const secretFiles = [
    paths.config,
    paths.env,
    paths.secrets,
    paths.vault,
    paths.stateDatabase,
    `${paths.stateDatabase}-wal`,
    paths.execApprovals,
    paths.pairing("telegram"),
    paths.allowStore("telegram", "work"),
    paths.agent("main").authProfiles,
    paths.agent("main").sessionsDatabase,
    join(paths.agent("main").sessions, "sessions.json"),
    join(paths.agent("main").sessions, "old.jsonl"),
    join(paths.configVersions, "3.json5"),
    paths.devicesPaired,
    paths.nodesPending,
    paths.identityDevice,
    paths.ledgerKey,
    join(paths.extensions, "x/index.js"),
    join(paths.sandboxes, "main/tmp/y"),
    join(paths.logs, "fased-2026-01-01.log"),
  ];

  test.each(secretFiles)("%s is a private file", (path) => {
    expect(pathKindOf("/state", { path, type: "file" })).toMatchObject({ mode: 0o600 });
  });

  test.each([
    paths.root,
    paths.credentials,
    join(paths.credentials, "whatsapp/default"),
    paths.agents,
    paths.agent("main").root,
    paths.agent("main").agent,
    paths.agent("main").sessions,
    paths.devices,
    paths.identity,
    paths.logs,
    paths.workspace("ops"),
  ])("%s is a private folder", (path) => {
    expect(pathKindOf("/state", { path, type: "folder" })).toMatchObject({ mode: 0o700 });
  });

  test("files of a workspace are the user's own business", () => {
    expect(pathKindOf("/state", { path: "/state/workspace/notes.md", type: "file" })).toBeUndefined();
  });
});

test("what is created has the mode of its kind, whatever the umask", () => {
  const root = mkdtempSync(join(tmpdir(), "fased-state-"));
  const umask = process.umask(0);
  try {
    const own = statePaths(join(root, "state"));
    createPrivateFolder(own.logs);
    createPrivateFile(own.agent("main").authProfiles);
    for (const path of [own.root, own.logs, own.agents, own.agent("main").root, own.agent("main").agent]) {
      expect(statSync(path).mode & 0o777).toBe(pathKindOf(own.root, { path, type: "folder" })?.mode);
    }
    const profiles = own.agent("main").authProfiles;
    expect(statSync(profiles).mode & 0o777).toBe(pathKindOf(own.root, { path: profiles, type: "file" })?.mode);
  } finally {
    process.umask(umask);
    rmSync(root, { recursive: true, force: true });
  }
});
