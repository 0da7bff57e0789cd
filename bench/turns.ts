/** Agent turns over HTTP: a Gateway with a model server in another process, and a client that waits for each answer. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import type { ModelScript } from "../test/servers/model-script.ts";
import { type Gateway, newState, startGateway } from "./gateway.ts";
import { end, type Lab } from "./lab.ts";

export type TurnLab = {
  readonly gateway: Gateway;
  readonly state: string;
  /** Resolves with the agent's words. Rejects on anything but an answer. */
  turn(session: string, text: string): Promise<string>;
  /** How long the same took, in milliseconds. */
  timedTurn(session: string, text?: string): Promise<number>;
  close(): Promise<void>;
};

type TurnOptions = {
  readonly script?: ModelScript;
  /** Changes the config further. */
  readonly change?: (config: string) => string;
};

const socketsMax = 16;

export async function openTurnLab(lab: Lab, { script, change = (text) => text }: TurnOptions = {}): Promise<TurnLab> {
  const model = await startModel(lab, script);
  const state = newState(lab, change(withModel(await firstConfig(lab), model.origin)));
  const gateway = await startGateway(lab, state);
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const turn = (session: string, text: string) => postTurn({ gateway, agent, session, text });
  return {
    gateway,
    state,
    turn,
    async timedTurn(session, text = "Hello.") {
      const started = performance.now();
      const answer = await turn(session, text);
      const tookMs = performance.now() - started;
      if (answer === "") throw new Error("the agent answered nothing");
      return tookMs;
    },
    async close() {
      agent.destroy();
      await gateway.stop();
      await model.stop();
    },
  };
}

/** A model server on the driver's Node: on the Gateway's it would share pages and make it look smaller. */
export async function startModel(lab: Lab, script?: ModelScript) {
  const words = [lab.modelProgram, ...(script === undefined ? [] : [JSON.stringify(script)])];
  const child = lab.start(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("the model server has no output");
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  return { origin: first.toString("utf8").trim(), stop: () => end(child, "SIGTERM") };
}

const firstConfigs = new WeakMap<Lab, Promise<string>>();

/** What a first start writes on this machine. */
export function firstConfig(lab: Lab): Promise<string> {
  const known = firstConfigs.get(lab) ?? writtenConfig(lab);
  firstConfigs.set(lab, known);
  return known;
}

async function writtenConfig(lab: Lab): Promise<string> {
  const state = newState(lab);
  const gateway = await startGateway(lab, state);
  await gateway.stop();
  return readFileSync(join(state, "fased.json"), "utf8");
}

/** The first config plus a model, the HTTP endpoint, and a budget that ten thousand turns fit into. */
export function withModel(config: string, origin: string): string {
  const model = `model: "bench/scripted", budgets: { dayTokensMax: 1000000000000 }`;
  const models = `models: { providers: { bench: { baseUrl: "${origin}/v1", api: "openai-completions", apiKey: "none" } } }`;
  return [
    [`gateway: {`, `gateway: { http: { endpoints: { chatCompletions: { enabled: true } } },`],
    [`agents: { defaults: {`, `agents: { defaults: { ${model},`],
    [`  discovery:`, `  ${models},\n  discovery:`],
  ].reduce((text, [from = "", to = ""]) => replaced(text, from, to), config);
}

/** Throws where the first config no longer has what is to be replaced. */
export function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the first config has no \`${from}\`; adapt bench/turns.ts`);
  return text.replace(from, () => to);
}

type Asked = { readonly gateway: Gateway; readonly agent: Agent; readonly session: string; readonly text: string };

async function postTurn({ gateway, agent, session, text }: Asked): Promise<string> {
  const body = JSON.stringify({ model: "fased", messages: [{ role: "user", content: text }] });
  const headers = {
    authorization: `Bearer ${gateway.token}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-fased-session-key": `agent:main:bench:${session}`,
  };
  const { port } = gateway;
  const call = request({ host: "127.0.0.1", port, path: "/v1/chat/completions", method: "POST", headers, agent });
  call.end(body);
  const [response] = (await once(call, "response")) as [import("node:http").IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString("utf8");
  if (response.statusCode !== 200) throw new Error(`a turn was answered with ${response.statusCode}: ${answer}`);
  const { choices } = JSON.parse(answer) as { choices: [{ message: { content: string } }] };
  return choices[0].message.content;
}
