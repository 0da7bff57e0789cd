/** The `health` event: a page knows of a channel's change without asking. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { GatewayEvent } from "../../../src/cli/gateway-client.ts";
import { configWith, eventually, startWhole, type Whole, wholeToken } from "../../fakes/whole-gateway.ts";
import { connectParams, openWs } from "../../fakes/ws-client.ts";

let whole: Whole;
beforeEach(async () => {
  const config = configWith(`channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["7"] } },`);
  whole = await startWhole({ config, channels: ["telegram"] });
});
afterEach(() => whole.remove());

type Health = {
  readonly ok?: true;
  readonly channels: Readonly<Record<string, { readonly state: string; readonly problem?: { readonly fix: string } }>>;
};

const healths = (events: readonly GatewayEvent[]): readonly Health[] =>
  events.filter(({ event }) => event === "health").map(({ payload }) => payload as Health);

const statesOf = (events: readonly GatewayEvent[]) =>
  healths(events).map(({ channels }) => channels["telegram:default"]?.state);

test("a channel that goes down and comes back is told once each, with its problem and fix", async () => {
  const operator = await whole.operator();
  const telegram = whole.channel("telegram");
  telegram.goDown();
  telegram.goDown();
  telegram.comeBack();
  await eventually(() => statesOf(operator.events).length >= 2, "both changes");
  expect(statesOf(operator.events)).toEqual(["disconnected", "connected"]);
  const [down] = healths(operator.events);
  expect(down).toMatchObject({ ok: true, defaultAgentId: "main", ts: expect.any(Number) });
  expect(down?.channels["telegram:default"]?.problem?.fix).toContain("reconnects");
});

test("the greeting counts the changes, and the event says what `health` says", async () => {
  const versionOf = async () => {
    const client = await openWs(`ws://127.0.0.1:${whole.started.port}/`);
    const hello = await client.connect(connectParams({ token: wholeToken }));
    client.close();
    const { snapshot } = hello.payload as { snapshot: { stateVersion: { health: number } } };
    return snapshot.stateVersion.health;
  };
  const operator = await whole.operator();
  const before = await versionOf();
  whole.channel("telegram").goDown();
  await eventually(() => healths(operator.events).length > 0, "the event");
  expect(await versionOf()).toBe(before + 1);
  expect(await operator.call("health")).toEqual({ ...healths(operator.events)[0], ts: expect.any(Number) });
});

test("a config that changed on disk is told, too", async () => {
  const operator = await whole.operator();
  const path = join(whole.state, "fased.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"7"', '"7", "8"'));
  await eventually(() => healths(operator.events).length > 0, "the event");
});
