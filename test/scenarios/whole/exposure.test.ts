/** What stands open beside who may do what: it waits for consent like everything that widens. */
import { existsSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GatewayConnection } from "../../../src/cli/gateway-client.ts";
import { ask, configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import { startTides, type Tides } from "../../servers/tides.ts";

let whole: Whole;
afterEach(async () => whole.remove());

type Pending = {
  readonly hash: string;
  readonly widened: readonly { what: string; sentence: string }[];
  readonly restartKeys: readonly string[];
};

const addressesBeyondLoopback = () =>
  Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);

const write = (text: string) => writeFileSync(join(whole.state, "fased.json"), text);

async function pendingOf(operator: GatewayConnection, state: "waits" | "nothing"): Promise<Pending | null> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const pending = await operator.call<Pending | null>("policy.pending", {});
    if ((pending !== null) === (state === "waits")) return pending;
    if (Date.now() > deadline) throw new Error(`the policy never was: ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function accept(operator: GatewayConnection): Promise<Pending> {
  const pending = await pendingOf(operator, "waits");
  if (!pending) throw new Error("nothing waits");
  await operator.call("policy.accept", { hash: pending.hash });
  return pending;
}

describe("the HTTP endpoint", () => {
  const off = configWith("");
  const on = off.replace("gateway: {", "gateway: { http: { endpoints: { chatCompletions: { enabled: true } } },");
  const status = async () => {
    const response = await fetch(`http://127.0.0.1:${whole.started.port}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: "Bearer a-token-for-tests-that-is-long-enough",
        "content-type": "application/json",
      },
      body: JSON.stringify({ model: "fased", messages: [{ role: "user", content: "help" }] }),
    });
    return response.status;
  };

  test("is served only after the owner took it, restart or not", async () => {
    whole = await startWhole({ config: off });
    await whole.stop();
    write(on);
    whole = await whole.restart();
    expect(await status()).toBe(404);
    const { widened } = await accept(await whole.operator());
    expect(widened.map(({ sentence }) => sentence)).toEqual([
      "gateway.http.endpoints.chatCompletions.enabled: false becomes true",
    ]);
    whole = await whole.restart();
    expect(await status()).toBe(200);
  });

  test("that is switched off again is off, with nothing to ask", async () => {
    whole = await startWhole({ config: on });
    expect(await status()).toBe(200);
    await whole.stop();
    write(off);
    whole = await whole.restart();
    expect(await status()).toBe(404);
    expect(await pendingOf(await whole.operator(), "nothing")).toBeNull();
  });
});

type Status = {
  readonly problems: readonly { code: string; path: string; line: number; fix: string }[];
  readonly restartKeys: readonly string[];
};

