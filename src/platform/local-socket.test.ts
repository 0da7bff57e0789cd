import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askLocalSocket, localSocketLimits, serveLocalSocket } from "./local-socket.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-socket-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the same user asks one line and gets one line, over a socket that nobody else may open", async () => {
  const path = join(folder, "run", "gateway.sock");
  const socket = await serveLocalSocket(path, async (line) => `got ${line}`);
  expect(await askLocalSocket(path, "login")).toBe("got login");
  expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  expect((statSync(join(folder, "run")).mode & 0o777).toString(8)).toBe("700");
  await socket.close();
});

test("a socket file left by a crash is replaced", async () => {
  const path = join(folder, "gateway.sock");
  const first = await serveLocalSocket(path, async () => "first");
  const second = await serveLocalSocket(path, async () => "second");
  expect(await askLocalSocket(path, "x")).toBe("second");
  await second.close();
  await first.close();
});

test("a line that never ends is cut off", async () => {
  const path = join(folder, "gateway.sock");
  let asked = 0;
  const socket = await serveLocalSocket(path, async () => String(++asked));
  await expect(askLocalSocket(path, "x".repeat(localSocketLimits.lineBytesMax + 100))).rejects.toThrow("closed");
  expect(asked).toBe(0);
  await socket.close();
});

test("a path that is longer than a socket's may be works, and its file goes with it", async () => {
  const path = join(folder, "long".repeat(40), "gateway.sock");
  const socket = await serveLocalSocket(path, async (line) => `got ${line}`);
  expect(await askLocalSocket(path, "login")).toBe("got login");
  expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  await socket.close();
  expect(existsSync(path)).toBe(false);
  await expect(askLocalSocket(path, "login")).rejects.toThrow("ENOENT");
});

test("asking where nobody listens fails with the reason", async () => {
  await expect(askLocalSocket(join(folder, "absent.sock"), "x")).rejects.toThrow("ENOENT");
});
