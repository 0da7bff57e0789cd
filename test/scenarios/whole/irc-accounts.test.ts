import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { GatewayConnection } from "../../../src/cli/gateway-client.ts";
import { ask, configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { describeNeeding } from "../../needs.ts";
import { type IrcServices, startIrcServices } from "../../servers/irc-services.ts";
import { createNgircd, joinNetwork, type Ngircd, type Person } from "../../servers/ngircd.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

let server: Ngircd;
let services: IrcServices;
let whole: Whole;
let operator: GatewayConnection;
let people: Person[];
let model: ScriptedModel;

beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());
beforeEach(async () => {
  people = [];
  server = await createNgircd();
});
afterEach(async () => {
  for (const person of people) person.leave();
  await whole.remove();
  await services.close();
  await server.close();
});

type Account = { readonly connected: boolean; readonly problem?: { readonly message: string; readonly fix: string } };
type Statuses = { readonly channelAccounts: Readonly<Record<string, readonly Account[]>> };
const status = async () => (await operator.call<Statuses>("channels.status", {})).channelAccounts["irc"]?.[0];

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function start(): Promise<void> {
  await server.start();
  services = await startIrcServices(server.port);
  whole = await startWhole({
    config: configWith(`
      security: { owners: [{ channel: "irc", id: "account:Ann" }] },
      channels: { irc: {
        host: "127.0.0.1", port: ${services.port}, tls: false, nick: "keeper",
        dmPolicy: "allowlist", allowFrom: ["bob!~bob@127.0.0.1", "account:eve"],
      } },
      models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },`).replace(
      "defaults: {",
      'defaults: { model: "scripted/scripted",',
    ),
    channels: "real",
  });
  operator = await whole.operator();
  await until(async () => (await status())?.connected === true);
}

async function joined(nick: string): Promise<Person> {
  const person = await joinNetwork(server.port, nick, []);
  people.push(person);
  return person;
}

/** Somebody says something to the Gateway and gets an answer. */
async function greets(person: Person): Promise<void> {
  const before = person.heard.length;
  await person.say("keeper", "/whoami");
  await eventually(() => person.heard.length > before, "an answer");
}

const asks = () =>
  operator.call<{ id: string; words: string }>("exec.approval.request", { command: "uname -a", twoPhase: true });

const cardsOf = ({ heard }: Person) => heard.filter(({ message }) => message.includes("uname -a"));
const state = async () => (await operator.call<{ approvals: unknown[] }>("exec.approval.list", {})).approvals.length;

describeNeeding("ngircd")("an owner who is a services account", () => {
  test("gets the card under the nick that the account wrote from, and decides it there", async () => {
    await start();
    const ann = await joined("annie");
    services.login("annie", "ann");
    await greets(ann);
    void asks().catch(() => undefined);
    await eventually(() => cardsOf(ann).length > 0, "the card");
    const { approvals } = await operator.call<{ approvals: { words: string }[] }>("exec.approval.list", {});
    await ann.say("keeper", `approve ${approvals[0]?.words}`);
    await until(async () => (await state()) === 0);
    expect((await status())?.problem).toBeUndefined();
  }, 60_000);

  test("gets none under a nick that somebody else has by then: that is said, and they get it when they write again", async () => {
    await start();
    const wearer = await joined("annie");
    services.login("annie", "ann");
    await greets(wearer);
    // The account is gone, the nick is worn: by whom, nobody can tell.
    services.login("annie");
    void asks().catch(() => undefined);
    await until(async () => (await status())?.problem !== undefined);
    expect((await status())?.problem).toMatchObject({
      message: expect.stringContaining("account:ann"),
      fix: expect.stringContaining("fased approvals list"),
    });
    expect(whole.log.join("\n")).toContain("no nick on the IRC network proves to be its recipient");

    const back = await joined("annie2");
    services.login("annie2", "ann");
    await greets(back);
    expect((await status())?.problem).toBeUndefined();
    await eventually(() => cardsOf(back).length > 0, "the card", 30_000);
    expect(cardsOf(wearer)).toEqual([]);
  }, 60_000);

  test("gets none before anybody proved to be that account, whatever they call themselves", async () => {
    await start();
    const claims = await joined("ann");
    await claims.say("keeper", "hello");
    void asks().catch(() => undefined);
    await until(async () => (await status())?.problem !== undefined);
    expect(cardsOf(claims)).toEqual([]);
  }, 60_000);
});

describeNeeding("ngircd")("a message to a nick", () => {
  const tells = (target: string) => {
    const said = { name: "message", arguments: { channel: "irc", target, message: "dinner at eight" } };
    model.play({ rules: [], otherwise: [{ calls: [said] }, { text: "END" }] });
    return ask(operator, `tell ${target}: dinner at eight`);
  };

  test("enters the session of the person who was heard under it: their question is answered", async () => {
    await start();
    const bob = await joined("bob");
    await greets(bob);
    expect(await tells("bob")).toBe("END");
    await eventually(() => bob.heard.at(-1)?.message === "dinner at eight", "the message");
    model.play({ rules: [], otherwise: [{ text: "**Dinner**, as I said." }] });
    await bob.say("keeper", "what was that?");
    await eventually(() => bob.heard.at(-1)?.message === "\u0002Dinner\u0002, as I said.", "the answer");
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain("dinner at eight");
  }, 60_000);

  test("whose wearer proved an account goes to that account, not to whoever wears it next", async () => {
    await start();
    const wearer = await joined("evie");
    services.login("evie", "eve");
    await greets(wearer);
    services.login("evie");
    const before = wearer.heard.length;
    expect(await tells("evie")).toBe("END");
    await until(async () => (await status())?.problem !== undefined);
    const back = await joined("evie2");
    services.login("evie2", "eve");
    await greets(back);
    await eventually(() => back.heard.at(-1)?.message === "dinner at eight", "the message", 30_000);
    expect(wearer.heard).toHaveLength(before);
  }, 60_000);
});
