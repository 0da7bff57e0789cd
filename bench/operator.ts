/** An operator's WebSocket connection, as plain as it can be, so that the driver costs little. */
import { type RawData, WebSocket } from "ws";

export type Operator = {
  readonly socket: WebSocket;
  call<Payload>(method: string, params?: object): Promise<Payload>;
  close(): void;
};

type Frame = {
  readonly type: string;
  readonly id?: string;
  readonly event?: string;
  readonly ok?: boolean;
  readonly payload?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
};

type Waiting = { settle(payload: unknown): void; fail(error: Error): void };

const scopes = ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"];
const client = { id: "cli", version: "0.0.0", platform: "linux", mode: "cli" };
const connectWords = { minProtocol: 4, maxProtocol: 4, client, role: "operator", scopes };

/** Connects and logs in. Rejects when nobody listens or the connection ends. */
export async function connectOperator(port: number, token: string): Promise<Operator> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  const waiting = new Map<string, Waiting>();
  const greeted = new Promise<unknown>((settle, fail) => waiting.set("greeting", { settle, fail }));
  const failAll = (error: Error) => {
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  const settle = (id: string, { ok, payload, error }: Frame) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (ok === false) caller?.fail(new Error(`${error?.code}: ${error?.message}`));
    else caller?.settle(payload);
  };
  socket.on("error", failAll);
  socket.on("close", () => failAll(new Error("the Gateway closed the connection")));
  socket.on("message", (data: RawData) => {
    const frame = JSON.parse(data.toString()) as Frame;
    if (frame.event === "connect.challenge") settle("greeting", frame);
    else if (frame.type === "res" && frame.id !== undefined) settle(frame.id, frame);
  });
  let calls = 0;
  const operator: Operator = {
    socket,
    call<Payload>(method: string, params: object = {}) {
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error("the Gateway closed the connection"));
      calls += 1;
      const id = `b${calls}`;
      const answer = new Promise<unknown>((settled, fail) => waiting.set(id, { settle: settled, fail }));
      socket.send(JSON.stringify({ type: "req", id, method, params }));
      return answer as Promise<Payload>;
    },
    close: () => socket.terminate(),
  };
  await greeted;
  await operator.call("connect", { ...connectWords, auth: { token } });
  return operator;
}
