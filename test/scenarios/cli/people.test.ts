import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPairingStore } from "../../../src/identity/pairing-store.ts";
import { statePaths } from "../../../src/platform/state-paths.ts";
import { runCli } from "../../fakes/cli.ts";
import { type CliGateway, commands, startCliGateway } from "../../fakes/cli-gateway.ts";
import { createFakeClock } from "../../fakes/fake-clock.ts";
import { createTestDevice } from "../../fakes/ws-client.ts";

describe("with a Gateway", () => {
  let gateway: CliGateway;

  beforeEach(async () => {
    gateway = await startCliGateway();
  });

  afterEach(async () => {
    await gateway.stop();
  });

  test("a sender is approved by code or by request id, with or without the channel", async () => {
    for (const words of [["ABCD2345"], ["r1"], ["telegram", "ABCD2345"]]) {
      const { code, out } = await gateway.run(["pairing", "approve", ...words]);
      expect({ words, code, first: out.split("\n")[0] }).toEqual({
        words,
        code: 0,
        first: "7 may write to you on telegram now.",
      });
    }
    const owner = await gateway.run(["pairing", "approve", "ABCD2345", "--owner"]);
    expect(owner.out).toContain("They are an owner now");
  });

  test("on a channel that nobody wrote on, no request is found and nothing is called", async () => {
    expect(await gateway.run(["pairing", "approve", "irc"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("the code of somebody on irc is missing"),
    });
    const { code, err } = await gateway.run(["pairing", "approve", "irc", "ABCD2345", "--account", "other"]);
    expect(code).toBe(1);
    expect(err).toContain("nobody who asked has the code or id `ABCD2345`");
    expect(gateway.services.calls).not.toContain("senders.approve");
  });

  test("a request is rejected, a pairing is revoked, an unknown one is an error", async () => {
    expect((await gateway.run(["pairing", "reject", "ABCD2345"])).out).toBe(
      "Forgot the request of 7; they may ask again.\n",
    );
    expect((await gateway.run(["pairing", "revoke", "telegram", "7"])).out).toBe(
      "7 is no longer let in on telegram.\n",
    );
    expect(await gateway.run(["pairing", "revoke", "telegram", "8"])).toMatchObject({ code: 1, out: "" });
  });

  async function knock(): Promise<string> {
    const device = createTestDevice();
    const admission = await gateway.devices.admit(
      {
        deviceId: device.id,
        publicKey: device.publicKey,
        displayName: "phone\u001b[2J",
        metadata: { platform: "android", deviceFamily: "" },
        clientId: "fased-android",
        clientMode: "ui",
        role: "operator",
        scopes: ["operator.read"],
        remoteIp: "127.0.0.1",
      },
      { credential: "shared-secret", place: "remote" },
    );
    if (admission.kind !== "pairing") throw new Error("the device is let in without asking");
    return device.id;
  }

  test("the latest device is approved, listed and revoked by the beginning of its id", async () => {
    const id = await knock();
    const approved = await gateway.run(["devices", "approve", "--latest"]);
    expect(approved.out).toBe("phone[2J from 127.0.0.1 may connect now.\nAs operator: operator.read\n");
    const listed = JSON.parse((await gateway.run(["devices", "list", "--json"])).out) as {
      pending: unknown[];
      paired: { deviceId: string }[];
    };
    expect(listed).toMatchObject({ pending: [], paired: [{ deviceId: id }] });
    expect((await gateway.run(["devices", "revoke", id.slice(0, 12)])).code).toBe(0);
    expect(gateway.devices.list({ deviceId: undefined, scopes: ["operator.admin"] }).paired).toEqual([]);
  });

  test("a device is rejected by its request; without one there is nothing to approve", async () => {
    await knock();
    const { pending } = JSON.parse((await gateway.run(["devices", "list", "--json"])).out) as {
      pending: { requestId: string }[];
    };
    expect((await gateway.run(["devices", "reject", pending[0]?.requestId ?? ""])).code).toBe(0);
    expect(await gateway.run(["devices", "approve", "--latest"])).toMatchObject({ code: 1, out: "" });
  });

  test("approvals are listed, shown and denied by their words", async () => {
    const running = gateway.run(["agent", "--message", "park", "--timeout", "1"]);
    await expect
      .poll(async () => (await gateway.run(["approvals", "list"])).out)
      .toMatch(/^amber-falcon {2}exec {2}run a command {2}until/);
    const shown = await gateway.run(["approvals", "show", "a1"]);
    expect(shown.out.split("\n").slice(0, 4)).toEqual([
      "run a command",
      "Where: on the Gateway host, outside any sandbox",
      "command:",
      "  ┆ ls",
    ]);
    expect((await gateway.run(["approvals", "deny", "amber", "falcon"])).out).toBe("Denied: run a command\n");
    const again = await gateway.run(["approvals", "approve", "amber", "falcon"]);
    expect(again.code).toBe(1);
    expect(again.err).toContain("nothing that waits is called `amber falcon`");
    await running;
  });
});

describe("without a Gateway", () => {
  const clock = createFakeClock();
  let state: string;

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "fased-cli-"));
    writeFileSync(join(state, "fased.json"), '{ channels: { telegram: { botToken: "1:a" } } }', { mode: 0o600 });
  });

  afterEach(() => {
    rmSync(state, { recursive: true, force: true });
  });

  const run = (...words: string[]) => runCli(words, { state, commands, clock });
  const store = () => createPairingStore({ paths: statePaths(state), clock });

  test("a sender is approved, listed and revoked on disk", async () => {
    const answer = await store().request({ channel: "telegram", account: "default", id: "42", name: "Ann" });
    if (answer.kind !== "created") throw new Error("no code was made");
    expect((await run("pairing", "list")).out).toContain("telegram  default  42  Ann  expires in 60 min");
    expect((await run("pairing", "approve", answer.code.toLowerCase())).code).toBe(0);
    expect(JSON.parse((await run("pairing", "list", "--json")).out)).toEqual({
      requests: [],
      approved: [{ channel: "telegram", account: "default", id: "42" }],
    });
    expect((await run("pairing", "revoke", "telegram", "42")).code).toBe(0);
    expect(JSON.parse((await run("pairing", "list", "--json")).out)).toEqual({ requests: [], approved: [] });
  });

  test("making an owner needs the Gateway, and then nobody is let in", async () => {
    const answer = await store().request({ channel: "telegram", account: "default", id: "42", name: "Ann" });
    if (answer.kind !== "created") throw new Error("no code was made");
    expect((await run("pairing", "approve", answer.code, "--owner")).code).toBe(69);
    const { approved } = JSON.parse((await run("pairing", "list", "--json")).out) as { approved: unknown[] };
    expect(approved).toEqual([]);
  });

  test("a store that cannot be read is an error, never an empty list", async () => {
    mkdirSync(join(state, "credentials"), { mode: 0o700 });
    writeFileSync(join(state, "credentials", "telegram-pairing.json"), "{broken", { mode: 0o600 });
    const { code, out, err } = await run("pairing", "list");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("telegram-pairing.json");
  });

  test("logs are read from disk, for people and for programs", async () => {
    expect(await run("logs")).toMatchObject({ code: 0, out: "", err: "The log of today is empty.\n" });
    mkdirSync(join(state, "logs"), { mode: 0o700 });
    const line = '{"level":"warn","time":"2026-01-02T03:04:05.678Z","part":"gateway","message":"odd\\u001b","port":1}';
    writeFileSync(join(state, "logs", "fased-2026-01-02.log"), `${line}\n`, { mode: 0o600 });
    expect((await run("logs")).out).toBe("03:04:05 warn  gateway: odd⟨U+001B⟩ port=1\n");
    expect((await run("logs", "--json")).out).toBe(`${line}\n`);
    expect(readFileSync(join(state, "logs", "fased-2026-01-02.log"), "utf8")).toBe(`${line}\n`);
  });
});
