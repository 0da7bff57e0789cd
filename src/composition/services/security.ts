/** Questions about access, answered by the policy in force. */
import { type SecurityService, ServiceError } from "../../gateway/services.ts";
import type { Sandbox } from "../../tools/exec/sandbox.ts";
import type { Foundation } from "../foundation.ts";

export type SecurityPorts = { readonly foundation: Foundation; readonly sandbox: Sandbox };

export function createSecurityService(_ports: SecurityPorts): SecurityService {
  const later = () => {
    throw new ServiceError("security.unavailable", "the audit is not part of this build");
  };
  return { audit: later, explain: later, whoCan: later };
}
