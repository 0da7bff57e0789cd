/** Consent to a config that allows more, with real programs: `fased config accept`. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createProgram, type FasedProgram, type ProgramEnd, type RunningProgram } from "../../servers/fased-program.ts";

const timeoutMs = 60_000;

let fased: FasedProgram;
let gateway: RunningProgram;
let server: Server;
let origin = "";
let asked = 0;
beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { "content-type": "text/plain" }).end("the tide is high\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  asked = 0;
  fased = createProgram();
  gateway = await fased.gateway();
});
afterEach(() => fased.remove());

const accept = (...words: string[]) => fased.run("config", "accept", ...words);
const set = async (path: string, value: string) => expect((await fased.run("config", "set", path, value)).code).toBe(0);
const fetched = async () => (await fased.run("agent", "--message", `fetch ${origin}/tides`)).out;

/** What a command says once the Gateway has read the new file. */
async function once(command: () => Promise<ProgramEnd>, wanted: (end: ProgramEnd) => boolean): Promise<ProgramEnd> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const end = await command();
    if (wanted(end)) return end;
  }
  throw new Error("the Gateway never read the new file");
}

test(
  "what waits is shown and not yet in force; only its own hash takes it; a restart is no consent",
  async () => {
    expect(await accept()).toMatchObject({ code: 0, out: "Nothing waits for consent.\n" });
    await set("network.privateHosts", `["${origin}"]`);
    await set("channels.irc", '{ dmPolicy: "open", allowFrom: ["*"] }');
    const shown = await once(accept, ({ err }) => err.includes("irc"));
    expect(shown).toMatchObject({ code: 77, out: "" });
    expect(shown.err.split("\n")).toEqual(
      expect.arrayContaining([
        "Error: the config allows more than before:",
        `+ network.privateHosts: [] becomes ["${origin}"]`,
        expect.stringMatching(/^\+ Any other irc sender in a direct chat may write to the agent: /),
      ]),
    );
    expect(shown.err).not.toContain("may not");
    const hash = /^Fix: if you want that: fased config accept --expect ([0-9a-f]{16,64})$/m.exec(shown.err)?.[1] ?? "";
    expect(hash).not.toBe("");

    expect(await fetched()).not.toContain("the tide is high");
    const wrong = hash.replace(/^./, (first) => (first === "0" ? "1" : "0"));
    expect(await accept("--expect", wrong)).toMatchObject({
      code: 77,
      err: expect.stringContaining("is not the policy"),
    });
    gateway.signal("SIGTERM");
    await gateway.ended;
    gateway = await fased.gateway();
    expect(await accept()).toEqual(shown);
    expect(await fetched()).not.toContain("the tide is high");
    expect(asked).toBe(0);

    const accepted = await accept("--expect", hash);
    expect(accepted.code).toBe(0);
    expect(accepted.out.split("\n")).toEqual(
      expect.arrayContaining([`+ network.privateHosts: [] becomes ["${origin}"]`, `Policy ${hash} is in force.`]),
    );
    expect(await fetched()).toContain("the tide is high");
    expect(await accept()).toMatchObject({ code: 0, out: "Nothing waits for consent.\n" });
  },
  timeoutMs,
);

test(
  "narrowing applies at once, without anything to accept",
  async () => {
    await set("network.privateHosts", `["${origin}"]`);
    const shown = await once(accept, ({ code }) => code === 77);
    const hash = /--expect (\w+)/.exec(shown.err)?.[1] ?? "";
    expect((await accept("--expect", hash)).code).toBe(0);
    expect(await fetched()).toContain("the tide is high");
    const before = asked;

    await set("network.privateHosts", "[]");
    const told = await once(
      () => fased.run("agent", "--message", `fetch ${origin}/later`),
      ({ out }) => !out.includes("the tide is high"),
    );
    expect(told.out).toContain("not on the public internet");
    expect(await accept()).toMatchObject({ code: 0, out: "Nothing waits for consent.\n" });
    const reached = asked;
    expect(reached).toBeGreaterThanOrEqual(before);
    await fased.run("agent", "--message", `fetch ${origin}/latest`);
    expect(asked).toBe(reached);
  },
  timeoutMs,
);
