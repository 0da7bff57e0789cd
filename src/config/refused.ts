/** Settings that are legal and that this version refuses: the safe value holds in their place, and every view says so. */
import type { RuleFault } from "./rule-fault.ts";
import type { Config } from "./schema.ts";

type Listening = Pick<Config, "gateway">;

/** A listener beyond loopback. */
export function refusedFaults({ gateway }: Listening): RuleFault[] {
  if (gateway.bind === "loopback") return [];
  return [
    {
      path: ["gateway", "bind"],
      code: "gateway.bind_refused",
      message: `\`${gateway.bind}\` is refused: this version listens on loopback only, and stays there`,
      fix: `set gateway.bind to "loopback"; reach it from other machines through an SSH tunnel: ssh -N -L ${gateway.port}:127.0.0.1:${gateway.port} user@this-host`,
      weight: "refused",
    },
  ];
}

/** The config as it can hold. The same object when nothing in it is refused. */
export function withoutRefused<C extends Listening>(config: C): C {
  if (config.gateway.bind === "loopback") return config;
  const { customBindHost: _refused, ...gateway } = config.gateway;
  return Object.freeze({ ...config, gateway: Object.freeze({ ...gateway, bind: "loopback" as const }) });
}
