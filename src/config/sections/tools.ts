import * as z from "zod";
import { block, count, defaulted, flag, ids, inheriting, key, later, positive, text, texts } from "../key.ts";
import { knownChannels } from "./channel-names.ts";

const profile = () => z.enum(["minimal", "coding", "messaging", "full", "owner", "wen"]);

/** The keys that every scope of tool policy has: global, provider, agent, group, sender. */
const policyShape = () => ({
  profile: key(profile().optional(), "Named base of allowed tools.", "`full` allows everything."),
  allow: key(texts().optional(), "Only these tools (ids, `group:…`, `*`). Not together with `alsoAllow`."),
  alsoAllow: key(texts().optional(), "Tools added to the profile."),
  deny: key(texts().optional(), "Tools that are never allowed; beats every allow."),
});

export const toolPolicy = () => z.strictObject(policyShape());

const byProvider = () =>
  key(
    z.record(z.string(), later(toolPolicy)).default({}),
    "Provider or `provider/model` → further restriction of tools.",
  );

const execShape = {
  host: key(
    z.enum(["auto", "sandbox", "gateway", "node"]),
    "Where commands run. `auto`: the sandbox when it proves itself, else the Gateway host.",
    "`gateway` runs as the user of the Gateway.",
  ),
  security: key(
    z.enum(["deny", "allowlist", "full"]),
    "`deny` refuses exec everywhere; `allowlist` and `full` govern the host.",
    "`full` runs any command on the host.",
  ),
  ask: key(z.enum(["off", "on-miss", "always"]), "When an approval is asked for host commands.", "`off` never asks."),
  node: key(text(), 'Paired node for `host: "node"`.'),
  pathPrepend: key(texts(), "Folders put before PATH."),
  safeBins: key(
    texts(),
    "Programs that read standard input only and need no allowlist entry.",
    "An interpreter here runs anything.",
  ),
  safeBinTrustedDirs: key(
    texts(),
    "Folders in which safe bins are looked for, beside /bin and /usr/bin.",
    "A writable folder here runs anything.",
  ),
  safeBinProfiles: key(
    z.record(
      z.string(),
      z.strictObject({
        minPositional: key(count().optional(), "Fewest arguments that are no flags."),
        maxPositional: key(count().optional(), "Most arguments that are no flags."),
        allowedValueFlags: key(texts().optional(), "Flags that may take a value."),
        deniedFlags: key(texts().optional(), "Flags that are refused."),
      }),
    ),
    "Program → which arguments keep it safe.",
  ),
  backgroundMs: key(count(), "Time until a running command is handed to the background, in milliseconds."),
  timeoutSec: key(positive(), "Time limit of a command, in seconds."),
  cleanupMs: key(positive(), "How long a finished job is kept, in milliseconds."),
  notifyOnExit: key(flag(), "Tells the session when a background job ends."),
  notifyOnExitEmptySuccess: key(flag(), "Tells it also when the job succeeded without output."),
  approvalRunningNoticeMs: key(
    count(),
    "Time until a running approved command is announced, in milliseconds; 0 never.",
  ),
  applyPatch: z.strictObject({
    enabled: key(flag().default(false), "Offers `apply_patch`."),
    workspaceOnly: key(
      flag().default(true),
      "Patches stay inside the workspace.",
      "`false` lets a patch write anywhere.",
    ),
    allowModels: key(texts().optional(), "Models that get `apply_patch`."),
  }),
  tasks: key(
    z.array(
      z.strictObject({
        name: key(text().min(1), "Name under which the task is asked for."),
        argv: key(z.array(text()).min(1), "Program and arguments, exactly."),
        cwd: key(text().optional(), "Folder, relative to the workspace."),
        hosts: key(z.array(z.enum(["sandbox", "gateway", "node"])).optional(), "Where the task may run."),
      }),
    ),
    "Commands that the operator approved once and for all.",
    "They run without a card.",
  ),
};