describe("the listener", () => {
  const lan = configWith("").replace('bind: "loopback"', 'bind: "lan", customBindHost: "10.0.0.1"');

  test.each(["a new state", "a state that was started before"])(
    "stays on loopback on %s, and everyone is told why and what to do instead",
    async (state) => {
      whole = await startWhole({ config: state === "a new state" ? lan : configWith("") });
      if (state !== "a new state") {
        await whole.stop();
        write(lan);
        whole = await whole.restart();
      }
      const operator = await whole.operator();
      const { problems } = await operator.call<Status>("status");
      const told = {
        code: "gateway.bind_refused",
        path: "gateway.bind",
        line: 2,
        fix: expect.stringContaining("ssh -N -L"),
      };
      expect(problems).toMatchObject([told]);
      expect(whole.log.join("\n")).toMatch(/gateway\.bind: `lan` is refused: this version listens on loopback only/);
      expect(await pendingOf(operator, "nothing")).toBeNull();
      for (const address of addressesBeyondLoopback()) {
        await expect(fetch(`http://${address}:${whole.started.port}/healthz`)).rejects.toThrow();
      }
      expect((await fetch(`http://127.0.0.1:${whole.started.port}/healthz`)).status).toBe(200);
    },
  );

  test("is not set to another address by any client", async () => {
    whole = await startWhole({ config: configWith("") });
    const operator = await whole.operator();
    const { hash } = await operator.call<{ hash: string }>("config.get");
    const patch = operator.call("config.patch", { raw: '{ gateway: { bind: "lan" } }', baseHash: hash });
    await expect(patch).rejects.toThrow("this version listens on loopback only");
    await expect(patch).rejects.toMatchObject({ details: { code: "config.invalid" } });
    expect((await operator.call<Status>("status")).problems).toEqual([]);
  });

  test("takes an accepted origin with its next start, and says so until then", async () => {
    whole = await startWhole({ config: configWith("") });
    const operator = await whole.operator();
    const other = { origin: "https://page.example" };
    const seen = async () => (await fetch(`http://127.0.0.1:${whole.started.port}/healthz`, { headers: other })).status;
    write(
      configWith("").replace(
        'bind: "loopback"',
        'bind: "loopback", controlUi: { allowedOrigins: ["https://page.example"] }',
      ),
    );
    const pending = await pendingOf(operator, "waits");
    expect(pending?.restartKeys).toEqual(["gateway.controlUi.allowedOrigins"]);
    expect((await operator.call<Status>("status")).restartKeys).toEqual([]);
    const accepted = await operator.call("policy.accept", { hash: pending?.hash });
    expect(accepted).toMatchObject({ ok: true, restartKeys: ["gateway.controlUi"] });
    expect((await operator.call<Status>("status")).restartKeys).toEqual(["gateway.controlUi"]);
    expect(await seen()).toBe(403);
    whole = await whole.restart();
    expect((await (await whole.operator()).call<Status>("status")).restartKeys).toEqual([]);
    expect(await seen()).toBe(200);
  });

  test("stays where it was accepted while another origin waits", async () => {
    whole = await startWhole({ config: configWith("") });
    await whole.stop();
    write(configWith("").replace('bind: "loopback"', 'bind: "lan", controlUi: { allowedOrigins: ["*"] }'));
    whole = await whole.restart();
    expect(whole.started.mode).toBe("normal");
    const pending = await pendingOf(await whole.operator(), "waits");
    expect(pending?.widened.map(({ what }) => what)).toEqual(["gateway.controlUi.allowedOrigins"]);
    const foreign = await fetch(`http://127.0.0.1:${whole.started.port}/`, {
      headers: { connection: "upgrade", upgrade: "websocket", origin: "https://evil.example" },
    }).catch(() => undefined);
    expect(foreign?.status).not.toBe(101);
  });
});

describe("private addresses", () => {
  let tides: Tides;
  beforeAll(async () => {
    tides = await startTides();
  });
  afterAll(() => tides.close());

  const naming = () => configWith(`network: { privateHosts: ["${tides.origin}"] },`);

  test("that the file adds are not reached before the owner took them, and are after", async () => {
    whole = await startWhole({ config: configWith("") });
    const operator = await whole.operator();
    write(naming());
    await pendingOf(operator, "waits");
    tides.forget();
    expect(await ask(operator, `fetch ${tides.origin}/tides`)).not.toContain("the tide is high");
    expect(tides.asked()).toBe(0);
    await accept(operator);
    expect(await ask(operator, `fetch ${tides.origin}/tides`)).toContain("the tide is high");
    expect(tides.asked()).toBe(1);
  });

  test("that the file removes are out of reach at once", async () => {
    whole = await startWhole({ config: naming() });
    const operator = await whole.operator();
    tides.forget();
    expect(await ask(operator, `fetch ${tides.origin}/tides`)).toContain("the tide is high");
    const { configHash } = await hashOf(operator);
    write(configWith(""));
    await eventuallyChanged(operator, configHash);
    expect(await ask(operator, `fetch ${tides.origin}/tides`)).not.toContain("the tide is high");
    expect(tides.asked()).toBe(1);
  });

  async function hashOf(operator: GatewayConnection): Promise<{ configHash: string }> {
    const { hash } = await operator.call<{ hash: string }>("config.get", {});
    return { configHash: hash };
  }

  async function eventuallyChanged(operator: GatewayConnection, before: string): Promise<void> {
    let now = before;
    const poll = setInterval(() => void hashOf(operator).then(({ configHash }) => (now = configHash)), 20);
    await eventually(() => now !== before, "the new config").finally(() => clearInterval(poll));
  }
});

