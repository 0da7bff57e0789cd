/**
 * A model server over real HTTP that answers from a script: Chat Completions, Anthropic Messages and OpenAI Responses,
 * streamed. Deterministic and instant. In a test: `startScriptedModel(script)`. As a process, for benchmarks:
 * `node test/servers/scripted-model.ts --port 0 [--script FILE]`, which prints its origin; `GET /requests` counts.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import {
  chatCompletionEvents,
  type EventStream,
  messagesEvents,
  responsesEvents,
  type ScriptedAnswer,
} from "./model-events.ts";
import {
  type Conversation,
  callsOf,
  conversationOf,
  filledText,
  instantScript,
  type ModelScript,
  type ScriptedStep,
  stepFor,
} from "./model-script.ts";

export type RecordedRequest = {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: { readonly [key: string]: unknown };
};

export interface ScriptedModel {
  /** `http://127.0.0.1:PORT`; protocols live under `/v1`. */
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
  play(script: ModelScript): void;
  close(): Promise<void>;
}

const protocols: Record<string, (answer: ScriptedAnswer) => EventStream> = {
  "/v1/chat/completions": chatCompletionEvents,
  "/v1/messages": messagesEvents,
  "/v1/responses": responsesEvents,
};

/** Requests kept for inspection; older ones are forgotten, so that a long benchmark does not grow. */
const recordedMax = 500;

export async function startScriptedModel(script: ModelScript = instantScript, port = 0): Promise<ScriptedModel> {
  const player = new Player(script);
  const server = createServer((request, response) => void player.serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${bound}`,
    requests: player.requests,
    play: (next) => player.play(next),
    close: () => closeServer(server),
  };
}

class Player {
  readonly requests: RecordedRequest[] = [];
  #script: ModelScript;
  #count = 0;
  #shownFaults = new Map<ScriptedStep, number>();

  constructor(script: ModelScript) {
    this.#script = script;
  }

  play(script: ModelScript): void {
    this.#script = script;
    this.#shownFaults = new Map();
    this.requests.length = 0;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (request.method === "GET") {
      this.#tell(path, response);
      return;
    }
    const text = await readBody(request);
    const events = protocols[path];
    if (!events) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":{"message":"no such path"}}');
      return;
    }
    const body = JSON.parse(text) as RecordedRequest["body"];
    this.#count += 1;
    if (this.requests.length >= recordedMax) this.requests.shift();
    this.requests.push({ path, headers: request.headers, body });
    await this.#answer(conversationOf(body), events, response);
  }

  async #answer(
    conversation: Conversation,
    events: (answer: ScriptedAnswer) => EventStream,
    response: ServerResponse,
  ): Promise<void> {
    const step = stepFor(this.#script, conversation);
    const fault = this.#faultOf(step);
    if (fault?.kind === "status") {
      const body =
        fault.body ?? JSON.stringify({ type: "error", error: { type: "scripted", message: "scripted fault" } });
      response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers }).end(body);
      return;
    }
    if (fault?.kind === "slow") await silence(fault.delayMs, response);
    const text = filledText(step, conversation);
    const stream = events({ text, calls: callsOf(step, conversation), id: this.#count });
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const half = stream.body.slice(0, Math.ceil(stream.body.length / 2));
    switch (fault?.kind) {
      case "cut":
        response.write(half.join(""), () => response.destroy());
        return;
      case "unfinished":
        response.end(half.join(""));
        return;
      case "garbage":
        response.end(`${half.join("")}data: {"broken\n\n`);
        return;
      default:
        response.end([...stream.body, ...stream.end].join(""));
    }
  }

  #faultOf(step: ScriptedStep): ScriptedStep["fault"] {
    if (step.fault === undefined) return undefined;
    const shown = this.#shownFaults.get(step) ?? 0;
    if (step.faults !== undefined && shown >= step.faults) return undefined;
    this.#shownFaults.set(step, shown + 1);
    return step.fault;
  }

  #tell(path: string, response: ServerResponse): void {
    const answers: Record<string, unknown> = {
      "/v1/models": { object: "list", data: [{ id: "scripted", object: "model" }] },
      "/api/tags": { models: [{ name: "scripted:latest", model: "scripted:latest" }] },
      "/requests": { count: this.#count },
    };
    const answer = answers[path];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  }
}

function silence(delayMs: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    response.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: "string", default: "0" }, script: { type: "string" } } });
  const script =
    values.script === undefined ? instantScript : (JSON.parse(readFileSync(values.script, "utf8")) as ModelScript);
  const running = await startScriptedModel(script, Number(values.port));
  process.stdout.write(`${running.origin}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void running.close());
}
