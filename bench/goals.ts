/** What is measured, what is held to be good, and what two relatives of Fased took on a machine like ours. */

export type Limit = { readonly atMost: number } | { readonly atLeast: number };

export type Goal = {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly limit: Limit;
  readonly openclaw: string;
  readonly clawdbot: string;
};

const none = { openclaw: "–", clawdbot: "–" };
const turnAt = (sessions: number, peers: Pick<Goal, "openclaw" | "clawdbot">): Goal => ({
  id: `turn-${sessions}`,
  what: `agent turn over HTTP, p50, ${sessions.toLocaleString("en")} session${sessions === 1 ? "" : "s"}`,
  unit: "ms",
  limit: { atMost: 6 },
  ...peers,
});

export const goals: readonly Goal[] = [
  {
    id: "version",
    what: "`fased --version`",
    unit: "ms",
    limit: { atMost: 45 },
    openclaw: "90 ms",
    clawdbot: "1690 ms",
  },
  {
    id: "audit",
    what: "`fased security audit --json`",
    unit: "ms",
    limit: { atMost: 150 },
    openclaw: "3900 ms",
    clawdbot: "1480 ms",
  },
  {
    id: "audit-memory",
    what: "the same, peak RSS",
    unit: "MiB",
    limit: { atMost: 100 },
    openclaw: "476 MiB",
    clawdbot: "290 MiB",
  },
  {
    id: "start",
    what: "spawn to WS `health` answered",
    unit: "ms",
    limit: { atMost: 400 },
    openclaw: "6770 ms",
    clawdbot: "2960 ms",
  },
  {
    id: "idle",
    what: "idle memory, whole tree, PSS",
    unit: "MiB",
    limit: { atMost: 110 },
    openclaw: "829 MiB",
    clawdbot: "249 MiB",
  },
  {
    id: "health",
    what: "WS `health`, 50 connections",
    unit: "/s",
    limit: { atLeast: 20_000 },
    openclaw: "830/s",
    clawdbot: "1,900–3,200/s",
  },
  turnAt(1, { openclaw: "167–185 ms", clawdbot: "64 ms" }),
  turnAt(100, { openclaw: "–", clawdbot: "197 ms" }),
  turnAt(1_000, none),
  turnAt(10_000, none),
  {
    id: "turn-growth",
    what: "the same, most sessions against one",
    unit: "×",
    limit: { atMost: 1.25 },
    ...none,
  },
  {
    id: "at-once",
    what: "agent turns, 8 sessions at once",
    unit: "/s",
    limit: { atLeast: 300 },
    openclaw: "5.8/s",
    clawdbot: "14/s",
  },
  {
    id: "exec",
    what: "agent turn with one `exec` call, p50",
    unit: "ms",
    limit: { atMost: 20 },
    openclaw: "240 ms",
    clawdbot: "114 ms",
  },
  { id: "decide", what: "`decide()`", unit: "µs", limit: { atMost: 10 }, ...none },
  {
    id: "memory",
    what: "memory after 10,000 turns, PSS",
    unit: "MiB",
    limit: { atMost: 200 },
    openclaw: "1.6 GiB after 267",
    clawdbot: "623 MiB after 267",
  },
  {
    id: "memory-slope",
    what: "its growth in the second half, per 1,000 turns",
    unit: "MiB",
    limit: { atMost: 1 },
    ...none,
  },
  {
    id: "lost",
    what: "acknowledged messages lost by kill -9",
    unit: "lost",
    limit: { atMost: 0 },
    openclaw: "up to 200 ms after",
    clawdbot: "always during the turn",
  },
  {
    id: "install",
    what: "core install",
    unit: "MB",
    limit: { atMost: 60 },
    openclaw: "647 MB",
    clawdbot: "1276 MB",
  },
];
