/** Rules between settings, checked after the schema: what no single key can say. */

import { accessFaults } from "./access-rules.ts";
import { refusedFaults } from "./refused.ts";
import { listOf, type RuleFault } from "./rule-fault.ts";
import type { Config } from "./schema.ts";
import { knownChannels } from "./sections/channel-names.ts";
import { suggestion } from "./suggest.ts";

/** Every breach of a rule, in the order of the file's sections. */
export function ruleFaults(config: Config): RuleFault[] {
  return [
    ...gatewayFaults(config),
    ...refusedFaults(config),
    ...ownerFaults(config),
    ...agentFaults(config),
    ...taskFaults(config),
    ...accessFaults(config),
    ...bindingFaults(config),
    ...networkFaults(config),
    ...patternFaults(config),
  ];
}

function gatewayFaults({ gateway }: Config): RuleFault[] {
  const faults: RuleFault[] = [];
  if (gateway.bind === "custom" && gateway.customBindHost === undefined) {
    faults.push({
      path: ["gateway", "customBindHost"],
      code: "gateway.custom_bind_host",
      message: '`bind: "custom"` needs `customBindHost`',
      fix: "name the address, or bind to loopback",
    });
  }
  if (!gateway.controlUi.basePath.startsWith("/")) {
    faults.push({
      path: ["gateway", "controlUi", "basePath"],
      code: "gateway.base_path",
      message: "`basePath` must begin with /",
      fix: `write "/${gateway.controlUi.basePath}"`,
    });
  }
  return faults;
}

function ownerFaults({ security }: Config): RuleFault[] {
  return security.owners.flatMap((owner, index): RuleFault[] => {
    const path = ["security", "owners", index];
    if (owner.id.trim() === "*") {
      return [
        {
          path,
          code: "security.owner_wildcard",
          message: "`*` is never an owner",
          fix: "list each owner by id, or approve a pairing with --owner",
        },
      ];
    }
    return knownChannels.includes(owner.channel) ? [] : [unknownChannel([...path, "channel"], owner.channel)];
  });
}

function unknownChannel(path: RuleFault["path"], channel: string): RuleFault {
  return {
    path,
    code: "config.unknown_channel",
    message: `there is no channel \`${channel}\``,
    fix: suggestion(channel, knownChannels, `known channels: ${listOf(knownChannels)}`),
  };
}

function agentFaults({ agents }: Config): RuleFault[] {
  const seen = new Set<string>();
  let chosen: string | undefined;
  return agents.list.flatMap((agent, index): RuleFault[] => {
    const faults: RuleFault[] = [];
    const path = ["agents", "list", index];
    if (seen.has(agent.id)) {
      faults.push({
        path: [...path, "id"],
        code: "agents.duplicate_id",
        message: `two agents are called \`${agent.id}\``,
        fix: "give each agent its own id",
      });
    }
    if (agent.default && chosen !== undefined) {
      faults.push({
        path: [...path, "default"],
        code: "agents.two_defaults",
        message: `both \`${chosen}\` and \`${agent.id}\` are the default agent`,
        fix: "keep `default: true` on one of them",
      });
    }
    seen.add(agent.id);
    if (agent.default) chosen = agent.id;
    return faults;
  });
}

function taskFaults({ tools, agents }: Config): RuleFault[] {
  const scopes = [
    { path: ["tools", "exec", "tasks"], tasks: tools.exec.tasks },
    ...agents.list.map((agent, index) => ({
      path: ["agents", "list", index, "tools", "exec", "tasks"],
      tasks: agent.tools.exec?.tasks ?? [],
    })),
  ];
  return scopes.flatMap(({ path, tasks }) =>
    tasks.flatMap((task, index): RuleFault[] => {
      if (tasks.findIndex(({ name }) => name === task.name) === index) return [];
      const message = `two tasks are called \`${task.name}\``;
      return [{ path: [...path, index], code: "tools.duplicate_task", message, fix: "give each task its own name" }];
    }),
  );
}

function bindingFaults({ bindings, agents }: Config): RuleFault[] {
  const agentIds = agents.list.map(({ id }) => id);
  return bindings.flatMap(({ agentId, match }, index): RuleFault[] => {
    const path = ["bindings", index];
    const faults: RuleFault[] = [];
    if (!agentIds.includes(agentId)) {
      faults.push({
        path: [...path, "agentId"],
        code: "config.unknown_agent",
        message: `there is no agent \`${agentId}\``,
        fix: suggestion(agentId, agentIds, `agents: ${listOf(agentIds)}`),
      });
    }
    const channel = match.channel.toLowerCase();
    if (!knownChannels.includes(channel)) faults.push(unknownChannel([...path, "match", "channel"], match.channel));
    return faults;
  });
}

function networkFaults({ network }: Config): RuleFault[] {
  return network.privateHosts.flatMap((host, index): RuleFault[] => {
    if (isOrigin(host)) return [];
    return [
      {
        path: ["network", "privateHosts", index],
        code: "network.not_an_origin",
        message: `\`${host}\` is not an exact origin`,
        fix: "write scheme, host and port, such as http://192.168.1.20:8080; ranges and wildcards are not accepted",
      },
    ];
  });
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes("*")) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, "").toLowerCase();
}

function patternFaults(config: Config): RuleFault[] {
  const lists = [
    { path: ["logging", "redactPatterns"], patterns: config.logging.redactPatterns },
    { path: ["messages", "groupChat", "mentionPatterns"], patterns: config.messages.groupChat.mentionPatterns },
    { path: ["channels", "irc", "mentionPatterns"], patterns: config.channels.irc?.mentionPatterns },
    ...config.agents.list.map((agent, index) => ({
      path: ["agents", "list", index, "groupChat", "mentionPatterns"],
      patterns: agent.groupChat.mentionPatterns,
    })),
  ];
  return lists.flatMap(({ path, patterns = [] }) =>
    patterns.flatMap((pattern, index): RuleFault[] => {
      if (isPattern(pattern)) return [];
      return [
        {
          path: [...path, index],
          code: "config.bad_pattern",
          message: `\`${pattern}\` is not a regular expression`,
          fix: "correct or remove it; until then it is ignored",
          weight: "note",
        },
      ];
    }),
  );
}

function isPattern(text: string): boolean {
  const [, body = text] = /^\/(.*)\/[a-z]*$/s.exec(text) ?? [];
  try {
    return new RegExp(body, "i") instanceof RegExp;
  } catch {
    return false;
  }
}
