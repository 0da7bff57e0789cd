/**
 * What a network with services adds to its server, in front of a real ngircd, which has none: `account-tag` on what
 * people write who are logged in (IRCv3), and numeric 330 in the answer to WHOIS.
 */
import { connect, createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";

export type IrcServices = {
  readonly port: number;
  /** From now on whoever has the nick is logged in to the account; without one, to none. */
  login(nick: string, account?: string): void;
  close(): Promise<void>;
};

export async function startIrcServices(serverPort: number): Promise<IrcServices> {
  const accounts = new Map<string, string>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    client.pipe(upstream);
    createInterface({ input: upstream }).on("line", (line) => {
      if (!client.destroyed) client.write(`${withAccount(line, accounts)}\r\n`);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    login(nick, account) {
      if (account === undefined) accounts.delete(nick);
      else accounts.set(nick, account);
    },
    close: () => closed(server),
  };
}

function withAccount(line: string, accounts: ReadonlyMap<string, string>): string {
  const writer = /^:([^!\s]+)!/.exec(line)?.[1] ?? "";
  const account = accounts.get(writer);
  if (account !== undefined) return `@account=${account} ${line}`;
  const [, server, self, nick = ""] = /^(:\S+) 318 (\S+) (\S+) /.exec(line) ?? [];
  const worn = accounts.get(nick);
  return worn === undefined ? line : `${server} 330 ${self} ${nick} ${worn} :is logged in as\r\n${line}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
