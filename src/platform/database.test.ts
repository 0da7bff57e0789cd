import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase, type Schema } from "./database.ts";
import { noLogSync } from "./wal-sync.ts";

const databaseModule = fileURLToPath(new URL("./database.ts", import.meta.url));
const table = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";
const schema: Schema = { notes: [table] };

let folder: string;
let path: string;
let open: Database[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-database-"));
  path = join(folder, "state", "state.db");
});
afterEach(async () => {
  for (const database of open) await database.close();
  open = [];
  rmSync(folder, { recursive: true, force: true });
});

function openIt(with_: Schema = schema): Database {
  const database = openDatabase(path, with_);
  open.push(database);
  return database;
}

const add = (database: Database, text: string) =>
  database.write((transaction) => transaction.run("INSERT INTO notes (text) VALUES (?)", text).lastInsertRowid);

const texts = (database: Database) =>
  database.all<{ text: string }>("SELECT text FROM notes ORDER BY id").map((row) => row.text);

describe("writing", () => {
  test("what was acknowledged survives kill -9 of the writer", async () => {
    const script = `
      import { openDatabase } from ${JSON.stringify(databaseModule)};
      const database = openDatabase(${JSON.stringify(path)}, ${JSON.stringify(schema)});
      for (let n = 1; ; n += 1) {
        await database.write((t) => t.run("INSERT INTO notes (id, text) VALUES (?, ?)", n, "x".repeat(500)));
        process.stdout.write(n + "\\n");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let acknowledged = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      acknowledged += text;
      if (acknowledged.length > 1_000) child.kill("SIGKILL");
    });
    await once(child, "close");
    const last = Number(acknowledged.slice(0, acknowledged.lastIndexOf("\n")).split("\n").at(-1));
    expect(last).toBeGreaterThan(100);
    const ids = openIt()
      .all<{ id: number }>("SELECT id FROM notes ORDER BY id")
      .map((row) => row.id);
    expect(ids.slice(0, last)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  test("a change that throws is rolled back alone; its neighbours of the same commit stay", async () => {
    const database = openIt();
    const bad = database.write((transaction) => {
      transaction.run("INSERT INTO notes (text) VALUES ('half')");
      throw new Error("changed my mind");
    });
    const results = await Promise.allSettled([add(database, "before"), bad, add(database, "after")]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(texts(database)).toEqual(["before", "after"]);
  });

  test("a statement that breaks a constraint rejects its own change only", async () => {
    const database = openIt();
    const bad = database.write((transaction) => transaction.run("INSERT INTO notes (text) VALUES (NULL)"));
    await expect(Promise.all([add(database, "a"), bad])).rejects.toThrow("NOT NULL");
    expect(texts(database)).toEqual(["a"]);
  });

  test("changes of one tick run in order, see each other and become visible together", async () => {
    const database = openIt();
    const other = openIt();
    const seen: number[] = [];
    const writes = ["a", "b", "c"].map((text) =>
      database.write((transaction) => {
        transaction.run("INSERT INTO notes (text) VALUES (?)", text);
        seen.push(texts(other).length);
        return transaction.all("SELECT id FROM notes").length;
      }),
    );
    expect(texts(database)).toEqual([]);
    expect(await Promise.all(writes)).toEqual([1, 2, 3]);
    expect(seen).toEqual([0, 0, 0]);
    expect(texts(other)).toEqual(["a", "b", "c"]);
  });

  test("closing commits what is queued, and then writes are refused", async () => {
    const database = openIt();
    const write = add(database, "queued");
    await database.close();
    expect(await write).toBe(1);
    await expect(add(database, "late")).rejects.toThrow("closed");
    expect(texts(openIt())).toEqual(["queued"]);
  });

  test("two processes' worth of connections write without losing anything", async () => {
    const [one, two] = [openIt(), openIt()];
    await Promise.all(Array.from({ length: 40 }, (_, index) => add(index % 2 === 0 ? one : two, String(index))));
    expect(texts(one).length).toBe(40);
  });
});

describe("a disk that gives out", () => {
  test("when it is full the write is rejected and nothing of it is there; a smaller one succeeds later", async () => {
    const database = openIt({ notes: [`${table}; PRAGMA max_page_count = 20`] });
    await add(database, "first");
    const large = "x".repeat(200_000);
    await expect(add(database, large)).rejects.toThrow("full");
    await expect(
      database.write((transaction) => {
        transaction.run("INSERT INTO notes (text) VALUES ('small')");
        transaction.run("INSERT INTO notes (text) VALUES (?)", large);
      }),
    ).rejects.toThrow("full");
    expect(texts(database)).toEqual(["first"]);
    await add(database, "second");
    expect(texts(database)).toEqual(["first", "second"]);
  });

  test("nobody in a batch is told it is durable when the disk is full for one of them and the batch is lost", async () => {
    const database = openIt({ notes: [`${table}; PRAGMA max_page_count = 20`] });
    const results = await Promise.allSettled([
      add(database, "a"),
      add(database, "x".repeat(200_000)),
      add(database, "b"),
    ]);
    const fulfilled = results.filter((result) => result.status === "fulfilled").length;
    expect(texts(database).length).toBe(fulfilled);
    expect(results[1]?.status).toBe("rejected");
  });

  test("a write is acknowledged when its log is synced, not before", async () => {
    await openIt().close();
    const synced = Promise.withResolvers<void>();
    const database = openDatabase(path, schema, { ...noLogSync, durable: () => synced.promise });
    open.push(database);
    const heard: string[] = [];
    const write = add(database, "slow disk").then(() => heard.push("acknowledged"));
    await setImmediate();
    expect(texts(openIt())).toEqual(["slow disk"]);
    heard.push("synced");
    synced.resolve();
    await write;
    expect(heard).toEqual(["synced", "acknowledged"]);
  });

  test("what is asked while the log is synced shares the next commit; closing waits for all of it", async () => {
    await openIt().close();
    const syncs: (() => void)[] = [];
    const durable = () => new Promise<void>((resolve) => syncs.push(resolve));
    const database = openDatabase(path, schema, { ...noLogSync, durable });
    const other = openIt();
    const first = add(database, "first");
    await setImmediate();
    const later = Promise.all([add(database, "second"), add(database, "third")]);
    await setImmediate();
    expect({ syncs: syncs.length, stored: texts(other) }).toEqual({ syncs: 1, stored: ["first"] });
    syncs[0]?.();
    await first;
    const last = add(database, "last");
    const closed = database.close();
    await setImmediate();
    expect(texts(other)).toEqual(["first", "second", "third", "last"]);
    syncs[1]?.();
    expect([await later, await last]).toEqual([[2, 3], 4]);
    await closed;
    expect(syncs).toHaveLength(2);
  });

  test("what could not be synced is not acknowledged and nothing is written on top; a sound disk goes on", async () => {
    await openIt().close();
    const failure = new Error("the disk failed");
    const disk = { ...noLogSync, failure: undefined as Error | undefined };
    disk.durable = () => {
      disk.failure = failure;
      return Promise.reject(failure);
    };
    const database = openDatabase(path, schema, disk);
    open.push(database);
    await expect(add(database, "unknown")).rejects.toBe(failure);
    await expect(add(database, "refused")).rejects.toBe(failure);
    expect(texts(database)).not.toContain("refused");
    await database.close();
    const sound = openIt();
    await add(sound, "after");
    expect(texts(sound)).toContain("after");
  });

  test("when it turned read-only the write is rejected and reads go on", async () => {
    const database = openIt({ notes: [`${table}; INSERT INTO notes (text) VALUES ('old')`] });
    database.get("PRAGMA query_only = 1");
    await expect(add(database, "new")).rejects.toThrow("readonly");
    expect(texts(database)).toEqual(["old"]);
  });
});

describe("opening", () => {
  test("creates a private file in a private folder", () => {
    openIt();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
  });

  test("the journal files beside it are private as well", async () => {
    await add(openIt(), "a");
    for (const suffix of ["-wal", "-shm"]) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  });

  test("runs each migration once, in order, per component", async () => {
    await openIt().close();
    const grown = { notes: [table, "ALTER TABLE notes ADD COLUMN at INTEGER"], more: ["CREATE TABLE more (x) "] };
    const database = openIt(grown);
    expect(database.all("SELECT component, version FROM schema_version ORDER BY component")).toEqual([
      { component: "more", version: 1 },
      { component: "notes", version: 2 },
    ]);
    await database.close();
    openIt(grown);
  });

  test("refuses a file of a newer version, and leaves it untouched for that one", async () => {
    await openIt({ notes: [table, "ALTER TABLE notes ADD COLUMN at INTEGER"] }).close();
    expect(() => openDatabase(path, schema)).toThrow("newer version of Fased");
    expect(openIt({ notes: [table, "-"] }).get("SELECT version FROM schema_version")).toEqual({ version: 2 });
  });

  test("a migration that fails changes nothing, and can be repeated when it is repaired", () => {
    expect(() => openDatabase(path, { notes: [table, "NONSENSE"] })).toThrow("syntax error");
    expect(texts(openIt())).toEqual([]);
  });

  test("a file that is no database is an error, not an empty one", async () => {
    await openIt().close();
    writeFileSync(path, "garbage ".repeat(1_000));
    expect(() => openDatabase(path, schema)).toThrow("not a database");
  });
});
