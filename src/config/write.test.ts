import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../platform/clock.ts";
import { FileError } from "../platform/files.ts";
import { patchText, setValue } from "./edit.ts";
import { loadConfig, textHash } from "./load.ts";
import { redactText } from "./masked-text.ts";
import { redactionMask } from "./redacted.ts";
import { listVersions, versionsMax } from "./versions.ts";
import { changeConfig, saveConfigText, undoConfig } from "./write.ts";

let state: string;
let now = 0;
const clock: Clock = { now: () => now, after: () => ({ cancel: () => undefined }) };

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "fased-write-"));
  now = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
});

afterEach(() => {
  rmSync(state, { recursive: true });
});

const options = () => ({ environment: { HOME: "/nowhere", FASED_STATE_DIR: state }, clock });
const file = () => join(state, "fased.json");
const write = (text: string) => writeFileSync(file(), text, { mode: 0o600 });
const read = () => readFileSync(file(), "utf8");
const setPort = (port: unknown) => (text: string) => setValue(text, ["gateway", "port"], port as number);

describe("a change", () => {
  test("is written privately, keeps the earlier text, and tells before and after", async () => {
    write("// mine\n{ gateway: { port: 1 } }\n");
    const changed = await changeConfig({ ...options(), edit: setPort(2) });
    expect(changed).toMatchObject({ changed: "changed", hash: textHash(read()) });
    expect([changed.before.config.gateway.port, changed.after.config.gateway.port]).toEqual([1, 2]);
    expect(read()).toBe("// mine\n{ gateway: { port: 2 } }\n");
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const [version] = await listVersions(join(state, "config-versions"));
    expect(version).toMatchObject({ replacedAt: "2026-01-02T03:04:05.006Z" });
    expect(readFileSync(version?.path ?? "", "utf8")).toBe("// mine\n{ gateway: { port: 1 } }\n");
    expect(statSync(version?.path ?? "").mode & 0o777).toBe(0o600);
  });

  test("that changes nothing writes nothing", async () => {
    write("{ gateway: { port: 1 } }");
    expect(await changeConfig({ ...options(), edit: setPort(1) })).toMatchObject({ changed: "unchanged" });
    expect(readdirSync(state).filter((name) => name === "config-versions")).toEqual([]);
  });

  test("that adds a mistake is refused with every mistake, and the file stays", async () => {
    write("{ gateway: { port: 1 } }");
    const refused = changeConfig({ ...options(), edit: setPort("many") });
    await expect(refused).rejects.toMatchObject({ code: "config.invalid", problems: [{ path: "gateway.port" }] });
    expect(read()).toBe("{ gateway: { port: 1 } }");
  });

  test("may mend a broken config, or leave other mistakes standing", async () => {
    write("{ gateway: { port: 'x', prot: 2 } }");
    await changeConfig({ ...options(), edit: setPort(3) });
    expect(loadConfig(options()).problems.map(({ path }) => path)).toEqual(["gateway.prot"]);
  });

  test("on a text that somebody else changed meanwhile is refused", async () => {
    write("{}");
    const { paths } = loadConfig(options());
    const stale = saveConfigText({ paths, text: "{ }", baseHash: textHash("something else"), clock });
    await expect(stale).rejects.toMatchObject({ code: "config.stale" });
    await expect(changeConfig({ ...options(), edit: setPort(1), baseHash: "0" })).rejects.toMatchObject({
      code: "config.stale",
    });
    expect(read()).toBe("{}");
  });

  test("never writes the mask of a secret, in a patch or in a whole text", async () => {
    write("{ gateway: { auth: { token: 'real' } } }");
    const patch = { gateway: { auth: { token: redactionMask } } };
    await expect(changeConfig({ ...options(), edit: (text) => patchText(text, patch) })).rejects.toMatchObject({
      code: "config.masked",
    });
    await expect(changeConfig({ ...options(), edit: redactText })).rejects.toMatchObject({ code: "config.masked" });
    expect(read()).toContain("'real'");
  });

  test("of a linked config replaces the link's target", async () => {
    mkdirSync(join(state, "dotfiles"));
    writeFileSync(join(state, "dotfiles", "real.json5"), "{}", { mode: 0o600 });
    symlinkSync(join(state, "dotfiles", "real.json5"), file());
    await changeConfig({ ...options(), edit: setPort(9) });
    expect(readFileSync(join(state, "dotfiles", "real.json5"), "utf8")).toContain("port: 9");
    expect(existsSync(file())).toBe(true);
  });

  test("many at once are all made, one after the other", async () => {
    write("{}");
    const keys = ["a", "b", "c", "d", "e"];
    const edits = keys.map(async (key) => {
      for (let attempt = 0; attempt < keys.length * 2; attempt += 1) {
        const edit = (text: string) => setValue(text, ["session", "identityLinks", key], ["irc:x"]);
        const done = await changeConfig({ ...options(), edit }).catch((error: unknown) => error);
        if (!(done instanceof Error)) return;
      }
    });
    await Promise.all(edits);
    expect(Object.keys(loadConfig(options()).config.session.identityLinks).sort()).toEqual(keys);
  });
});

describe("a disk that refuses", () => {
  const fullDisk = async (path: string) => {
    throw new FileError("file.no_space", path, `${path} cannot be written: the disk is full; free some space (ENOSPC)`);
  };

  test("leaves the file as it was, and says what to do", async () => {
    write("{ gateway: { port: 1 } }");
    const refused = changeConfig({ ...options(), edit: setPort(2), writeText: fullDisk });
    await expect(refused).rejects.toMatchObject({
      code: "file.no_space",
      message: expect.stringContaining("free some space"),
    });
    expect(read()).toBe("{ gateway: { port: 1 } }");
  });
});

describe("versions", () => {
  test("the last ten are kept", async () => {
    write("{}");
    for (let port = 1; port <= versionsMax + 5; port += 1) {
      now += 1_000;
      await changeConfig({ ...options(), edit: setPort(port) });
    }
    const versions = await listVersions(join(state, "config-versions"));
    expect(versions).toHaveLength(versionsMax);
    expect(readFileSync(versions[0]?.path ?? "", "utf8")).toContain(`port: ${versionsMax + 4}`);
  });

  test("undo brings the earlier text back, byte for byte, and undo again takes that back", async () => {
    const first = "// first\n{ gateway: { port: 1 } }\n";
    write(first);
    await changeConfig({ ...options(), edit: setPort(2) });
    const second = read();
    now += 1_000;
    await undoConfig(options());
    expect(read()).toBe(first);
    now += 1_000;
    await undoConfig(options());
    expect(read()).toBe(second);
  });

  test("undo goes to a named version, and says when there is none", async () => {
    write("{}");
    await expect(undoConfig(options())).rejects.toMatchObject({ code: "config.no_version" });
    await changeConfig({ ...options(), edit: setPort(1) });
    now += 1_000;
    await changeConfig({ ...options(), edit: setPort(2) });
    await undoConfig({ ...options(), to: textHash("{}").slice(0, 8) });
    expect(read()).toBe("{}");
    await expect(undoConfig({ ...options(), to: "ffff" })).rejects.toMatchObject({ code: "config.no_version" });
  });
});
