import { afterEach, beforeEach, expect, test } from "vitest";
import type { GatewayConnection } from "../../../src/cli/gateway-client.ts";
import { configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { describeNeeding } from "../../needs.ts";
import { createNgircd, joinNetwork, type Ngircd } from "../../servers/ngircd.ts";

let server: Ngircd;
let whole: Whole;
beforeEach(async () => {
  server = await createNgircd();
});
afterEach(async () => {
  await whole.remove();
  await server.close();
});

const reconnectTimeoutMs = 45_000;

const config = () =>
  configWith(`channels: { irc: {
    host: "127.0.0.1", port: ${server.port}, tls: false, nick: "keeper", channels: ["#den"],
    groups: { "#den": {} }, groupAllowFrom: ["bob"],
  } },`);

type Account = { readonly connected: boolean; readonly lastError: string | null; readonly problem?: { fix: string } };

async function irc(operator: GatewayConnection): Promise<Account | undefined> {
  const status = await operator.call<{ channelAccounts: Record<string, Account[]> }>("channels.status", {});
  return status.channelAccounts["irc"]?.[0];
}

async function untilIrc(operator: GatewayConnection, wanted: (account: Account) => boolean): Promise<Account> {
  const deadline = Date.now() + reconnectTimeoutMs;
  for (;;) {
    const account = await irc(operator);
    if (account && wanted(account)) return account;
    if (Date.now() > deadline) throw new Error(`irc never came to it; last: ${JSON.stringify(account)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describeNeeding("ngircd")("an IRC server that is down", () => {
  test("at the start: the Gateway runs and says what is wrong; when the server comes, it connects by itself", async () => {
    whole = await start();
    const operator = await whole.operator();
    const down = await untilIrc(operator, ({ lastError }) => lastError !== null);
    expect(down.connected).toBe(false);
    expect(down.problem?.fix).toMatch(/./);
    await server.start();
    expect(await untilIrc(operator, ({ connected }) => connected)).toMatchObject({ lastError: null });
  }, 90_000);

  test("later: it is reported, the control plane goes on, and it comes back by itself and in its channels", async () => {
    await server.start();
    whole = await start();
    const operator = await whole.operator();
    await untilIrc(operator, ({ connected }) => connected);
    await server.kill();
    await untilIrc(operator, ({ connected }) => !connected);
    expect(await operator.call("health", {})).toMatchObject({ ok: true });
    await server.start();
    await untilIrc(operator, ({ connected }) => connected);
    const ann = await joinNetwork(server.port, "ann", ["#den"]);
    await ann.say("keeper", "hello");
    await eventually(() => ann.heard.length > 0, "a pairing code");
    await ann.say("#den", "keeper: help");
    const arrived = async () =>
      JSON.stringify(await operator.call("messages.why", {})).includes("group.sender_not_listed");
    while (!(await arrived())) await new Promise((resolve) => setTimeout(resolve, 50));
    ann.leave();
  }, 90_000);
});

const start = () => startWhole({ config: config(), channels: "real" });
