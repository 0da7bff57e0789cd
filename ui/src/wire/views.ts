/** What the page reads from the Gateway, one reader per view. */
import { anything, flag, listOf, listUnder, maybe, number, object, oneOf, type Read, text } from "./shape.ts";

const source = object({ handle: text, kind: text, host: maybe(text), at: number });
const diff = object({ path: text, diff: text });
const exactPart = object({ label: text, text, mono: flag });
const effect = oneOf("deny", "challenge", "ask", "allow");

export const approvalView = object({
  id: text,
  state: oneOf("pending", "approved", "denied", "expired", "withdrawn", "spent"),
  createdAt: number,
  expiresAt: number,
  agent: text,
  sessionKey: text,
  runId: text,
  tool: text,
  asker: text,
  words: text,
  hash: text,
  title: text,
  exactly: listOf(exactPart),
  where: text,
  why: text,
  sources: listOf(source),
  diffs: listOf(diff),
});
export type ApprovalView = Read<typeof approvalView>;
export const approvalList = listUnder(["approvals", "items", "pending"], approvalView);

export const sessionView = object({
  key: text,
  agent: text,
  kind: oneOf("direct", "group"),
  channel: text,
  title: text,
  lastMessage: maybe(text),
  updatedAt: number,
  state: oneOf("done", "running", "queued", "parked", "failed"),
});
export type SessionView = Read<typeof sessionView>;

export const sessionContext = object({
  label: object({ integrity: oneOf("untrusted", "known", "owner"), secret: flag }),
  sources: listOf(source),
});
export type SessionContext = Read<typeof sessionContext>;

const serviceProblem = object({ code: text, message: text, fix: text, path: maybe(text), line: maybe(number) });
export type ServiceProblem = Read<typeof serviceProblem>;

export const statusView = object({
  version: text,
  mode: oneOf("normal", "recovery"),
  startedAt: number,
  stateDirectory: text,
  configPath: text,
  workspace: text,
  model: object({ provider: text, id: text, offline: flag }),
  sandbox: object({ state: oneOf("unproven", "off", "proven"), detail: text }),
  queue: object({ running: number, waiting: number, parked: number }),
  policyEpoch: number,
  problems: listOf(serviceProblem),
  dangerousFlags: listOf(text),
  restartKeys: listOf(text),
});
export type StatusView = Read<typeof statusView>;

const channelStatus = object({
  channel: text,
  account: text,
  state: oneOf("stopped", "connecting", "connected", "disconnected", "failed"),
  self: maybe(text),
  lastSeenAt: maybe(number),
  problem: maybe(serviceProblem),
});
export type ChannelStatus = Read<typeof channelStatus>;
export const channelStatusList = listOf(channelStatus);

const senderRequest = object({
  requestId: text,
  channel: text,
  channelLabel: text,
  accountId: text,
  senderId: text,
  senderLabel: text,
  createdAt: anything,
  expiresAt: anything,
});
export type SenderRequest = Read<typeof senderRequest>;
export const senderList = object({
  requests: listOf(senderRequest),
  accounts: listOf(object({ channel: text, channelLabel: text, accountId: text })),
});

const pendingDevice = object({
  requestId: text,
  deviceId: text,
  displayName: maybe(text),
  platform: maybe(text),
  clientId: maybe(text),
  remoteIp: maybe(text),
  role: maybe(text),
  scopes: listOf(text),
  ts: number,
});
export type PendingDevice = Read<typeof pendingDevice>;
const pairedDevice = object({
  deviceId: text,
  displayName: maybe(text),
  platform: maybe(text),
  clientId: maybe(text),
  role: maybe(text),
  roles: listOf(text),
  scopes: listOf(text),
  createdAtMs: maybe(number),
  approvedAtMs: maybe(number),
  lastSeenAtMs: maybe(number),
  tokens: anything,
});
export type PairedDevice = Read<typeof pairedDevice>;
export const deviceList = object({ pending: listOf(pendingDevice), paired: listOf(pairedDevice) });

export const modelView = object({
  id: text,
  name: text,
  provider: text,
  available: flag,
  unavailableReason: maybe(text),
  contextWindow: maybe(number),
});
export const modelList = listUnder(["models"], modelView);
export const providerAuth = object({
  provider: text,
  state: oneOf("missing", "failed", "ok"),
  source: maybe(text),
  problem: maybe(text),
});
export type ProviderAuth = Read<typeof providerAuth>;
export const providerAuthList = listUnder(["providers"], providerAuth);
export const modelTest = object({ provider: text, model: text, latencyMs: number });
const localServer = object({ origin: text, kind: text, models: listOf(text), accepted: flag });
export type LocalServer = Read<typeof localServer>;
export const localServerList = listUnder(["servers"], localServer);

export const reach = object({ who: text, what: text, effect, sentence: text });
export type Reach = Read<typeof reach>;
const because = object({ id: text, origin: text, file: maybe(text), line: maybe(number), text: maybe(text) });
const finding = object({
  checkId: text,
  severity: oneOf("critical", "warn", "info"),
  title: text,
  detail: text,
  remediation: maybe(text),
  sentence: maybe(text),
  path: listOf(text),
  because: listOf(because),
  fix: maybe(object({ file: text, patch: text, baseHash: text, diff: text, narrowed: listOf(reach), more: number })),
});
export type FindingView = Read<typeof finding>;
export const auditView = object({
  ts: number,
  summary: object({ critical: number, warn: number, info: number }),
  findings: listOf(finding),
});

const configLine = object({ file: text, line: number, text });
export const explanation = object({
  sentence: text,
  decision: object({ effect, reason: text, because: listOf(because) }),
  lines: listOf(configLine),
  fix: maybe(text),
});
export type Explanation = Read<typeof explanation>;
export const reachList = listUnder(["reach", "cells", "who"], reach);
export const pendingPolicy = maybe(
  object({ hash: text, widened: listOf(reach), narrowed: listOf(reach), restartKeys: listOf(text) }),
);
export type PendingPolicy = NonNullable<Read<typeof pendingPolicy>>;

const unanswered = object({ at: number, channel: text, sender: text, code: text, text, fix: text });
export type Unanswered = Read<typeof unanswered>;
export const unansweredList = listUnder(["messages"], unanswered);

const ledgerEntry = object({
  seq: number,
  at: number,
  who: text,
  what: text,
  effect,
  reason: text,
  session: maybe(text),
  summary: maybe(text),
});
export type LedgerEntry = Read<typeof ledgerEntry>;
export const ledgerList = listUnder(["entries", "rows"], ledgerEntry);
export const ledgerCheck = object({ intact: flag, rows: number, problem: maybe(text) });

export const logTail = object({
  file: text,
  cursor: number,
  size: number,
  lines: listOf(text),
  truncated: flag,
  reset: flag,
});
export const configSnapshot = object({
  path: text,
  exists: flag,
  raw: maybe(text),
  text: maybe(text),
  valid: flag,
  hash: text,
  issues: listOf(serviceProblem),
  problems: listOf(serviceProblem),
});
export const undone = object({ restored: listOf(text), skipped: listOf(text) });
export const kept = object({ kept: listOf(text) });
