/** The agent of the scripted Gateway: a few requests in plain words, each with the frames that a real run sends. */
import { randomUUID } from "node:crypto";
import type { Methods } from "./protocol-server.ts";
import * as data from "./scripted-data.ts";
import type { Situation } from "./scripted-gateway.ts";
import { hostileApproval, hostileHistory } from "./scripted-hostile.ts";

export type ChatScript = { readonly methods: Methods };

type Parts = { situation: Situation; now: number; publish: (event: string, payload: unknown) => void };
type Message = { readonly role: string; readonly [field: string]: unknown };

const pause = (ms: number) => new Promise((after) => setTimeout(after, ms));

export function createChatScript({ situation, now, publish }: Parts): ChatScript {
  const isBusy = situation === "busy" || situation === "widened";
  const histories = new Map<string, Message[]>();
  if (isBusy) histories.set(data.mainKey, [...data.historyData(now)]);
  if (situation === "hostile") histories.set(data.mainKey, [...hostileHistory(now)]);
  let approvals = initialApprovals(situation, now);
  const aborted = new Set<string>();
  const seen = new Map<string, string>();
  const historyOf = (key: string) => {
    const known = histories.get(key) ?? [];
    histories.set(key, known);
    return known;
  };

  function tell(key: string, runId: string) {
    let seq = 0;
    const chat = (body: object) => publish("chat", { runId, sessionKey: key, agentId: "main", seq: ++seq, ...body });
    const tool = (body: object) =>
      publish("agent", { runId, seq: ++seq, stream: "tool", ts: Date.now(), data: { sessionKey: key, ...body } });
    return { chat, tool };
  }

  function finish(key: string, runId: string, { text, state }: { text: string; state: "final" | "aborted" }): void {
    const content = [{ type: "text", text }];
    const history = historyOf(key);
    history.push({ id: history.length + 1, role: "assistant", content, timestamp: Date.now() });
    const message = { role: "assistant", content, timestamp: Date.now(), runId };
    tell(key, runId).chat({ state, message, stopReason: "stop" });
  }

  /** Waits for the owner: the run goes on in `resume`. */
  function park(key: string, runId: string): void {
    const id = `ap-${runId}`;
    approvals = [...approvals, { ...data.approvalData(Date.now()), id, sessionKey: key, runId }];
    const args = { command: "git push", host: "gateway" };
    tell(key, runId).tool({ phase: "start", toolCallId: `t-${runId}`, name: "exec", args });
    publish("exec.approval.requested", { id, sessionKey: key, runId, words: "amber-fjord-lantern", ts: Date.now() });
  }

  async function listFiles(key: string, runId: string): Promise<void> {
    const { tool } = tell(key, runId);
    const history = historyOf(key);
    const [callId, output] = [`t-${runId}`, "notes.md\ntodo.md\nשלום.txt"];
    const details = { exitCode: 0, durationMs: 6, sandbox: "proven" };
    const args = { command: "ls -1" };
    tool({ phase: "start", toolCallId: callId, name: "exec", args });
    await pause(30);
    tool({ phase: "result", toolCallId: callId, name: "exec", result: output, isError: false, details });
    const content = [{ type: "toolCall", id: callId, name: "exec", arguments: args }];
    const result = { toolCallId: callId, toolName: "exec", isError: false, content: [{ type: "text", text: output }] };
    history.push({ id: history.length + 1, role: "assistant", content });
    history.push({ id: history.length + 2, role: "toolResult", ...result, details });
  }

  /** Says the words one by one, until they end or the owner stops it. */
  async function speak(key: string, runId: string, { words, everyMs }: { words: readonly string[]; everyMs: number }) {
    const { chat } = tell(key, runId);
    let said = "";
    for (const word of words) {
      if (aborted.has(runId)) break;
      chat({ state: "delta", deltaText: word });
      said += word;
      await pause(everyMs);
    }
    finish(key, runId, { text: said, state: aborted.has(runId) ? "aborted" : "final" });
  }

  async function run(key: string, runId: string, message: string): Promise<void> {
    const errorMessage = "the provider said 401: the key was revoked (model.unauthorized)";
    const scripts: Record<string, () => unknown> = {
      fail: () => tell(key, runId).chat({ state: "error", errorMessage }),
      push: () => park(key, runId),
      list: () => listFiles(key, runId).then(() => speak(key, runId, { words: answerWords(message), everyMs: 4 })),
      long: () => speak(key, runId, { words: longAnswer(), everyMs: 10 }),
    };
    const script =
      scripts[message.slice(0, 4)] ?? (() => speak(key, runId, { words: answerWords(message), everyMs: 4 }));
    await script();
  }

  return {
    methods:
      situation === "recovery"
        ? {}
        : {
            "sessions.list": () => ({
              ts: now,
              count: 3,
              total: 3,
              sessions: situation === "fresh" ? [] : data.sessionsData(now),
            }),
            "sessions.preview": () => ({ ts: now, previews: [] }),
            "sessions.reset": ({ key }) => {
              histories.set(String(key), []);
              return { ok: true };
            },
            "sessions.delete": ({ key }) => ({ ok: histories.delete(String(key)) }),
            "sessions.context": () => contextData(situation, now),
            "sessions.undo": () => ({ restored: ["notes.md"], skipped: [] }),
            "sessions.keep": () => ({ kept: ["notes.md"] }),
            "chat.history": ({ sessionKey }) => ({
              sessionKey,
              sessionId: "s",
              messages: historyOf(String(sessionKey)),
            }),
            "chat.abort": ({ runId }) => {
              aborted.add(String(runId));
              return { ok: true, aborted: [runId] };
            },
            "chat.send": ({ sessionKey, message, idempotencyKey }) => {
              const before = seen.get(String(idempotencyKey));
              if (before !== undefined) return { runId: before, sessionKey, status: "in_flight" };
              const runId = randomUUID();
              seen.set(String(idempotencyKey), runId);
              const history = historyOf(String(sessionKey));
              history.push({
                id: history.length + 1,
                role: "user",
                content: [{ type: "text", text: message }],
                timestamp: Date.now(),
                speaker: "",
              });
              setTimeout(() => void run(String(sessionKey), runId, String(message)), 20);
              return { runId, sessionKey, status: "started" };
            },
            "exec.approval.list": () => ({ approvals }),
            "exec.approval.resolve": ({ id, decision }) => {
              const card = approvals.find((approval) => approval.id === id);
              approvals = approvals.filter((approval) => approval.id !== id);
              publish("exec.approval.resolved", { id, decision, ts: Date.now() });
              if (card && card.id !== "ap-1")
                void resume(String(card.sessionKey), String(card.runId), String(decision));
              return { ok: true, id, decision };
            },
          },
  };

  async function resume(key: string, runId: string, decision: string): Promise<void> {
    const { chat } = tell(key, runId);
    const text = decision === "deny" ? "You said no, so nothing was pushed." : "Pushed to origin.";
    chat({ state: "delta", deltaText: text });
    const content = [{ type: "text", text }];
    historyOf(key).push({ id: historyOf(key).length + 1, role: "assistant", content, timestamp: Date.now() });
    chat({ state: "final", message: { role: "assistant", content } });
  }
}

function initialApprovals(situation: Situation, now: number) {
  if (situation === "hostile") return [hostileApproval(now)];
  return situation === "busy" ? [data.approvalData(now), data.secondApproval(now)] : [];
}

function contextData(situation: Situation, now: number) {
  if (situation !== "busy")
    return { label: { integrity: "owner", readers: [], secret: false, sources: [] }, sources: [] };
  return {
    label: { integrity: "untrusted", readers: "public", secret: false, sources: ["h-31", "h-32"] },
    sources: [
      { handle: "h-31", kind: "web page", host: "docs.example.org", at: now - 240_000 },
      { handle: "h-32", kind: "tool result", host: "notes.md", at: now - 120_000 },
    ],
  };
}

function answerWords(message: string): readonly string[] {
  return `You wrote ${message}. Here are the files: \`notes.md\`, \`todo.md\` and \`שלום.txt\`.`.split(/(?<= )/);
}

function longAnswer(): readonly string[] {
  return Array.from({ length: 480 }, (_, at) => (at % 12 === 11 ? `word ${at}.\n\n` : `word ${at} `));
}
