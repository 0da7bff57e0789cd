/**
 * Every way on which a tool call comes to run, as data: where it begins in the sources, and the canaries that are sent
 * on it. `test/architecture/tool-paths.test.ts` finds the places in the sources, so that a new one fails until a canary
 * flies there; `test/scenarios/whole/canaries.test.ts` sends them, each with its benign twin.
 */
export const canaries = [
  "a message of the web chat",
  "a run of an agent",
  "a chat completion",
  "a streamed chat completion",
  "an owner's direct chat",
  "a group",
  "a call that the owner approved",
  "a proposal that the owner granted",
  "a message that a restart takes up",
] as const;

export type Canary = (typeof canaries)[number];

/** File and call, as it is written there. */
export const toolPaths: Readonly<Record<string, readonly Canary[]>> = {
  "src/gateway/methods/chat-send.ts › control.runs.start": ["a message of the web chat"],
  "src/gateway/methods/agent.ts › control.runs.start": ["a run of an agent"],
  "src/gateway/idempotent-runs.ts › runs.start": ["a message of the web chat", "a run of an agent"],
  "src/gateway/routes/chat-completions.ts › runs.start": ["a chat completion"],
  "src/gateway/routes/chat-completions.ts › call.running.runs.start": ["a streamed chat completion"],
  "src/composition/engine.ts › inbound.submit": ["a message of the web chat", "a chat completion"],
  "src/composition/engine.ts › inbound.receive": ["an owner's direct chat", "a group"],
  "src/composition/engine.ts › inbound.decided": [
    "a call that the owner approved",
    "a proposal that the owner granted",
  ],
  "src/composition/engine.ts › inbound.recover": ["a message that a restart takes up"],
  "src/agent/running-turn.ts › this.#dependencies.tools.dispatch": ["a message of the web chat", "a group"],
  "src/agent/running-turn.ts › this.#dependencies.tools.resume": ["a call that the owner approved"],
  "src/composition/agent-work.ts › ports.tools.resume": ["a proposal that the owner granted"],
};
