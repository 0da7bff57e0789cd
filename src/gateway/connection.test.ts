import { describe, expect, test } from "vitest";
import type { SocketConnection } from "../platform/web-socket.ts";
import type { Scope } from "../policy/request.ts";
import { Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";
import { createEvents, type EventName, eventScopes } from "./events.ts";
import { gatewayLimits } from "./limits.ts";

function setUp(scopes: readonly Scope[] | undefined, bufferedBytes = 0) {
  const sent: string[] = [];
  const closed: string[] = [];
  const socket: SocketConnection = {
    onText: () => undefined,
    onClose: () => undefined,
    send: (text) => sent.push(text),
    bufferedBytes: () => bufferedBytes,
    allowMessageBytes: () => undefined,
    close: (code, reason) => closed.push(`${code} ${reason}`),
    terminate: () => undefined,
  };
  const arrival = { clientIp: "127.0.0.1", place: "local", origin: undefined } as const;
  const connection = new Connection({ id: "c1", nonce: "n", arrival }, socket);
  connection.authenticated(scopes ? "operator" : "node");
  if (scopes) {
    connection.operator = {
      caller: {
        principal: { kind: "operator", id: "shared", scopes, via: "cli" },
        path: { kind: "control", transport: "ws" },
      },
      deviceId: undefined,
      secretEpoch: 0,
      protocol: 4,
    };
  }
  return { connection, sent, closed };
}

const names = Object.keys(eventScopes) as EventName[];
const heardBy = (scopes: readonly Scope[] | undefined) => {
  const { connection } = setUp(scopes);
  return names.filter((name) => connection.mayReceive(name));
};

describe("who hears which event", () => {
  const alive: EventName[] = ["tick", "shutdown"];

  test("an administrator hears all, a node and an operator without scopes only signs of life", () => {
    expect(heardBy(["operator.admin"])).toEqual(names);
    expect(heardBy(undefined)).toEqual(alive);
    expect(heardBy([])).toEqual(alive);
  });

  test("requests for approval and for pairing go to those who may decide them", () => {
    expect(heardBy(["operator.approvals"])).toEqual(["exec.approval.requested", "exec.approval.resolved", ...alive]);
    const pairing = ["channels.pairing.changed", "device.pair.requested", "device.pair.resolved"];
    expect(heardBy(["operator.pairing"])).toEqual([...pairing, ...alive]);
    expect(heardBy(["operator.read"])).toEqual(heardBy(["operator.write"]));
    expect(heardBy(["operator.read"])).not.toContain("exec.approval.requested");
  });
});

describe("a client that reads too slowly", () => {
  test("loses what may be lost", () => {
    const { connection, sent, closed } = setUp(["operator.read"], gatewayLimits.bufferedBytesMax * 0.6);
    const events = createEvents();
    createConnections(events).add(connection);
    events.publish("tick", { ts: 1 });
    expect([sent, closed]).toEqual([[], []]);
    events.publish("policy.pending", { hash: null });
    expect(sent).toEqual(['{"type":"event","event":"policy.pending","payload":{"hash":null},"seq":1}']);
  });

  test("is closed before anything else has to be kept for it", () => {
    const { connection, sent, closed } = setUp(["operator.read"], gatewayLimits.bufferedBytesMax + 1);
    connection.send("{}");
    expect([sent, closed]).toEqual([[], ["1008 slow consumer"]]);
  });
});

test("sequence numbers are per connection, so that a gap always means a lost event", () => {
  const events = createEvents();
  const connections = createConnections(events);
  const reader = setUp(["operator.read"]);
  const approver = setUp(["operator.approvals"]);
  connections.add(reader.connection);
  connections.add(approver.connection);
  const approval = { id: "a", sessionKey: "s", runId: "r", words: "w", ts: 1 };
  events.publish("exec.approval.requested", { ...approval, expiresAtMs: 2 });
  events.publish("tick", { ts: 1 });
  const seqs = (sent: string[]) => sent.map((frame) => (JSON.parse(frame) as { seq: number }).seq);
  expect([seqs(reader.sent), seqs(approver.sent)]).toEqual([[1], [1, 2]]);
});
