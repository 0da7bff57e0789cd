/** A real ngircd on loopback, and people who use it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type IrcMessage } from "irc-framework";
import { freePort } from "./free-port.ts";

const startTimeoutMs = 10_000;

export type Ngircd = { readonly port: number; start(): Promise<void>; kill(): Promise<void>; close(): Promise<void> };

export async function createNgircd(): Promise<Ngircd> {
  const folder = await mkdtemp(join(tmpdir(), "fased-ngircd-"));
  const port = await freePort();
  const config = join(folder, "ngircd.conf");
  await writeFile(
    config,
    [
      "[Global]",
      "Name = irc.test.local",
      "Info = test",
      "Listen = 127.0.0.1",
      `Ports = ${port}`,
      "[Limits]",
      "MaxConnectionsIP = 0",
      "MaxNickLength = 32",
      "MaxPenaltyTime = 0",
      "PingTimeout = 60",
      "[Options]",
      "DNS = no",
      "Ident = no",
      "PAM = no",
      "",
    ].join("\n"),
  );
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return {
    port,
    kill,
    async start() {
      child = spawn("/usr/sbin/ngircd", ["-n", "-f", config], { stdio: "ignore" });
      await untilOpen(port);
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A person on the network; `heard` is what others said to them or in their channels. */
export type Person = {
  readonly nick: string;
  readonly heard: IrcMessage[];
  say(target: string, text: string): Promise<void>;
  leave(): void;
};

export async function joinNetwork(port: number, nick: string, channels: readonly string[]): Promise<Person> {
  const client = new Client();
  const heard: IrcMessage[] = [];
  client.on("privmsg", (message) => heard.push(message));
  const registered = new Promise<void>((resolve) => client.on("registered", () => resolve()));
  client.connect({
    host: "127.0.0.1",
    port,
    tls: false,
    rejectUnauthorized: true,
    nick,
    username: nick,
    gecos: nick,
    auto_reconnect: false,
    message_max_length: 400,
    ping_interval: 0,
    ping_timeout: 0,
    version: null,
  });
  await registered;
  for (const channel of channels) client.join(channel);
  await handled(client);
  return {
    nick,
    heard,
    async say(target, text) {
      client.say(target, text);
      await handled(client);
    },
    leave: () => client.connection.end(),
  };
}

/** The server answers in order: its PONG proves that what was written before has been handled. */
function handled(client: Client): Promise<void> {
  const token = `t${Math.random().toString(36).slice(2)}`;
  return new Promise((resolve) => {
    client.on("pong", ({ message }) => {
      if (message === token) resolve();
    });
    client.raw("PING", token);
  });
}

async function untilOpen(port: number): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
      once(socket, "error").then(() => false),
    ]);
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`ngircd did not open port ${port}`);
}
