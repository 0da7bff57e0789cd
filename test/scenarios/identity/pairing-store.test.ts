import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPairingStore, type PairingStore, pairingLimits } from "../../../src/identity/pairing-store.ts";
import { statePaths } from "../../../src/platform/state-paths.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";

let folder = "";
let clock: FakeClock;
let store: PairingStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-pairing-"));
  clock = createFakeClock();
  store = createPairingStore({ paths: statePaths(folder), clock });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sender = (id: string, account = "default") => ({ channel: "telegram", account, id, name: `Name ${id}` });
const accounts = [
  { channel: "telegram", account: "default" },
  { channel: "telegram", account: "work" },
];

describe("a stranger", () => {
  test("gets one code, not two", async () => {
    const first = await store.request(sender("1"));
    expect(first).toEqual({
      kind: "created",
      requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
      code: expect.stringMatching(/^[A-HJ-NP-Z2-9]{8}$/),
    });
    clock.advance(1_000);
    expect(await store.request(sender("1"))).toEqual({ ...first, kind: "repeated" });
    const [request] = await store.list();
    expect(request).toEqual({
      channel: "telegram",
      account: "default",
      id: "1",
      requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
      code: first.kind === "created" ? first.code : "",
      name: "Name 1",
      createdAt: clock.now() - 1_000,
      lastSeenAt: clock.now(),
      expiresAt: clock.now() - 1_000 + pairingLimits.ttlMs,
    });
  });

  test("who is the fourth gets no code and is shown to the owner, who can approve", async () => {
    for (const id of ["1", "2", "3"]) expect((await store.request(sender(id))).kind).toBe("created");
    expect(await store.request(sender("4"))).toEqual({ kind: "limited" });
    const fourth = (await store.list("telegram")).find((request) => request.id === "4");
    expect(fourth?.code).toBeUndefined();
    await store.approve({ channel: "telegram", request: fourth?.requestId ?? "" });
    expect((await store.loadGrants(accounts)).paired).toEqual([{ channel: "telegram", account: "default", id: "4" }]);
  });

  test("who waited gets a code once there is room", async () => {
    for (const id of ["1", "2", "3", "4"]) await store.request(sender(id));
    clock.advance(pairingLimits.ttlMs);
    expect((await store.request(sender("4"))).kind).toBe("created");
  });

  test("floods of strangers stay bounded", async () => {
    await Promise.all(Array.from({ length: 30 }, (_, id) => store.request(sender(String(id)))));
    const requests = await store.list();
    expect(requests.filter((request) => request.code !== undefined)).toHaveLength(3);
    expect(requests.length).toBeLessThanOrEqual(3 + pairingLimits.waitingPerChannelMax);
  });

  test("cannot hide behind control characters", async () => {
    await store.request({ ...sender("1"), name: "a\u202Eb\nc\u0000" });
    expect((await store.list())[0]?.name).toBe("abc");
  });
});

describe("an approval", () => {
  test("takes the code in any case, adds the sender to its account and forgets the request", async () => {
    const answer = await store.request(sender("1", "work"));
    const code = answer.kind === "created" ? answer.code : "";
    expect(await store.approve({ channel: "Telegram", request: ` ${code.toLowerCase()} ` })).toEqual({
      channel: "telegram",
      account: "work",
      id: "1",
    });
    expect(await store.list()).toEqual([]);
    expect((await store.loadGrants(accounts)).paired).toEqual([{ channel: "telegram", account: "work", id: "1" }]);
  });

  test("of an expired, unknown or other account's code changes nothing", async () => {
    const answer = await store.request(sender("1"));
    const code = answer.kind === "created" ? answer.code : "";
    const unknown = { code: "pairing.unknown_request" };
    await expect(store.approve({ channel: "telegram", request: "AAAAAAAA" })).rejects.toMatchObject(unknown);
    await expect(store.approve({ channel: "telegram", request: "" })).rejects.toMatchObject(unknown);
    const other = store.approve({ channel: "telegram", account: "work", request: code });
    await expect(other).rejects.toMatchObject(unknown);
    clock.advance(pairingLimits.ttlMs);
    await expect(store.approve({ channel: "telegram", request: code })).rejects.toMatchObject(unknown);
    expect((await store.loadGrants(accounts)).paired).toEqual([]);
  });

  test("can be taken back", async () => {
    await store.grant(sender("1"));
    expect(await store.revoke(sender("1"))).toBe("revoked");
    expect(await store.revoke(sender("1"))).toBe("absent");
    expect((await store.loadGrants(accounts)).paired).toEqual([]);
  });

  test("a dismissed request grants nothing", async () => {
    await store.request(sender("1"));
    const [request] = await store.list();
    await store.dismiss({ channel: "telegram", request: request?.requestId ?? "" });
    expect([await store.list(), (await store.loadGrants(accounts)).paired]).toEqual([[], []]);
  });
});

describe("the files", () => {
  test("have the documented names, form and modes", async () => {
    await store.request(sender("1", "work"));
    await store.grant(sender("2", "work"));
    await store.grant(sender("3"));
    const path = (name: string) => join(folder, "credentials", name);
    const pending = JSON.parse(readFileSync(path("telegram-pairing.json"), "utf8"));
    expect(pending.requests[0]).toMatchObject({ id: "1", createdAt: new Date(clock.now()).toISOString() });
    expect(JSON.parse(readFileSync(path("telegram-allowFrom.json"), "utf8"))).toEqual({ version: 1, allowFrom: ["3"] });
    const work = readFileSync(path("telegram-work-allowFrom.json"), "utf8");
    expect(JSON.parse(work)).toEqual({ version: 1, allowFrom: ["2"] });
    expect(statSync(path("telegram-allowFrom.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "credentials")).mode & 0o777).toBe(0o700);
  });

  test("an absent store is nobody, an unreadable one is an error", async () => {
    expect((await store.loadGrants(accounts)).paired).toEqual([]);
    const path = join(folder, "credentials", "telegram-allowFrom.json");
    for (const text of ["{", "[]", '{"version":2,"allowFrom":[]}', '{"version":1,"allowFrom":"*"}']) {
      mkdirSync(join(folder, "credentials"), { recursive: true });
      writeFileSync(path, text);
      await expect(store.loadGrants(accounts)).rejects.toMatchObject({ code: "store.unreadable", path });
      await expect(store.grant(sender("1"))).rejects.toMatchObject({ code: "store.unreadable" });
    }
    chmodSync(path, 0o600);
  });

  test("the wildcard is never a pairing", async () => {
    await expect(store.grant(sender("*"))).rejects.toMatchObject({ code: "pairing.invalid_sender" });
    await expect(store.request(sender(" "))).rejects.toMatchObject({ code: "pairing.invalid_sender" });
    mkdirSync(join(folder, "credentials"), { recursive: true });
    const text = '{"version":1,"allowFrom":["*","7"]}';
    writeFileSync(join(folder, "credentials", "telegram-allowFrom.json"), text);
    expect((await store.loadGrants(accounts)).paired).toEqual([{ channel: "telegram", account: "default", id: "7" }]);
  });
});
