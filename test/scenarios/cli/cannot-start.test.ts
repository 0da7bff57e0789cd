/** What keeps the Gateway from starting: exit code 78, what is wrong and what to do. A service manager stops there. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../needs.ts";
import { bubblewrap, diskAt, plainUser, readOnlyAt } from "../../servers/bubblewrap.ts";
import { createProgram, type FasedProgram, type RunningProgram } from "../../servers/fased-program.ts";
import { freePort } from "../../servers/free-port.ts";

const timeoutMs = 60_000;

let fased: FasedProgram;
let others: FasedProgram[];
beforeEach(() => {
  fased = createProgram();
  others = [fased];
});
afterEach(async () => {
  for (const program of others) await program.remove();
});

/** The same home on a machine that is changed like this. */
function behind(changes: readonly string[]): FasedProgram {
  const program = createProgram({ wrap: bubblewrap(...changes), environment: { HOME: fased.home } });
  others.push(program);
  return program;
}

type Refused = { readonly code: string; readonly message: string; readonly fix: string };

/** Both forms of the failure: for a script, and for a person. */
async function refused(program: FasedProgram, ...words: string[]): Promise<Refused> {
  const json = await program.run(...words, "--json");
  const { error } = JSON.parse(json.out) as { error: Refused };
  const text = await program.run(...words);
  expect([json.code, text.code]).toEqual([78, 78]);
  expect(text).toMatchObject({ out: "", err: expect.stringContaining("Error: the Gateway cannot start: ") });
  expect(text.err).toContain(`\nFix: ${error.fix}\n`);
  return error;
}

const refusedStart = (program: FasedProgram) => refused(program, "start", "--port", "0");

async function stopped(gateway: RunningProgram): Promise<void> {
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
}

