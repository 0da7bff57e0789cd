/** A Gateway whose agent follows a script: the same messages as the offline assistant understands, the same frames. */
import { type Methods, type ProtocolServer, startProtocolServer, WireFault } from "./protocol-server.ts";
import { createChatScript } from "./scripted-chat.ts";
import * as data from "./scripted-data.ts";

/** In what state the Gateway is when a test begins. */
export type Situation = "busy" | "fresh" | "recovery" | "widened" | "hostile" | "unpaired";

export type ScriptedGateway = ProtocolServer;

export async function startScriptedGateway(situation: Situation): Promise<ScriptedGateway> {
  const now = Date.now();
  let server: ProtocolServer | undefined;
  const publish = (event: string, payload: unknown) => server?.publish(event, payload);
  const chat = createChatScript({ situation, now, publish });
  const methods: Methods = {
    ...chat.methods,
    ...coreMethods(situation, now),
    ...(situation === "recovery"
      ? {}
      : { ...peopleMethods(situation, now, publish), ...modelMethods(), ...policyMethods(situation, now) }),
  };
  server = await startProtocolServer({
    methods,
    snapshot: { sessionDefaults: { defaultAgentId: "main", mainKey: "main", mainSessionKey: data.mainKey } },
    newDevices: situation === "unpaired" ? "pairing" : "paired",
  });
  return server;
}

function coreMethods(situation: Situation, now: number): Methods {
  let config = situation === "recovery" ? data.configText.replace("gateway:", "gatewey:") : data.configText;
  const snapshot = () => ({
    ...{
      path: "/home/friend/.fased/fased.json",
      exists: true,
      raw: config,
      parsed: {},
      config: {},
      hash: String(config.length),
    },
    ...{ valid: !config.includes("gatewey"), issues: config.includes("gatewey") ? data.recoveryStatus.problems : [] },
  });
  return {
    health: () => ({ ok: true }),
    status: () => ({ ...data.statusData(now), ...(situation === "recovery" ? data.recoveryStatus : {}) }),
    "config.get": snapshot,
    "config.set": ({ raw, baseHash }) => {
      if (baseHash !== snapshot().hash)
        throw new WireFault("INVALID_REQUEST", "the file changed meanwhile", { code: "config.stale" });
      config = String(raw);
      return { ...snapshot(), ok: true, restartRequired: false };
    },
    "logs.tail": ({ cursor }) => ({
      file: "fased.log",
      size: 4096,
      truncated: false,
      reset: false,
      ...logLines(now, Number(cursor ?? 0)),
    }),
    "security.audit": () => ({ ts: now, summary: { critical: 1, warn: 1, info: 1 }, findings: data.findingsData() }),
    "security.explain": ({ from, tool }) => explanation(String(from), String(tool ?? "")),
    "security.whoCan": ({ tool }) => ({ reach: data.reachData.map((cell) => ({ ...cell, what: String(tool) })) }),
    "device.pair.list": () => devices(now),
    "device.pair.approve": () => ({ ok: true }),
    "device.pair.reject": () => ({ ok: true }),
    "device.pair.remove": () => ({ ok: true }),
  };
}

function explanation(from: string, tool: string) {
  if (from === "nobody")
    throw new WireFault("INVALID_REQUEST", "`nobody` names no one", {
      code: "explain.unknown_person",
      fix: "write channel:id",
    });
  return {
    sentence: `${from} may not use ${tool === "" ? "anything" : tool}: the profile of paired senders has no such tool.`,
    decision: {
      effect: "deny",
      reason: "tools.not_in_profile",
      because: [{ id: "profile.messaging", origin: "tools.profile" }],
    },
    lines: [{ file: "fased.json", line: 9, text: '  tools: { profile: "messaging" },' }],
    fix: `Add "${tool}" to tools.toolsBySender.`,
  };
}

function logLines(now: number, cursor: number) {
  if (cursor > 0) return { cursor, lines: [] };
  const line = (level: number, msg: string, more: object = {}) =>
    JSON.stringify({ level, time: now - 60_000 + level, msg, ...more });
  return {
    cursor: 4096,
    lines: [
      line(30, "listening", { port: 18_789, bind: "loopback" }),
      line(30, "channel connected", { channel: "telegram", account: "default" }),
      line(40, "channel slow", { channel: "irc", latencyMs: 4100 }),
      line(50, "model call failed", { provider: "anthropic", status: 401 }),
      line(30, `long line ${"x".repeat(64_000)}`),
    ],
  };
}

function devices(now: number) {
  const scopes = ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"];
  return {
    pending: [
      {
        ...{
          requestId: "d-req-1",
          deviceId: "b".repeat(64),
          clientId: "fased-control-ui",
          clientMode: "ui",
          displayName: "Firefox",
        },
        ...{
          platform: "iphone",
          role: "operator",
          scopes: ["operator.read", "operator.write"],
          remoteIp: "127.0.0.1",
          ts: now - 40_000,
          reason: "not-paired",
        },
      },
    ],
    paired: [
      {
        ...{
          deviceId: "a".repeat(64),
          clientId: "cli",
          clientMode: "cli",
          displayName: "fased on garden",
          platform: "linux",
        },
        ...{
          role: "operator",
          roles: ["operator"],
          scopes,
          tokens: [],
          createdAtMs: now - 86_400_000,
          approvedAtMs: now - 86_400_000,
        },
      },
    ],
  };
}

