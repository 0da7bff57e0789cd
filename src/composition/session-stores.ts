/** The session stores of all agents, each opened when it is first needed. */
import { fileFacts } from "../platform/files.ts";
import { openSessionStore, type SessionStore, SessionStoreError } from "../sessions/session-store.ts";
import type { Foundation } from "./foundation.ts";
import { agentOfSession } from "./services/sessions.ts";

export type SessionStores = {
  /** Ids of the agents, the default one first. */
  agents(): readonly string[];
  agentOf(session: string): string;
  /** Throws SessionStoreError. */
  of(agent: string): SessionStore;
  /** Opens what is there already, so that what cannot be read is known. */
  openExisting(): Promise<void>;
  /** What could not be opened when it was last tried. */
  faults(): readonly SessionStoreError[];
  close(): Promise<void>;
};

export function createSessionStores({
  config,
  paths,
  log,
}: Pick<Foundation, "config" | "paths" | "log">): SessionStores {
  const open = new Map<string, SessionStore>();
  const faults = new Map<string, SessionStoreError>();
  const agents = () => {
    const { list } = config().agents;
    return [...list].sort((a, b) => Number(b.default) - Number(a.default)).map(({ id }) => id);
  };
  const of = (agent: string) => {
    const known = open.get(agent);
    if (known) return known;
    try {
      const store = openSessionStore(paths.agent(agent).sessionsDatabase);
      faults.delete(agent);
      open.set(agent, store);
      return store;
    } catch (error) {
      if (error instanceof SessionStoreError) faults.set(agent, error);
      throw error;
    }
  };
  return {
    agents,
    agentOf: (session) => agentOfSession(session, agents()),
    of,
    async openExisting() {
      for (const agent of agents()) {
        try {
          if ((await fileFacts(paths.agent(agent).sessionsDatabase)).exists) of(agent);
        } catch (error) {
          log.error("conversations cannot be read", { agent, error: String(error) });
        }
      }
    },
    faults: () => [...faults.values()],
    async close() {
      await Promise.all([...open.values()].map((store) => store.close()));
    },
  };
}
