/**
 * A Unix socket for programs of the same OS user: its folder is 0700 and the socket 0600, so the file permission is the
 * authentication. One request line in, one answer line out.
 */
import { chmodSync, closeSync, constants, openSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { basename, dirname } from "node:path";
import { createPrivateFolder } from "./private-files.ts";

export const localSocketLimits = { lineBytesMax: 8 * 1024, connectionsMax: 16, idleTimeoutMs: 5_000 } as const;

export type LocalSocket = { close(): Promise<void> };

/** What the kernel takes as the path of a socket. */
const socketPathBytesMax = 107;

type SocketName = { readonly path: string; release(): void };

/** A path of any length: one that is too long is named through a descriptor of its folder. Throws system errors. */
function nameOf(path: string): SocketName {
  if (Buffer.byteLength(path) <= socketPathBytesMax) return { path, release: () => undefined };
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${folder}/${basename(path)}`, release: () => closeSync(folder) };
}

/** Serves `answer` on `path`. A socket file that a crash left behind is replaced: the Gateway lock is held by now. */
export async function serveLocalSocket(path: string, answer: (line: string) => Promise<string>): Promise<LocalSocket> {
  createPrivateFolder(dirname(path));
  rmSync(path, { force: true });
  const server = createServer((socket) => serveOne(socket, answer));
  server.maxConnections = localSocketLimits.connectionsMax;
  const name = nameOf(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The folder is private, so nobody can connect between bind and chmod.
    server.listen(name.path, () => resolve());
  }).catch((error: unknown) => {
    name.release();
    throw error;
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }).finally(() => name.release()),
  };
}

function serveOne(socket: Socket, answer: (line: string) => Promise<string>): void {
  socket.setTimeout(localSocketLimits.idleTimeoutMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  readLine(socket)
    .then(answer)
    .then((line) => socket.end(`${line}\n`))
    .catch(() => socket.destroy());
}

/** Asks the Gateway of the same user. Rejects when none listens at `path` or it does not answer in time. */
export async function askLocalSocket(path: string, line: string): Promise<string> {
  const name = nameOf(path);
  const socket = createConnection(name.path);
  socket.setTimeout(localSocketLimits.idleTimeoutMs, () => socket.destroy(new Error(`no answer from ${path} in time`)));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.write(`${line}\n`);
    return await readLine(socket);
  } finally {
    socket.destroy();
    name.release();
  }
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (text.length > localSocketLimits.lineBytesMax) reject(new Error("the line is too long"));
      else if (end >= 0) resolve(text.slice(0, end));
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection closed before a line was complete")));
  });
}
