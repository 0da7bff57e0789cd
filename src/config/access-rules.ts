/** Rules of access settings: who may write to a channel must be said without contradiction. */
import type { ConfigPath } from "./path.ts";
import type { RuleFault } from "./rule-fault.ts";
import type { ChannelAccessConfig, Config, RoomConfig } from "./schema.ts";

const anyone = "*";

type Account = Omit<ChannelAccessConfig, "accounts">;

/** Breaches in every account of every channel; a breach that accounts inherit is told once, where it is written. */
export function accessFaults({ channels }: Config): RuleFault[] {
  const { defaults, webchat: _, ...settings } = channels;
  const faults = new Map<string, RuleFault>();
  for (const [channel, section] of Object.entries(settings)) {
    if (!section) continue;
    for (const [account, access] of Object.entries(section.accounts)) {
      const path = ["channels", channel, "accounts", account];
      for (const fault of accountFaults(access, defaults.groupPolicy, path)) {
        faults.set(`${channel} ${fault.code} ${fault.path.slice(4).join(".")}`, fault);
      }
    }
    for (const fault of channelFaults(channel, section)) faults.set(`${channel} ${fault.code}`, fault);
  }
  return [...faults.values()];
}

function accountFaults(access: Account, defaultGroupPolicy: string, path: ConfigPath): RuleFault[] {
  const groupPolicy = access.groupPolicy ?? defaultGroupPolicy;
  return [
    ...directFaults(access, path),
    ...groupStarFaults(access.groupAllowFrom, groupPolicy, [...path, "groupAllowFrom"]),
    ...Object.entries(access.groups).flatMap(([group, room]) =>
      roomFaults(room, room.groupPolicy ?? groupPolicy, [...path, "groups", group]),
    ),
  ];
}

function directFaults({ dmPolicy, allowFrom }: Account, path: ConfigPath): RuleFault[] {
  const star = allowFrom.includes(anyone);
  if (dmPolicy === "open" && !star) {
    return [
      {
        path: [...path, "dmPolicy"],
        code: "channel.open_without_star",
        message: '`dmPolicy: "open"` lets anyone write, so `allowFrom` must say `["*"]`',
        fix: 'add `allowFrom: ["*"]`, or use `dmPolicy: "pairing"`',
      },
    ];
  }
  if (dmPolicy !== "open" && star) {
    return [
      {
        path: [...path, "allowFrom"],
        code: "channel.star_without_open",
        message: `\`"*"\` in \`allowFrom\` contradicts \`dmPolicy: "${dmPolicy}"\``,
        fix: 'list ids instead, or say `dmPolicy: "open"`',
      },
    ];
  }
  if (dmPolicy === "allowlist" && allowFrom.length === 0) {
    return [
      {
        path: [...path, "dmPolicy"],
        code: "channel.empty_allowlist",
        message: '`dmPolicy: "allowlist"` with an empty `allowFrom` admits nobody',
        fix: 'list ids in `allowFrom`, or say `dmPolicy: "disabled"` or `"pairing"`',
      },
    ];
  }
  return [];
}

function groupStarFaults(list: readonly string[] | undefined, groupPolicy: string, path: ConfigPath): RuleFault[] {
  if (!list?.includes(anyone) || groupPolicy === "open") return [];
  return [
    {
      path,
      code: "channel.star_without_open",
      message: `\`"*"\` here contradicts \`groupPolicy: "${groupPolicy}"\``,
      fix: 'list ids instead, or say `groupPolicy: "open"` for that group',
    },
  ];
}

function roomFaults(room: RoomConfig, groupPolicy: string, path: ConfigPath): RuleFault[] {
  return [
    ...groupStarFaults(room.allowFrom, groupPolicy, [...path, "allowFrom"]),
    ...groupStarFaults(room.users, groupPolicy, [...path, "users"]),
    ...Object.entries(room.topics ?? {}).flatMap(([topic, inner]) =>
      roomFaults(inner, inner.groupPolicy ?? groupPolicy, [...path, "topics", topic]),
    ),
  ];
}

/** Rules of single channels. */
function channelFaults(channel: string, section: ChannelAccessConfig): RuleFault[] {
  if (channel !== "telegram") return [];
  return section.allowFrom.flatMap((entry, index): RuleFault[] => {
    if (entry === anyone || /^-?\d+$/.test(entry)) return [];
    return [
      {
        path: ["channels", channel, "allowFrom", index],
        code: "channel.name_never_matches",
        message: `\`${entry}\` is a name, and names never match: whoever takes it could pose as its owner`,
        fix: "write the numeric Telegram id; the sender's pairing request shows it",
        weight: "note",
      },
    ];
  });
}
