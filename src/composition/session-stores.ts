/** The session stores of all agents, each opened when it is first needed. */
import { openSessionStore, type SessionStore } from "../sessions/session-store.ts";
import type { Foundation } from "./foundation.ts";
import { agentOfSession } from "./services/sessions.ts";

export type SessionStores = {
  /** Ids of the agents, the default one first. */
  agents(): readonly string[];
  agentOf(session: string): string;
  of(agent: string): SessionStore;
  close(): Promise<void>;
};

export function createSessionStores({ config, paths }: Pick<Foundation, "config" | "paths">): SessionStores {
  const open = new Map<string, SessionStore>();
  const agents = () => {
    const { list } = config().agents;
    return [...list].sort((a, b) => Number(b.default) - Number(a.default)).map(({ id }) => id);
  };
  return {
    agents,
    agentOf: (session) => agentOfSession(session, agents()),
    of(agent) {
      const known = open.get(agent);
      if (known) return known;
      const store = openSessionStore(paths.agent(agent).sessionsDatabase);
      open.set(agent, store);
      return store;
    },
    async close() {
      await Promise.all([...open.values()].map((store) => store.close()));
    },
  };
}
