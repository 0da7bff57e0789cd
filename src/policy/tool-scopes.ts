/** Tool settings of senders and groups: exactly one scope holds for a call, the most specific that is configured. */
import { type Access, type Account, comparableId, type ToolScope } from "./access.ts";
import type { Request } from "./request.ts";
import { pathKey, placeKey, type RequestOf } from "./rule.ts";
import { isAt, roomsAt } from "./standing.ts";
import { type ToolMatcher, toolAllower } from "./tools.ts";

export type ChatScope = {
  readonly scope: ToolScope;
  /** `placeKey` of the account that it stands under. */
  readonly key: string;
  /** What it adds to the base: for a sender named by id `allow` and `alsoAllow`, for everyone else `alsoAllow`. */
  readonly grants: ToolMatcher;
  readonly by: "id" | "place";
};

export type ChatScopes = {
  readonly all: readonly ChatScope[];
  /** The scope that holds for a request: topic, group, `*`; in each the sender's, `*` of senders, the place's. */
  readonly at: (request: Request) => ChatScope | undefined;
  /** Whether this very sender was given the tool by id. */
  readonly grantedById: (call: RequestOf<"tool.call">) => boolean;
};

export function chatScopes(access: Access): ChatScopes {
  const compiled = new Map([...access.accounts.values()].flatMap(compileScopes));
  const at = (request: Request) => {
    const scope = selectScope(access, request);
    return scope && compiled.get(scope);
  };
  const grantedById = (call: RequestOf<"tool.call">) => {
    const held = at(call);
    return held?.by === "id" && hasFirmIdentity(call) && held.grants(call.action);
  };
  return { all: [...compiled.values()], at, grantedById };
}

/** A sender whose id the provider does not vouch for is never given tools by id. */
export const hasFirmIdentity = ({ principal }: Request): boolean =>
  principal.kind === "sender" && principal.identity === "immutable";

function selectScope(access: Access, { principal, path }: Request): ToolScope | undefined {
  const account = access.accounts.get(pathKey(path));
  if (account === undefined || !isAt(account, principal)) return undefined;
  const id = comparableId(account.channel, principal.id);
  const bySender = (scopes: Account["toolsBySender"]) => scopes.get(id) ?? scopes.get("*");
  if (path.kind !== "group") return bySender(account.toolsBySender);
  const scopes = roomsAt(account, path).map((room) => bySender(room.toolsBySender) ?? room.tools);
  return scopes.find((scope) => scope !== undefined);
}

function compileScopes(account: Account): readonly (readonly [ToolScope, ChatScope])[] {
  const key = placeKey(account.channel, account.account);
  const rooms = [...account.rooms.values()].flatMap((room) => [room, ...room.topics.values()]);
  const ofSenders = [account, ...rooms].flatMap(({ toolsBySender }) => [...toolsBySender]);
  const ofPlaces = rooms.flatMap(({ tools }) => (tools === undefined ? [] : [tools]));
  return [
    ...ofSenders.map(([id, scope]) => [scope, compileScope(scope, key, id === "*" ? "place" : "id")] as const),
    ...ofPlaces.map((scope) => [scope, compileScope(scope, key, "place")] as const),
  ];
}

function compileScope(scope: ToolScope, key: string, by: ChatScope["by"]): ChatScope {
  return { scope, key, by, grants: toolAllower(by === "id" ? scope.allow : undefined, scope.alsoAllow) };
}