/** Every file below the state directory, but the lock, with what it holds. */
function contents(): Record<string, string> {
  const files = readdirSync(fased.state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  const kept = paths.filter((path) => !path.endsWith("/gateway.lock"));
  return Object.fromEntries(kept.map((path) => [path, createHash("sha256").update(readFileSync(path)).digest("hex")]));
}

describe("a port that somebody else holds", () => {
  test.each(["start", "gateway run"])(
    "fased %s ends, names the port, and starts once it is free",
    async (command) => {
      const holder = createServer().listen(0, "127.0.0.1");
      await once(holder, "listening");
      const { port } = holder.address() as { port: number };
      const words = [...command.split(" "), "--port", String(port)];
      expect(await refused(fased, ...words)).toEqual({
        code: "gateway.port_in_use",
        message: expect.stringContaining(`port ${port} on loopback is in use`),
        fix: "stop what listens there, or choose another port: fased start --port PORT",
      });
      holder.close();
      await once(holder, "close");
      const gateway = fased.start(...words);
      await gateway.says(`127.0.0.1:${port}`);
      await stopped(gateway);
    },
    timeoutMs,
  );
});

describe("a log-in that has no secret", () => {
  test(
    "ends the start with what validate told before, and with the secret it starts",
    async () => {
      mkdirSync(fased.state, { mode: 0o700 });
      writeFileSync(join(fased.state, "fased.json"), "{}", { mode: 0o600 });
      const { code, out } = await fased.run("config", "validate", "--json");
      const { problems } = JSON.parse(out) as { problems: readonly Refused[] };
      expect({ code, problems }).toMatchObject({ code: 1, problems: [{ code: "gateway.auth_missing" }] });
      expect(await fased.run("start", "--port", "0")).toMatchObject({
        code: 78,
        out: "",
        err: `Error: the Gateway cannot start: ${problems[0]?.message}: ${problems[0]?.fix}\n`,
      });
      const token = "FASED_GATEWAY_TOKEN=a-token-for-tests-that-is-long-enough\n";
      writeFileSync(join(fased.state, ".env"), token, { mode: 0o600 });
      expect((await fased.run("config", "validate")).code).toBe(0);
      await stopped(await fased.gateway());
    },
    timeoutMs,
  );
});

describe("a second Gateway on the same state", () => {
  test(
    "ends and names the first, which goes on",
    async () => {
      const first = await fased.gateway();
      expect(await refused(fased, "gateway", "run", "--port", "0")).toEqual({
        code: "lock.held",
        message: expect.stringMatching(/Another Gateway \(pid \d+\) runs on .*\.fased/),
        fix: "one Gateway runs on a state directory: see `fased status`",
      });
      expect((await fased.run("agent", "--message", "help")).code).toBe(0);
      await stopped(first);
      await stopped(await fased.gateway());
    },
    timeoutMs,
  );
});

describe("a state directory", () => {
  needs("bubblewrap")(
    "that is read-only ends the start, before the first one and after it, and stays as it is",
    async () => {
      mkdirSync(fased.state, { mode: 0o700 });
      const readOnly = behind(readOnlyAt(fased.state));
      const told = {
        code: "file.read_only",
        message: expect.stringMatching(/cannot keep its state: .*read-only/),
        fix: "make that place writable, or set FASED_STATE_DIR to another one",
      };
      expect(await refusedStart(readOnly)).toEqual(told);
      await stopped(await fased.gateway());
      const before = contents();
      expect(await refusedStart(readOnly)).toEqual(told);
      expect(contents()).toEqual(before);
    },
    timeoutMs,
  );

  needs("bubblewrap")(
    "that its user may not write ends the start, and stays as it is",
    async () => {
      await stopped(await fased.gateway());
      const before = contents();
      for (const name of ["", "state.db", "state.db-wal", "state.db-shm"]) {
        if (name === "" || existsSync(join(fased.state, name))) chmodSync(join(fased.state, name), 0o500);
      }
      expect(await refusedStart(behind(plainUser))).toEqual({
        code: "file.no_permission",
        message: expect.stringMatching(/cannot keep its state: .*may not be accessed by this user/),
        fix: "make it yours, or set FASED_STATE_DIR to another place",
      });
      chmodSync(fased.state, 0o700);
      expect(contents()).toEqual(before);
    },
    timeoutMs,
  );

  // Each size ends at another step: the lock, the first config, the database, the ledger.
  needs("bubblewrap").each([4, 16, 64, 128, 256])(
    "on a disk of %d KiB ends the start and asks for space",
    async (sizeKiB) => {
      mkdirSync(fased.state, { mode: 0o700 });
      expect(await refusedStart(behind(diskAt(fased.state, sizeKiB * 1024)))).toEqual({
        code: "file.no_space",
        message: expect.stringMatching(/cannot keep its state: .*the disk is full/),
        fix: "free some space on that disk",
      });
    },
    timeoutMs,
  );

  needs("bubblewrap")(
    "on a small disk that holds it does start",
    async () => {
      mkdirSync(fased.state, { mode: 0o700 });
      await behind(diskAt(fased.state, 16 * 1024 * 1024)).gateway();
    },
    timeoutMs,
  );

  test(
    "that gets no socket ends the start, and nothing listens any more",
    async () => {
      mkdirSync(join(fased.state, "gateway.sock/taken"), { recursive: true, mode: 0o700 });
      const port = await freePort();
      const { code, out, err } = await fased.run("start", "--port", String(port));
      expect({ code, out }).toEqual({ code: 78, out: "" });
      expect(err).toContain("gateway.sock");
    },
    timeoutMs,
  );

  test(
    "that is a file ends the start, and the file stays",
    async () => {
      writeFileSync(fased.state, "mine");
      expect(await refusedStart(fased)).toEqual({
        code: "file.not_folder",
        message: expect.stringContaining(`${fased.state} is a file where a folder is needed`),
        fix: "move that file away, or set FASED_STATE_DIR to another place",
      });
      expect(readFileSync(fased.state, "utf8")).toBe("mine");
    },
    timeoutMs,
  );

  test.each(["state.db", "gateway.lock"])(
    "whose %s is damaged ends the start, and nothing in it is changed",
    async (name) => {
      await stopped(await fased.gateway());
      const damage = "no database ".repeat(100);
      writeFileSync(join(fased.state, name), damage);
      const before = contents();
      expect(await refusedStart(fased)).toEqual({
        code: "state.damaged",
        message: expect.stringContaining(`A database in ${fased.state} is damaged: file is not a database`),
        fix: expect.stringContaining("backup"),
      });
      expect(contents()).toEqual(before);
      expect(readFileSync(join(fased.state, name), "utf8")).toBe(damage);
    },
    timeoutMs,
  );
});
