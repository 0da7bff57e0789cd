/** Requests for tests of the policy: complete, and short to write. */
import { type Config, configSchema } from "../../src/config/schema.ts";
import { compile } from "../../src/policy/compile.ts";
import { type Grants, noGrants } from "../../src/policy/grants.ts";
import { cleanLabel } from "../../src/policy/label.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Context, Path, Principal, Request, Scope } from "../../src/policy/request.ts";

type Settings = Record<string, unknown>;

export const configOf = (settings: Settings): Config => configSchema.parse(settings) as Config;

export const policyOf = (settings: Settings, grants: Grants = noGrants): Policy => compile(configOf(settings), grants);

export const operator = (scopes: readonly Scope[] = ["operator.admin"]): Principal => ({
  kind: "operator",
  id: "laptop",
  scopes,
  via: "webchat",
});

type SenderFacts = { channel?: string; account?: string; identity?: "immutable" | "mutable" };

export const sender = (id: string, facts: SenderFacts = {}): Principal => ({
  kind: "sender",
  channel: "telegram",
  account: "default",
  id,
  identity: "immutable",
  ...facts,
});

export const control: Path = { kind: "control", transport: "ws" };
export const direct = { kind: "direct", channel: "telegram", account: "default" } as const;

export function group(
  id: string,
  facts: { topic?: string; mention?: "mentioned" | "unmentioned" | "undetectable" } = {},
) {
  return { kind: "group", channel: "telegram", account: "default", group: id, mention: "mentioned", ...facts } as const;
}

export const plainContext: Context = { label: cleanLabel, audience: ["owner"], sandbox: "off", grant: "none" };

export const deliver = (principal: Principal, path: Path): Request => ({
  principal,
  path,
  action: { kind: "message.deliver" },
  context: plainContext,
});
