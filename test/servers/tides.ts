/** A page on this machine that says one sentence and counts who asked. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Tides = {
  readonly origin: string;
  /** Requests since the last `forget`. */
  asked(): number;
  forget(): void;
  close(): void;
};

export async function startTides(): Promise<Tides> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { "content-type": "text/plain" }).end("the tide is high\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    forget: () => {
      asked = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
