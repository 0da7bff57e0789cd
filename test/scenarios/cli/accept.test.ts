/** Consent to a config that allows more, with real programs: `fased config accept`. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createProgram, type FasedProgram, type ProgramEnd, type RunningProgram } from "../../servers/fased-program.ts";
import { startTides, type Tides } from "../../servers/tides.ts";

const timeoutMs = 60_000;

let fased: FasedProgram;
let gateway: RunningProgram;
let tides: Tides;
beforeAll(async () => {
  tides = await startTides();
});
afterAll(() => tides.close());
beforeEach(async () => {
  tides.forget();
  fased = createProgram();
  gateway = await fased.gateway();
});
afterEach(() => fased.remove());

const accept = (...words: string[]) => fased.run("config", "accept", ...words);
const set = async (path: string, value: string) => expect((await fased.run("config", "set", path, value)).code).toBe(0);
const fetched = async () => (await fased.run("agent", "--message", `fetch ${tides.origin}/tides`)).out;

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
    await set("network.privateHosts", `["${tides.origin}"]`);
    await set("channels.irc", '{ dmPolicy: "open", allowFrom: ["*"] }');
    const shown = await once(accept, ({ err }) => err.includes("irc"));
    expect(shown).toMatchObject({ code: 77, out: "" });
    expect(shown.err.split("\n")).toEqual(
      expect.arrayContaining([
        "Error: the config allows more than before:",
        `+ network.privateHosts: [] becomes ["${tides.origin}"]`,
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
    expect(tides.asked()).toBe(0);

    const accepted = await accept("--expect", hash);
    expect(accepted.code).toBe(0);
    expect(accepted.out.split("\n")).toEqual(
      expect.arrayContaining([`+ network.privateHosts: [] becomes ["${tides.origin}"]`, `Policy ${hash} is in force.`]),
    );
    expect(await fetched()).toContain("the tide is high");
    expect(await accept()).toMatchObject({ code: 0, out: "Nothing waits for consent.\n" });
  },
  timeoutMs,
);

test(
  "narrowing applies at once, without anything to accept",
  async () => {
    await set("network.privateHosts", `["${tides.origin}"]`);
    const shown = await once(accept, ({ code }) => code === 77);
    const hash = /--expect (\w+)/.exec(shown.err)?.[1] ?? "";
    expect((await accept("--expect", hash)).code).toBe(0);
    expect(await fetched()).toContain("the tide is high");
    const before = tides.asked();

    await set("network.privateHosts", "[]");
    const told = await once(
      () => fased.run("agent", "--message", `fetch ${tides.origin}/later`),
      ({ out }) => !out.includes("the tide is high"),
    );
    expect(told.out).toContain("not on the public internet");
    expect(await accept()).toMatchObject({ code: 0, out: "Nothing waits for consent.\n" });
    const reached = tides.asked();
    expect(reached).toBeGreaterThanOrEqual(before);
    await fased.run("agent", "--message", `fetch ${tides.origin}/latest`);
    expect(tides.asked()).toBe(reached);
  },
  timeoutMs,
);
