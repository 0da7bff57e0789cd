/** Every command, one line each. A command's file loads when that command is run or asked for help. */
import type { ConfigPorts } from "./config.ts";
import type { RunPorts } from "./gateway-process.ts";
import type { SandboxPort } from "./machine-probes.ts";
import type { CommandEntry } from "./program.ts";

/** What commands take from above: starting a Gateway, and trying this machine's sandbox. */
export type CommandPorts = RunPorts & SandboxPort;

export function commandTable(ports: CommandPorts): readonly CommandEntry[] {
  return [
    entry("start", "start the Gateway here", async () => (await import("./start.ts")).startCommand(ports)),
    entry("onboard", "set up a model and a first channel", async () =>
      (await import("./onboard.ts")).onboardCommand(ports),
    ),
    entry(
      "dashboard",
      "open the Control UI, logged in",
      async () => (await import("./dashboard.ts")).registerDashboard,
    ),
    entry("agent", "say something to an agent", async () => (await import("./agent.ts")).registerAgent),
    entry("status", "what runs and what waits for you", async () => (await import("./status.ts")).registerStatus),
    entry("health", "whether the Gateway is ready", async () => (await import("./health.ts")).registerHealth),
    entry(
      "approvals",
      "calls of tools that wait for your yes",
      async () => (await import("./approvals.ts")).registerApprovals,
    ),
    entry("pairing", "senders who asked to be let in", async () => (await import("./pairing.ts")).registerPairing),
    entry(
      "devices",
      "browsers and programs that may connect",
      async () => (await import("./devices.ts")).registerDevices,
    ),
    entry("sessions", "conversations", async () => (await import("./sessions.ts")).registerSessions),
    entry("channels", "chat channels", async () => (await import("./channels.ts")).registerChannels),
    entry("models", "models and their keys", async () => (await import("./models.ts")).registerModels),
    entry("undo", "take back what the last turn changed", async () => (await import("./undo.ts")).registerUndo),
    entry("keep", "adopt what the last turn changed", async () => (await import("./undo.ts")).registerKeep),
    entry("why", "why messages were not answered", async () => (await import("./why.ts")).registerWhy),
    entry("logs", "the Gateway's log", async () => (await import("./logs.ts")).registerLogs),
    entry("config", "look at the config, change it", loadConfigCommand),
    entry("security", "what is open, and who may do what", () => loadSecurityCommand(ports)),
    entry("ledger", "what the guard decided", async () => (await import("./ledger.ts")).ledgerCommand),
    entry("gateway", "the Gateway as a service", async () => (await import("./gateway.ts")).gatewayCommand(ports)),
  ];
}

const entry = (name: string, summary: string, load: CommandEntry["load"]): CommandEntry => ({ name, summary, load });

async function loadSecurityCommand(ports: SandboxPort) {
  const [{ securityCommand }, { probeGateway, probeSandbox }] = await Promise.all([
    import("./security.ts"),
    import("./machine-probes.ts"),
  ]);
  return securityCommand({ probeGateway, probeSandbox: (context) => probeSandbox(ports, context) });
}

async function loadConfigCommand() {
  const { configCommand } = await import("./config.ts");
  const accept: ConfigPorts["accept"] = async (request, context) =>
    (await import("./accept-policy.ts")).acceptPolicy(request, context);
  return configCommand({ accept });
}
