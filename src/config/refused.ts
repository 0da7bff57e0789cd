/** Settings that are legal and that this version refuses: the safe value holds in their place, and every view says so. */
import type { RuleFault } from "./rule-fault.ts";
import type { Config } from "./schema.ts";

type Listening = Pick<Config, "gateway">;

/** A listener beyond loopback, and the log-in that needs one. */
export function refusedFaults({ gateway }: Listening): RuleFault[] {
  return [...bindFaults(gateway), ...loginFaults(gateway)];
}

function bindFaults({ bind, port }: Config["gateway"]): RuleFault[] {
  if (bind === "loopback") return [];
  return [
    {
      path: ["gateway", "bind"],
      code: "gateway.bind_refused",
      message: `\`${bind}\` is refused: this version listens on loopback only, and stays there`,
      fix: `set gateway.bind to "loopback"; reach it from other machines through an SSH tunnel: ssh -N -L ${port}:127.0.0.1:${port} user@this-host`,
      weight: "refused",
    },
  ];
}

function loginFaults({ auth }: Config["gateway"]): RuleFault[] {
  if (auth.mode !== "trusted-proxy") return [];
  return [
    {
      path: ["gateway", "auth", "mode"],
      code: "gateway.auth_mode_refused",
      message: "`trusted-proxy` is refused: this version listens on loopback only; the token or the password holds",
      fix: 'set gateway.auth.mode to "token", or to "password"',
      weight: "refused",
    },
  ];
}

/** The config as it can hold. The same object when nothing in it is refused. */
export function withoutRefused<C extends Listening>(config: C): C {
  if (refusedFaults(config).length === 0) return config;
  const { bind, customBindHost, auth, ...gateway } = config.gateway;
  const bound = bind === "loopback" && customBindHost !== undefined ? { customBindHost } : {};
  const { mode, ...proof } = auth;
  const login = Object.freeze(mode === "trusted-proxy" ? proof : auth);
  const held = Object.freeze({ ...gateway, ...bound, bind: "loopback" as const, auth: login });
  return Object.freeze({ ...config, gateway: held });
}
