import { expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { type Case, expectedEffect } from "../policy/oracle.ts";
import { deliver, direct, group, policyOf, sender } from "../policy/requests.ts";

/** The product of all the values given for each key. */
function* product<T extends object>(choices: { [K in keyof T]: readonly T[K][] }): Generator<T> {
  const keys = Object.keys(choices) as (keyof T)[];
  const sizes = keys.map((key) => choices[key].length);
  const total = sizes.reduce((count, size) => count * size, 1);
  for (let index = 0; index < total; index++) {
    let rest = index;
    const entries = keys.map((key, position) => {
      const size = sizes[position] ?? 1;
      const value = choices[key][rest % size];
      rest = Math.floor(rest / size);
      return [key, value] as const;
    });
    yield Object.fromEntries(entries) as T;
  }
}

type Setting = Pick<Case, "channelEnabled" | "dmPolicy" | "allowFrom" | "paired" | "owners">;
type GroupSetting = Pick<Case, "groupPolicy" | "groupAllowFrom" | "groups">;
type Asking = Pick<Case, "kind" | "identity" | "sender" | "group" | "mention">;

const people = ["1", "2", "3", "4"];

const settings = [
  ...product<Setting>({
    channelEnabled: [true, false],
    dmPolicy: ["pairing", "allowlist", "open", "disabled"],
    allowFrom: [[], ["1"], ["*"], ["*", "1"]],
    paired: [[], ["2"]],
    owners: [[], ["3"]],
  }),
];

const noRoom = { allowFrom: undefined, requireMention: undefined, enabled: undefined };
const groupSettings = [
  ...product<GroupSetting>({
    groupPolicy: ["open", "allowlist", "disabled"],
    groupAllowFrom: [undefined, [], ["1"], ["*"], ["2"]],
    groups: [
      [],
      [{ id: "g", ...noRoom }],
      [{ id: "g", ...noRoom, requireMention: false }],
      [{ id: "g", ...noRoom, enabled: false }],
      [{ id: "g", ...noRoom, allowFrom: [] }],
      [{ id: "g", ...noRoom, allowFrom: ["2"] }],
      [{ id: "g", ...noRoom, allowFrom: ["*"], requireMention: false }],
      [{ id: "*", ...noRoom }],
      [{ id: "*", ...noRoom, requireMention: false, allowFrom: ["1"] }],
      [
        { id: "*", ...noRoom, requireMention: false, enabled: false },
        { id: "g", ...noRoom, enabled: true },
      ],
      [
        { id: "*", ...noRoom, allowFrom: ["1"] },
        { id: "g", ...noRoom, allowFrom: ["4"], requireMention: true },
      ],
    ],
  }),
];

const dmAskings = [
  ...product<Asking>({
    kind: ["dm"],
    identity: ["immutable", "mutable"],
    sender: people,
    group: ["g"],
    mention: ["mentioned"],
  }),
];
const groupAskings = [
  ...product<Asking>({
    kind: ["group"],
    identity: ["immutable", "mutable"],
    sender: people,
    group: ["g", "h"],
    mention: ["mentioned", "unmentioned", "undetectable"],
  }),
];

function policyFor(setting: Setting, rooms: GroupSetting): Policy {
  const groups = rooms.groups.map(({ id, ...room }) => [id, room]);
  const channel = {
    enabled: setting.channelEnabled,
    dmPolicy: setting.dmPolicy,
    allowFrom: setting.allowFrom,
    groupPolicy: rooms.groupPolicy,
    groupAllowFrom: rooms.groupAllowFrom,
    groups: Object.fromEntries(groups),
  };
  const owners = setting.owners.map((id) => ({ channel: "telegram", account: "default", id }));
  const paired = setting.paired.map((id) => ({ channel: "telegram", account: "default", id }));
  return policyOf({ channels: { telegram: channel }, security: { owners } }, { paired });
}

function mismatches(setting: Setting, rooms: GroupSetting, askings: readonly Asking[]): string[] {
  const policy = policyFor(setting, rooms);
  return askings.flatMap((asking) => {
    const principal = sender(asking.sender, { identity: asking.identity });
    const path = asking.kind === "dm" ? direct : group(asking.group, { mention: asking.mention });
    const effect = decide(policy, deliver(principal, path)).effect;
    const expected = expectedEffect({ ...setting, ...rooms, ...asking });
    return effect === expected ? [] : [JSON.stringify({ setting, rooms, asking, effect, expected })];
  });
}

test("direct messages: every policy, list, pairing, owner and identity answers as the oracle says", () => {
  const rooms: GroupSetting = { groupPolicy: "allowlist", groupAllowFrom: undefined, groups: [] };
  expect(settings.flatMap((setting) => mismatches(setting, rooms, dmAskings))).toEqual([]);
  expect(settings.length * dmAskings.length).toBe(1024);
});

test("groups: every policy, listed group, sender list, standing and mention answers as the oracle says", () => {
  const inGroups = settings.filter(
    ({ dmPolicy, paired, owners }) => dmPolicy === "pairing" && paired.length + owners.length > 1,
  );
  const wrong = inGroups.flatMap((setting) =>
    groupSettings.flatMap((rooms) => mismatches(setting, rooms, groupAskings)),
  );
  expect(wrong).toEqual([]);
  expect(inGroups.length * groupSettings.length * groupAskings.length).toBe(63_360);
});
