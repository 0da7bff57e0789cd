/** Commands that the operator approved once and for all: tasks and safe bins, as data that two policies can share. */
import type { Access } from "./access.ts";
import type { Policy } from "./policy.ts";
import { meaningOf } from "./policy-hash.ts";

type ExecAccess = Access["tools"]["exec"];
export type Task = ExecAccess["tasks"][number];

/** The tasks that every part of the policy approves for an agent: one that waits for consent is not among them. */
export function approvedTasks(policy: Policy, agent: string): readonly Task[] {
  const [first, ...others] = policy.parts.map(({ access }) => execOf(access, agent).tasks);
  const approvedElsewhere = others.map((tasks) => new Set(tasks.map(meaningOf)));
  return (first ?? []).filter((task) => approvedElsewhere.every((tasks) => tasks.has(meaningOf(task))));
}

/** Names of everything that may run without a card, with its exact meaning: for comparing policies. */
export function approvedCommands(policy: Policy, agent: string): ReadonlySet<string> {
  const sets = policy.parts.map(({ access }) => new Set(commandsIn(execOf(access, agent))));
  return new Set([...(sets[0] ?? [])].filter((command) => sets.every((set) => set.has(command))));
}

function commandsIn({ tasks, safeBins, safeBinTrustedDirs, safeBinProfiles }: ExecAccess): readonly string[] {
  const bins = safeBins.map((bin) => `safe bin ${bin} ${meaningOf([safeBinProfiles[bin], safeBinTrustedDirs])}`);
  return [...tasks.map((task) => `task ${task.name} ${meaningOf(task)}`), ...bins];
}

/** What the agent sets itself, over what the config says for all. */
function execOf(access: Access, agent: string): ExecAccess {
  const own = access.agents.find(({ id }) => id === agent)?.tools.exec;
  return { ...access.tools.exec, ...own } as ExecAccess;
}