type Publish = (event: string, payload: unknown) => void;

function peopleMethods(situation: Situation, now: number, publish: Publish): Methods {
  let requests = situation === "fresh" ? [] : [request(situation, now)];
  const settle = ({ requestId }: Record<string, unknown>) => {
    requests = requests.filter((one) => one.requestId !== requestId);
    publish("channels.pairing.changed", { channel: "telegram", account: "default" });
    return { requestId, senderId: "77120", notification: "not-requested", commandOwnerBootstrap: "not-requested" };
  };
  return {
    "channels.status": () => channelStatus(situation, now),
    "channels.pairing.list": () => ({
      accounts: [],
      requests,
      commandOwnerConfigured: false,
      limits: { pendingPerAccount: 3, ttlMs: 3_600_000 },
    }),
    "channels.pairing.approve": settle,
    "channels.pairing.dismiss": settle,
  };
}

function request(situation: Situation, now: number) {
  const name = situation === "hostile" ? '<img src=x onerror="alert(1)">\u202Egnp.exe' : "Guest";
  return {
    ...{
      requestId: "pr-1",
      channel: "telegram",
      channelLabel: "Telegram",
      accountId: "default",
      senderId: "77120",
      senderLabel: name,
    },
    ...{ createdAt: new Date(now - 720_000).toISOString(), expiresAt: new Date(now + 2_880_000).toISOString() },
  };
}

function channelStatus(situation: Situation, now: number) {
  if (situation === "fresh") return { ts: now, channelOrder: [], channelLabels: {}, channels: {}, channelAccounts: {} };
  const telegram = {
    channel: "telegram",
    account: "default",
    state: "connected",
    self: "@garden_fased_bot",
    lastSeenAt: now - 4000,
  };
  const irc = {
    ...{ channel: "irc", account: "libera", state: "disconnected", lastSeenAt: now - 300_000 },
    problem: {
      code: "irc.connection_refused",
      message: "irc.example.org refused the connection",
      fix: "Check channels.irc.host and port.",
    },
  };
  return {
    ...{
      ts: now,
      channelOrder: ["telegram", "irc"],
      channelLabels: { telegram: "Telegram", irc: "IRC" },
      channels: {},
    },
    channelAccounts: { telegram: [telegram], irc: [irc] },
  };
}

function modelMethods(): Methods {
  let hasKey = false;
  return {
    "models.list": () => ({
      models: [
        { id: "assistant", name: "Offline assistant", provider: "offline", available: true },
        {
          id: "claude-sonnet",
          name: "Claude Sonnet",
          provider: "anthropic",
          available: hasKey,
          unavailableReason: "missing-auth",
        },
      ],
    }),
    "models.auth.status": () => ({
      providers: [
        { provider: "anthropic", state: hasKey ? "ok" : "missing", ...(hasKey ? { source: "profile" } : {}) },
        {
          provider: "openai",
          state: "failed",
          source: "OPENAI_API_KEY",
          problem: "the provider said 401: the key was revoked",
        },
      ],
    }),
    "models.auth.configure": ({ provider, apiKey }) => {
      if (apiKey !== "sk-good")
        throw new WireFault("UNAVAILABLE", "the provider said 401: invalid key", {
          code: "model.unauthorized",
          fix: "copy the key again",
        });
      hasKey = true;
      return { provider, model: "claude-sonnet", latencyMs: 840 };
    },
    "models.auth.clear": () => {
      hasKey = false;
      return { ok: true };
    },
    "models.local.list": () => ({
      servers: [{ origin: "http://127.0.0.1:11434", kind: "ollama", models: ["qwen3:8b"], accepted: false }],
    }),
    "models.local.accept": () => ({ ok: true }),
  };
}

function policyMethods(situation: Situation, now: number): Methods {
  let waiting = situation === "widened";
  const cell = (...[who, what, effect, sentence]: string[]) => ({ who, what, effect, sentence });
  return {
    "policy.pending": () =>
      waiting
        ? {
            hash: "c41f07",
            widened: [
              cell(
                "stranger on Telegram",
                "message.deliver",
                "allow",
                "Strangers on Telegram are let in without a code.",
              ),
              cell("paired sender", "web_fetch", "allow", "Paired senders may fetch pages."),
            ],
            narrowed: [cell("operator over HTTP", "exec", "deny", "HTTP calls may no longer run commands.")],
          }
        : null,
    "policy.accept": () => {
      waiting = false;
      return { ok: true };
    },
    "messages.why": () => ({ messages: situation === "fresh" ? [] : data.whyData(now) }),
    "ledger.list": () => ({ entries: situation === "fresh" ? [] : data.ledgerData(now) }),
    "ledger.verify": () => ({ intact: true, rows: 58 }),
  };
}
