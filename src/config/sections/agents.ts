import * as z from "zod";
import { block, count, defaulted, flag, inherit, inheriting, key, later, positive, text, texts } from "../key.ts";
import { agentTools } from "./tools.ts";

const model = z.union(
  [
    z
      .string()
      .min(1)
      .transform((primary) => ({ primary, fallbacks: [] as string[] })),
    z.strictObject({
      primary: key(text().min(1).optional(), "`provider/model` that answers."),
      fallbacks: key(texts().default([]), "Models tried in order when the first fails."),
    }),
  ],
  { error: "expected `provider/model`, or an object with primary and fallbacks" },
);

const identity = z.strictObject({
  name: key(text().optional(), "Name by which people mention the agent."),
  theme: key(text().optional(), "Character, in a few words."),
  emoji: key(text().optional(), "Emoji of the agent."),
  avatar: key(text().optional(), "Picture: workspace file or URL."),
});

export const groupChat = () =>
  z.strictObject({
    mentionPatterns: key(texts().optional(), "Regular expressions (case-insensitive) that count as a mention."),
    historyLimit: key(count().optional(), "Unanswered messages of a group kept as context."),
  });

const sandboxShape = {
  mode: key(
    z.enum(["off", "non-main", "all"]),
    "Which sessions run tools in the sandbox.",
    "`off`: commands run on the Gateway host.",
  ),
  scope: key(
    z.enum(["session", "agent", "shared"]),
    "Who shares one sandbox.",
    "`shared` lets agents see each other's files.",
  ),
  workspaceAccess: key(z.enum(["none", "ro", "rw"]), "How the sandbox sees the workspace."),
};

const budgetShape = {
  turnStepsMax: key(positive(), "Model calls in one turn."),
  turnToolCallsMax: key(positive(), "Tool calls in one turn."),
  turnTokensMax: key(positive(), "Tokens, in and out, in one turn."),
  dayTokensMax: key(positive(), "Tokens, in and out, of an agent in one day; checked before each model call."),
};

const shared = {
  workspace: key(text(), "Folder the agent works in; `~` is the home folder."),
  model: key(model, "Model: `provider/model`, or primary and fallbacks. Unset: the first usable provider."),
  timeoutSeconds: key(positive(), "Time limit of a turn, in seconds."),
  sharedFiles: key(texts(), "Workspace files that agents show outside owner-only conversations."),
};

const defaults = block({
  ...defaulted(shared, { timeoutSeconds: 600, sharedFiles: ["IDENTITY.md", "SOUL.md"] }),
  maxConcurrent: key(z.int().min(1).max(64).default(4), "Turns that run at the same time."),
  sandbox: block(defaulted(sandboxShape, { mode: "off", scope: "agent", workspaceAccess: "none" })),
  budgets: block(
    defaulted(budgetShape, {
      turnStepsMax: 40,
      turnToolCallsMax: 80,
      turnTokensMax: 1_000_000,
      dayTokensMax: 20_000_000,
    }),
  ),
});

const entry = () =>
  z.strictObject({
    id: key(text().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/), "Id of the agent: lower case, digits, `-` and `_`."),
    default: key(flag().default(false), "The agent for whatever no binding claims; unset, the first."),
    name: key(text().optional(), "Name shown to people."),
    ...inheriting(shared),
    identity: identity.prefault({}),
    groupChat: groupChat().prefault({}),
    sandbox: z.strictObject(inheriting(sandboxShape)).prefault({}),
    tools: agentTools().prefault({}),
    budgets: z.strictObject(inheriting(budgetShape)).prefault({}),
  });

type Defaults = z.output<typeof defaults>;
type Entry = z.output<ReturnType<typeof entry>>;

/** What an entry that says only `id: "main"` is parsed to; spelled out, so that `entry` need not be built for it. */
const mainAgent: Entry = {
  id: "main",
  default: false,
  identity: {},
  groupChat: {},
  sandbox: {},
  tools: { byProvider: {} },
  budgets: {},
};

/** Makes every agent complete, and names the default one: an empty list is the one agent `main`. */
function complete({ defaults: inherited, list }: { defaults: Defaults; list: Entry[] }) {
  const { maxConcurrent: _, ...base } = inherited;
  const entries = list.length > 0 ? list : [mainAgent];
  const first = entries.some((agent) => agent.default) ? undefined : entries[0];
  const agents = entries.map((agent) => ({
    ...agent,
    ...inherit(base, agent),
    default: agent.default || agent === first,
    sandbox: inherit(base.sandbox, agent.sandbox),
    budgets: inherit(base.budgets, agent.budgets),
  }));
  return { defaults: inherited, list: agents };
}

export const agents = block({
  defaults,
  list: key(z.array(later(entry)).default([]), "The agents. Empty: one agent, `main`."),
}).transform(complete);