describe("the address of a model", () => {
  let first: ScriptedModel;
  let second: ScriptedModel;
  beforeAll(async () => {
    [first, second] = [await startScriptedModel(), await startScriptedModel()];
    first.play({ rules: [], otherwise: [{ text: "I am the first." }] });
    second.play({ rules: [], otherwise: [{ text: "I am the second." }] });
  });
  afterAll(() => Promise.all([first.close(), second.close()]).then(() => undefined));

  const at = ({ origin }: ScriptedModel, key: string) =>
    configWith(`models: { providers: { scripted: { baseUrl: "${origin}/v1", apiKey: "${key}" } } },`).replace(
      "defaults: {",
      'defaults: { model: "scripted/scripted",',
    );

  test("is a reader: another one sees nothing before the owner took it, nor does the old one see its key", async () => {
    whole = await startWhole({ config: at(first, "key-of-the-first") });
    const operator = await whole.operator();
    expect(await ask(operator, "who are you?")).toBe("I am the first.");
    const { length } = first.requests;
    write(at(second, "key-of-the-second"));
    const pending = await pendingOf(operator, "waits");
    expect(pending?.widened.map(({ what }) => what)).toEqual(["models.providers.scripted.baseUrl"]);
    expect(await ask(operator, "who are you?")).toContain("fased config accept");
    expect([first.requests.length, second.requests.length]).toEqual([length, 0]);
    await accept(operator);
    expect(await ask(operator, "who are you?")).toBe("I am the second.");
    expect(first.requests).toHaveLength(length);
  });

  test("that an operator enters with its key is taken by that", async () => {
    whole = await startWhole({ config: configWith("") });
    const operator = await whole.operator();
    const entered = { provider: "scripted", apiKey: "entered", baseUrl: `${first.origin}/v1`, model: "scripted" };
    await operator.call("models.auth.configure", entered);
    expect(await ask(operator, "who are you?")).toBe("I am the first.");
    expect(await pendingOf(operator, "nothing")).toBeNull();
  });
});

describe("approved tasks", () => {
  let model: ScriptedModel;
  beforeAll(async () => {
    model = await startScriptedModel();
  });
  afterAll(() => model.close());

  const made = (name: string) => existsSync(join(whole.workspace, name));
  const withTask = (argv: readonly string[]) =>
    configWith(
      `models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },
       network: { privateHosts: ["${model.origin}"] },`,
    )
      .replace("defaults: {", 'defaults: { model: "scripted/scripted",')
      .replace("exec: {", `exec: { tasks: [{ name: "note", argv: ${JSON.stringify(argv)} }],`);
  const run = (operator: GatewayConnection) => {
    model.play({
      rules: [],
      otherwise: [{ calls: [{ name: "exec", arguments: { task: "note" } }] }, { text: "END {{result}}" }],
    });
    return ask(operator, "run the task");
  };

  test("run as they were approved, or not at all: another command under the same name waits", async () => {
    whole = await startWhole({ config: withTask(["/usr/bin/touch", "first"]) });
    const operator = await whole.operator();
    await run(operator);
    expect(made("first")).toBe(true);
    write(withTask(["/usr/bin/touch", "second"]));
    await pendingOf(operator, "waits");
    expect(await run(operator)).toContain("no approved task");
    expect(made("second")).toBe(false);
    await accept(operator);
    await run(operator);
    expect(made("second")).toBe(true);
  });
});
