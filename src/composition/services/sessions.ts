/** Sessions and their history, over the stores of all agents. */
import { webchatName } from "../../channels/webchat/webchat.ts";
import type { ChangeRequest, ChatService, SessionService, SessionView } from "../../gateway/services.ts";
import type { TurnChanges } from "../../inbound/ports.ts";
import type { Inbound } from "../../inbound/receive.ts";
import type { Clock } from "../../platform/clock.ts";
import { joinAll } from "../../policy/label.ts";
import type { OperatorAct, OperatorActs } from "../../sessions/operator-acts.ts";
import type { SessionQueue } from "../../sessions/session-queue.ts";
import type { SessionStore, SessionSummary } from "../../sessions/session-store.ts";
import type { Approvals } from "../../tools/approvals.ts";
import type { Runs } from "./runs.ts";

export type SessionPorts = {
  readonly clock: Clock;
  readonly agents: () => readonly string[];
  sessions(agent: string): SessionStore;
  readonly queue: Pick<SessionQueue, "size">;
  /** Resolves with the runs when their end is durable. */
  stop: Inbound["stop"];
  readonly approvals: Approvals;
  readonly changes: TurnChanges;
  readonly acts: OperatorActs;
  readonly runs: Runs;
};

/** A session key names its agent; what names none belongs to the first. */
export function agentOfSession(key: string, agents: readonly string[]): string {
  const named = /^agent:([^:]+):/.exec(key)?.[1];
  return agents.find((agent) => agent === named) ?? agents[0] ?? "main";
}

export function createSessionService(ports: SessionPorts): SessionService {
  const storeOf = (key: string) => ports.sessions(agentOfSession(key, ports.agents()));
  const viewOf = (summary: SessionSummary) => sessionView(ports, summary);
  return {
    async list({ agent, search, activeSince, limit, offset }) {
      const agents = ports.agents().filter((id) => agent === undefined || id === agent);
      const needle = search?.toLowerCase();
      const found = agents
        .flatMap((id) => ports.sessions(id).list({ limit: limit + offset }))
        .filter(({ updatedAt }) => activeSince === undefined || updatedAt >= activeSince)
        .filter(({ key, title }) => !needle || `${key} ${title}`.toLowerCase().includes(needle))
        .sort((a, b) => b.updatedAt - a.updatedAt);
      return { total: found.length, sessions: found.slice(offset, offset + limit).map(viewOf) };
    },
    async preview({ keys, limit, maxChars }) {
      return keys.map((key) => {
        const store = storeOf(key);
        if (!store.find(key)) return { key, status: "missing" as const, items: [] };
        const items = store.preview(key, limit).map(({ role, text }) => ({
          role: role === "notice" ? ("system" as const) : role,
          text: text.slice(0, maxChars),
        }));
        return { key, status: items.length === 0 ? ("empty" as const) : ("ok" as const), items };
      });
    },
    async reset(key) {
      await ports.stop({ session: key });
      const store = storeOf(key);
      if (!(await store.reset(key, ports.clock.now()))) return undefined;
      const summary = store.find(key);
      return summary && viewOf(summary);
    },
    async delete(key) {
      await ports.stop({ session: key });
      return (await storeOf(key).delete(key)) ? "deleted" : "absent";
    },
    async context(key) {
      const { items, handles } = storeOf(key).trunk(key, "");
      const sources = handles.map(({ id, kind, host, at }) => ({
        handle: id,
        kind,
        ...(host === undefined ? {} : { host }),
        at,
      }));
      return { label: joinAll(items.map((item) => item.label)), sources };
    },
    undo: (request) => onceDone(ports, ["undo", request], (done) => ports.changes.undo(request.key, done)),
    keep: (request) => onceDone(ports, ["keep", request], (done) => ports.changes.keep(request.key, done)),
  };
}

/** A caller who got no answer asks again: nothing more is done then. */
function onceDone<Report extends object>(
  { acts, clock }: SessionPorts,
  [name, { key, idempotencyKey, by }]: readonly [name: string, request: ChangeRequest],
  act: OperatorAct<Report>["act"],
): Promise<Report> {
  const { id, via } = by.principal;
  return acts.once({ key: [id, via, name, key, idempotencyKey], at: clock.now(), act });
}

export function createChatService(ports: SessionPorts): ChatService {
  return {
    abort: ({ sessionKey, runId }) => ports.stop(runId === undefined ? { session: sessionKey } : { run: runId }),
    async history({ sessionKey, limit, before }) {
      const store = ports.sessions(agentOfSession(sessionKey, ports.agents()));
      const items = store.history(sessionKey, { limit, ...(before === undefined ? {} : { before }) });
      const activeRun = ports.runs.writing(sessionKey);
      return { sessionKey, sessionId: sessionKey, items, ...(activeRun === undefined ? {} : { activeRun }) };
    },
  };
}

function sessionView(ports: SessionPorts, { key, title, createdAt, updatedAt }: SessionSummary): SessionView {
  const [, agent = "main", channel = webchatName, kind] = key.split(":");
  return {
    key,
    sessionId: key,
    agent,
    kind: kind === "group" || kind === "channel" ? "group" : "direct",
    channel: channel === "main" ? webchatName : channel,
    title: title === "" ? key : title,
    createdAt,
    updatedAt,
    status: statusOf(ports, key),
  };
}

function statusOf({ queue, approvals }: SessionPorts, session: string): SessionView["status"] {
  const { running, waiting } = queue.size(session);
  if (running > 0) return "running";
  if (waiting > 0) return "queued";
  return approvals.list({ state: "waiting", session }).length > 0 ? "parked" : "done";
}
