/** Rules on what stands in the file itself, also in parts that the schema does not read. */
import type { ConfigPath } from "./path.ts";
import type { RuleFault } from "./rule-fault.ts";
import { isObject, type Json, type JsonObject, valueAt } from "./value.ts";

/** Every breach, found without the schema. */
export function textFaults(value: Json): RuleFault[] {
  return [...bothLists(value, []), ...channelTextFaults(value)];
}

const hasItems = (value: Json | undefined): boolean => Array.isArray(value) && value.length > 0;

/** `allow` says "only these", `alsoAllow` "these too": in one scope that is a contradiction. */
function bothLists(value: Json, path: ConfigPath): RuleFault[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => bothLists(item, [...path, index]));
  if (!isObject(value)) return [];
  const below = Object.entries(value).flatMap(([name, child]) => bothLists(child, [...path, name]));
  if (!hasItems(value["allow"]) || !hasItems(value["alsoAllow"])) return below;
  const fault: RuleFault = {
    path: [...path, "alsoAllow"],
    code: "tools.allow_and_also_allow",
    message: "`allow` and `alsoAllow` cannot be used together in one place",
    fix: "keep `allow` for the complete list, or `alsoAllow` to add to the profile",
  };
  return [fault, ...below];
}

type Rule = {
  readonly channel: string;
  readonly breach: (own: JsonObject, inherited: JsonObject) => (Omit<RuleFault, "path"> & { key: string }) | undefined;
};

const text = (value: Json | undefined): string => (typeof value === "string" ? value.trim() : "");

/** `needed` must be set, here or in the channel, when `wanted` is. */
const needs = (
  channel: string,
  wanted: (own: JsonObject) => boolean,
  words: { key: string; needed: string },
): Rule => ({
  channel,
  breach: (own, inherited) => {
    if (!wanted(own) || text(own[words.needed] ?? inherited[words.needed]) !== "") return undefined;
    return {
      key: words.key,
      code: "channel.missing_companion",
      message: `\`${words.key}\` needs \`${words.needed}\``,
      fix: `set \`${words.needed}\` for this account or for the channel`,
    };
  },
});

const wrong = (key: string, message: string, fix: string) => ({ key, code: "channel.bad_value", message, fix });

const rules: readonly Rule[] = [
  needs("telegram", (own) => text(own["webhookUrl"]) !== "", { key: "webhookUrl", needed: "webhookSecret" }),
  needs("slack", (own) => own["mode"] === "http", { key: "mode", needed: "signingSecret" }),
  needs("discord", (own) => own["activityType"] !== undefined, { key: "activityType", needed: "activity" }),
  needs("discord", (own) => own["activityUrl"] !== undefined, { key: "activityUrl", needed: "activity" }),
  needs("discord", (own) => own["activityType"] === 1, { key: "activityType", needed: "activityUrl" }),
  {
    channel: "discord",
    breach: (own) => {
      const list = own["allowFrom"];
      if (!Array.isArray(list) || list.every((id) => typeof id === "string")) return undefined;
      return wrong(
        "allowFrom",
        "Discord ids must be texts: as numbers they lose digits",
        'put each id in quotes, "123…"',
      );
    },
  },
  {
    channel: "discord",
    breach: (own) =>
      own["activityUrl"] !== undefined && own["activityType"] !== 1
        ? wrong(
            "activityUrl",
            "`activityUrl` is for `activityType: 1` only",
            "set `activityType: 1`, or remove the URL",
          )
        : undefined,
  },
  {
    channel: "irc",
    breach: (own) => {
      const nickserv = own["nickserv"];
      if (!isObject(nickserv) || nickserv["register"] !== true || text(nickserv["registerEmail"]) !== "")
        return undefined;
      return wrong("nickserv", "`nickserv.register` needs `registerEmail`", "set `nickserv.registerEmail`");
    },
  },
  {
    channel: "imessage",
    breach: (own) =>
      own["remoteHost"] !== undefined && !/^([\w.-]+@)?[A-Za-z0-9][\w.-]*$/.test(text(own["remoteHost"]))
        ? wrong("remoteHost", "`remoteHost` is `host` or `user@host`", "remove spaces and options")
        : undefined,
  },
  {
    channel: "imessage",
    breach: (own) => {
      const roots = own["attachmentRoots"];
      if (!Array.isArray(roots) || roots.every((root: Json) => text(root).startsWith("/"))) return undefined;
      return wrong("attachmentRoots", "`attachmentRoots` are absolute paths", "begin each with /");
    },
  },
  {
    channel: "signal",
    breach: (own) => {
      const timeout = own["startupTimeoutMs"];
      if (typeof timeout !== "number" || (timeout >= 1_000 && timeout <= 120_000)) return undefined;
      return wrong("startupTimeoutMs", "`startupTimeoutMs` is between 1000 and 120000", "choose a time in that range");
    },
  },
];

function channelTextFaults(value: Json): RuleFault[] {
  return rules.flatMap(({ channel, breach }) =>
    accountsIn(value, channel).flatMap(({ own, inherited, path }): RuleFault[] => {
      const fault = own["enabled"] === false ? undefined : breach(own, inherited);
      if (!fault) return [];
      const { key, ...words } = fault;
      return [{ ...words, path: [...path, key] }];
    }),
  );
}

type Written = { readonly own: JsonObject; readonly inherited: JsonObject; readonly path: ConfigPath };

/** The channel's own settings and those of each account, as written. */
function accountsIn(value: Json, channel: string): Written[] {
  const path = ["channels", channel];
  const section = valueAt(value, path);
  if (!isObject(section)) return [];
  const accounts = section["accounts"];
  const listed = isObject(accounts) ? Object.entries(accounts) : [];
  return [
    { own: section, inherited: section, path },
    ...listed.flatMap(([account, own]) =>
      isObject(own) ? [{ own, inherited: section, path: [...path, "accounts", account] }] : [],
    ),
  ];
}
