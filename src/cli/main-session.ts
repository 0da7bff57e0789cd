import type { GatewayConnection } from "./gateway-client.ts";

type Agents = { readonly defaultId: string };

/** Key of the conversation that an owner has with an agent when none is named. */
export async function mainSession(gateway: GatewayConnection, agent?: string): Promise<string> {
  const id = agent ?? (await gateway.call<Agents>("agents.list")).defaultId;
  return `agent:${id}:main`;
}
