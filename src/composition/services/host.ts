/** Health and status: what is known, without I/O. */
import { offlineProvider } from "../../agent/model.ts";
import type { Config } from "../../config/schema.ts";
import type { HostService, StatusView } from "../../gateway/services.ts";
import { productVersion } from "../../platform/version.ts";
import type { Sandbox } from "../../tools/exec/sandbox.ts";
import type { Engine } from "../engine.ts";
import type { Foundation } from "../foundation.ts";
import { serviceProblems } from "./control.ts";

export type HostPorts = {
  readonly foundation: Foundation;
  readonly sandbox: Sandbox;
  engine(): Engine | undefined;
  readonly startedAt: number;
  /** Keys whose value in force waits for the next start. */
  restartKeys(): readonly string[];
  /** `up`: what was left over is taken up again and the channels were started, so every method answers. */
  phase(): "starting or recovery" | "up" | "stopping";
};

export function createHostService(ports: HostPorts): HostService {
  const { foundation, engine } = ports;
  return {
    health: () => ({
      ready: ports.phase() === "up",
      channels: engine()?.channels.statuses() ?? [],
      defaultAgentId: engine()?.agents()[0] ?? "main",
    }),
    status: () => ({
      version: productVersion,
      mode: ports.phase() === "starting or recovery" ? "recovery" : "normal",
      startedAt: ports.startedAt,
      stateDirectory: foundation.paths.root,
      configPath: foundation.loaded().paths.config,
      workspace: workspaceOf(ports),
      model: modelOf(engine()),
      sandbox: sandboxOf(ports.sandbox),
      queue: queueOf(ports),
      policyEpoch: foundation.guard.epoch,
      problems: [...serviceProblems(foundation.loaded().problems), ...storeProblems(engine())],
      dangerousFlags: dangerousFlags(foundation.config()),
      restartKeys: ports.restartKeys(),
    }),
  };
}

function storeProblems(engine: Engine | undefined): StatusView["problems"] {
  return (engine?.storeFaults() ?? []).map(({ code, message, fix }) => ({ code, message, fix }));
}

function workspaceOf({ engine }: HostPorts): string {
  const running = engine();
  return running ? running.workspaces.rootOf(running.agents()[0] ?? "main") : "";
}

function modelOf(engine: Engine | undefined): StatusView["model"] {
  const [reference] = engine?.models.source.references(engine.agents()[0] ?? "main") ?? [];
  if (!reference) return { provider: offlineProvider, id: offlineProvider, offline: true };
  return { ...reference, offline: reference.provider === offlineProvider };
}

function sandboxOf(sandbox: Sandbox): StatusView["sandbox"] {
  const report = sandbox.report();
  return report.state === "proven"
    ? { state: "proven", detail: "bubblewrap, proved at each run" }
    : { state: "unproven", detail: `${report.reason}. ${report.fix}` };
}

function queueOf({ engine, foundation }: HostPorts): StatusView["queue"] {
  const size = engine()?.queue.size() ?? { running: 0, waiting: 0 };
  return { ...size, parked: foundation.approvals.list({ state: "waiting" }).length };
}

/** Break-glass switches that are on, as config keys. */
export function dangerousFlags({ gateway, security, tools }: Config): readonly string[] {
  const flags: readonly (readonly [string, boolean])[] = [
    ["gateway.controlUi.allowInsecureAuth", gateway.controlUi.allowInsecureAuth],
    ["gateway.controlUi.dangerouslyDisableDeviceAuth", gateway.controlUi.dangerouslyDisableDeviceAuth],
    [
      "gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback",
      gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback,
    ],
    ["security.informationFlow.mode", security.informationFlow.mode === "observe"],
    ["tools.exec.applyPatch.workspaceOnly", !tools.exec.applyPatch.workspaceOnly],
  ];
  return flags.filter(([, on]) => on).map(([key]) => key);
}
