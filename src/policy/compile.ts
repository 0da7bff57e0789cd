/** Config and grants become a policy. The only reader of access settings; what it made is never changed. */
import { type PolicyConfig, readAccess } from "./access.ts";
import type { Because } from "./decision.ts";
import { flowRules } from "./flow-rules.ts";
import type { Grants } from "./grants.ts";
import { cleanLabel, covers } from "./label.ts";
import {
  admits,
  challenges,
  compileGates,
  type Gates,
  messageBase,
  messageNarrowing,
  missingAdmission,
} from "./message-rules.ts";
import type { Policy } from "./policy.ts";
import type { Request } from "./request.ts";
import { assemble, type RequestOf, type Rule, ruleOn } from "./rule.ts";
import { hasScope } from "./standing.ts";
import { surfaceRules } from "./surface-rules.ts";
import { missingTool, type ToolWorld, toolBase, toolNarrowing } from "./tool-rules.ts";
import { chatScopes } from "./tool-scopes.ts";

/**
 * Compiles everything that decides about access. Pure; a config that parsed always compiles.
 * @throws PolicyError when a rule that must only narrow allows: a fault of this program, never of a config.
 */
export function compile(config: PolicyConfig, grants: Grants): Policy {
  const access = readAccess(config, grants);
  const gates = compileGates(access);
  const world: ToolWorld = { access, gates, scopes: chatScopes(access) };
  const rules = assemble({
    base: [...messageBase(gates), methodRule, ...sendRules(gates), ...toolBase(world)],
    narrowing: [
      ...messageNarrowing(gates),
      ...toolNarrowing(world),
      ...surfaceRules(access),
      ...flowRules(access, world.scopes),
    ],
    missing: missing(world),
  });
  return Object.freeze({ parts: Object.freeze([Object.freeze({ rules, access })]) });
}

/** Methods belong to operators on the control path whose scopes hold the method's. */
const methodRule: Rule = ruleOn("method.call", {
  id: "method.scope",
  origin: "engine",
  effect: "allow",
  applies: ({ principal, path, action }) =>
    principal.kind === "operator" && path.kind === "control" && hasScope(principal.scopes, action.scope),
});

/** Who is admitted is answered. A stranger in a pairing chat gets the built-in text with the code, nothing else. */
function sendRules(gates: Gates): readonly Rule[] {
  return [
    ruleOn("message.send", {
      id: "send.admitted",
      origin: "engine",
      effect: "allow",
      applies: (request) => admits(gates, request),
    }),
    ruleOn("message.send", {
      id: "send.pairing_code",
      origin: "engine",
      effect: "allow",
      applies: (request) => isBuiltInReply(request) && challenges(gates, request),
    }),
  ];
}

/** A reply without any source: no word of it comes from a conversation. */
function isBuiltInReply({ action: { sink }, context: { label } }: RequestOf<"message.send">): boolean {
  if (sink.kind !== "free") return false;
  return label.integrity === cleanLabel.integrity && label.sources.length === 0 && covers(label.readers, "public");
}

function missing(world: ToolWorld): (request: Request) => Because {
  const ofTool = missingTool(world);
  return (request) => {
    const { action } = request;
    switch (action.kind) {
      case "message.deliver":
      case "message.send":
        return missingAdmission(world.gates, request);
      case "method.call":
        return { id: "method.scope_missing", origin: "engine" };
      case "tool.call":
        return ofTool({ ...request, action });
      case "node.invoke":
        return { id: "node.not_granted", origin: "engine" };
    }
  };
}