const execDefaults = {
  host: "auto",
  security: "allowlist",
  ask: "on-miss",
  pathPrepend: [],
  safeBins: [],
  safeBinTrustedDirs: [],
  safeBinProfiles: {},
  backgroundMs: 10_000,
  timeoutSec: 1_800,
  cleanupMs: 1_800_000,
  notifyOnExit: true,
  notifyOnExitEmptySuccess: false,
  approvalRunningNoticeMs: 10_000,
  applyPatch: { enabled: false, workspaceOnly: true },
  tasks: [],
} as const;

const allowFromByChannel = () =>
  key(
    z.record(z.string(), ids()),
    "Channel → ids that may use elevated mode.",
    '`"*"` lets every sender leave the sandbox.',
  );

const sandboxToolsShape = () => ({
  allow: key(texts(), "Tools that are allowed in a sandboxed session."),
  alsoAllow: key(texts(), "Tools added to that list."),
  deny: key(texts(), "Tools that are denied in a sandboxed session."),
});

/** Tools of a sandboxed session unless the config says otherwise. */
const sandboxToolDefaults = {
  allow: [
    "exec",
    "process",
    "read",
    "write",
    "edit",
    "apply_patch",
    "image",
    "sessions_list",
    "sessions_history",
    "sessions_send",
    "sessions_spawn",
    "subagents",
    "session_status",
  ],
  deny: ["browser", "canvas", "nodes", "cron", "gateway", ...knownChannels],
};

const fetchKeys = block({
  enabled: key(flag().default(true), "Offers `web_fetch`."),
  maxChars: key(positive().default(50_000), "Characters of a page that the model gets."),
  maxCharsCap: key(positive().default(50_000), "Most that a call may ask for."),
  maxResponseBytes: key(positive().default(2_000_000), "Bytes read of a response."),
  timeoutSeconds: key(positive().default(30), "Time limit of a fetch, in seconds."),
  cacheTtlMinutes: key(count().default(15), "How long a page is kept, in minutes."),
  maxRedirects: key(z.int().min(0).max(10).default(3), "Redirects followed; each is checked again."),
  userAgent: key(text().optional(), "User agent of fetches."),
  readability: key(flag().default(true), "Reduces a page to its readable part."),
});

export const tools = block({
  ...policyShape(),
  ownerProfile: key(
    profile().optional(),
    "Base for the owner in a 1:1 surface and for operators; unset, `tools.profile` is the base for everyone.",
  ),
  byProvider: byProvider(),
  fs: block({
    workspaceOnly: key(
      flag().default(false),
      "File tools stay inside the workspace.",
      "`false` reaches every file of the Gateway's user.",
    ),
  }),
  exec: block(defaulted(execShape, execDefaults)),
  elevated: block({
    enabled: key(
      flag().default(true),
      "Offers elevated mode to those in `allowFrom`.",
      "Elevated commands run on the host without a card.",
    ),
    allowFrom: allowFromByChannel().default({}),
  }),
  sandbox: block({ tools: block(defaulted(sandboxToolsShape(), sandboxToolDefaults)) }),
  subagents: block({ tools: block(inheriting(sandboxToolsShape())) }),
  web: block({ fetch: fetchKeys }),
});

/** What an agent of `agents.list` may set: everything left out comes from `tools`. */
export const agentTools = () =>
  z.strictObject({
    ...policyShape(),
    ownerProfile: key(profile().optional(), "Base for the owner in a 1:1 surface of this agent."),
    byProvider: byProvider(),
    fs: z.strictObject({ workspaceOnly: key(flag().optional(), "File tools stay inside the workspace.") }).optional(),
    exec: z.strictObject(inheriting(execShape)).optional(),
    elevated: z
      .strictObject({
        enabled: key(flag().optional(), "`false` switches elevated mode off for this agent."),
        allowFrom: allowFromByChannel().optional(),
      })
      .optional(),
    sandbox: z.strictObject({ tools: z.strictObject(inheriting(sandboxToolsShape())).optional() }).optional(),
    subagents: z.strictObject({ tools: z.strictObject(inheriting(sandboxToolsShape())).optional() }).optional(),
  });
