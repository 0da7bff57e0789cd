/**
 * Starts a Gateway on a state directory: first run, lock, config, policy, then the listener; with a sound config the
 * engine, else recovery mode. Throws StartError, LockHeldError, PortInUseError, and what the disk says.
 */

import { writeFirstRun } from "../config/first-run.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { createEvents, type Events } from "../gateway/events.ts";
import { type Gateway, startGateway as startControlPlane } from "../gateway/gateway.ts";
import type { GatewayServices, RunningServices } from "../gateway/services.ts";
import { openDevices } from "../identity/devices.ts";
import { systemClock } from "../platform/clock.ts";
import { hostFacts } from "../platform/host.ts";
import { acquireGatewayLock } from "../platform/lock.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import { Secret } from "../platform/secret.ts";
import { statePaths } from "../platform/state-paths.ts";
import { productVersion } from "../platform/version.ts";
import { watchForChanges } from "../platform/watch-file.ts";
import { createEngine, type Engine } from "./engine.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { gatewaySettings, operatorAuth } from "./gateway-settings.ts";
import { createConfigService, createLogService } from "./services/control.ts";
import { createHostService } from "./services/host.ts";
import { createPolicyService, createSenderService } from "./services/people.ts";
import { createSecurityService } from "./services/security.ts";
import { createChatService, createSessionService } from "./services/sessions.ts";
import {
  createAgentService,
  createChannelService,
  createLedgerService,
  createModelService,
  createWhyService,
} from "./services/system.ts";
import type { Started, StartOptions } from "./start-options.ts";
import { hostSandbox } from "./start-sandbox.ts";

/** How long turns may go on after a stop was asked for; what is not done then is taken up at the next start. */
export const drainGraceMs = 20_000;

export async function startGateway(options: StartOptions): Promise<Started> {
  const clock = options.clock ?? systemClock;
  const host = hostFacts();
  const { environment, flags } = options;
  const found = loadConfig({ environment, flags });
  const paths = statePaths(found.paths.state);
  createPrivateFolder(paths.root);
  const lock = acquireGatewayLock(paths.root);
  try {
    const sandbox = hostSandbox(paths, host, clock);
    const probed = sandbox.probe();
    const firstRun = found.status === "absent";
    if (firstRun) await writeFirstRun(found.paths, (await probed).state === "proven" ? "proven" : "not proven");
    const loaded = firstRun ? loadConfig({ environment, flags }) : found;
    const console = options.console === undefined ? {} : { console: options.console };
    const foundation = await openFoundation({ clock, host, environment, flags, loaded, ...console });
    const start = new Start(foundation, createEvents());
    return await start.run({ options, firstRun, sandbox, probed, release: () => lock.release() });
  } catch (error) {
    lock.release();
    throw error;
  }
}

type Running = {
  readonly options: StartOptions;
  readonly firstRun: boolean;
  readonly sandbox: ReturnType<typeof hostSandbox>;
  readonly probed: ReturnType<ReturnType<typeof hostSandbox>["probe"]>;
  release(): void;
};

class Start {
  readonly #foundation: Foundation;
  readonly #events: Events;
  readonly #startedAt: number;
  #engine: Engine | undefined;
  #stopping = false;

  constructor(foundation: Foundation, events: Events) {
    this.#foundation = foundation;
    this.#events = events;
    this.#startedAt = foundation.clock.now();
  }

  async run(running: Running): Promise<Started> {
    const { foundation } = { foundation: this.#foundation };
    const sound = foundation.loaded().status !== "invalid";
    await this.#applySettings();
    const { sandbox, options } = running;
    if (sound) {
      const factories = options.channels === undefined ? {} : { channelFactories: options.channels };
      this.#engine = createEngine({ foundation, sandbox, events: this.#events, ...factories });
    }
    const gateway = await this.#listen(running);
    const report = await running.probed;
    await this.#engine?.start();
    const unwatch = watchForChanges(foundation.loaded().paths.config, () => void this.#reload(gateway));
    foundation.log.info("the Gateway is ready", { port: gateway.port, mode: sound ? "normal" : "recovery" });
    return {
      mode: sound ? "normal" : "recovery",
      firstRun: running.firstRun,
      port: gateway.port,
      url: `http://127.0.0.1:${gateway.port}/`,
      loginLink: () => gateway.loginLink(),
      sandbox: report,
      problems: foundation.loaded().problems,
      close: async (reason) => {
        this.#stopping = true;
        unwatch();
        await this.#engine?.stop(drainGraceMs);
        await gateway.stop(reason);
        await foundation.close();
        running.release();
      },
    };
  }

  async #listen({ options, sandbox }: Running): Promise<Gateway> {
    const foundation = this.#foundation;
    const { clock, guard, paths, log } = foundation;
    return startControlPlane({
      settings: this.#settings(options),
      services: this.#services(sandbox),
      guard,
      devices: await openDevices(paths, clock),
      events: this.#events,
      clock,
      loginSocketPath: paths.gatewaySocket,
      log: (level, message, fields) => log.child("gateway")[level](message, fields),
    });
  }

  /** In recovery mode a missing secret must not keep the owner out of their own page: paired devices and the link of
   * the same OS user still work, a random secret nobody knows stands in for the shared one. */
  #settings({ uiRoot }: StartOptions) {
    const config = this.#foundation.config();
    const place = { version: productVersion, uiRoot };
    if (this.#foundation.loaded().status !== "invalid") return gatewaySettings(config, place);
    const token = config.gateway.auth.token ?? new Secret(crypto.randomUUID());
    const { gateway } = config;
    const auth = { ...gateway.auth, mode: "token" as const, token };
    return gatewaySettings({ ...config, gateway: { ...gateway, bind: "loopback", auth } }, place);
  }

  #services(sandbox: Running["sandbox"]): GatewayServices {
    const foundation = this.#foundation;
    const engine = () => this.#engine;
    const changed = () => this.#applySettings();
    const core = {
      host: createHostService({
        foundation,
        sandbox,
        engine,
        startedAt: this.#startedAt,
        stopping: () => this.#stopping,
      }),
      config: createConfigService({ foundation, changed: async () => void (await this.#readAndApply()) }),
      logs: createLogService(foundation),
      security: createSecurityService({ foundation, sandbox }),
    };
    const running = this.#engine && this.#runningServices(this.#engine, changed);
    return { core, running };
  }

  #runningServices(engine: Engine, changed: () => Promise<void>): RunningServices {
    const foundation = this.#foundation;
    const { clock, approvals } = foundation;
    const { queue, changes, runs, approving } = engine;
    const sessions = { clock, agents: engine.agents, sessions: engine.sessions, queue, approvals, changes, runs };
    return {
      runs,
      chat: createChatService(sessions),
      sessions: createSessionService(sessions),
      agents: createAgentService(engine, foundation),
      models: createModelService(engine),
      channels: createChannelService(engine),
      senders: createSenderService({
        foundation,
        changed: async () => {
          await this.#readAndApply();
          await changed();
        },
        pairingChanged: (channel, account) => this.#events.publish("channels.pairing.changed", { channel, account }),
      }),
      approvals: approving,
      policy: createPolicyService(foundation),
      why: createWhyService(engine),
      ledger: createLedgerService(foundation),
    };
  }

  /** What the file says now. A broken file changes nothing but the list of problems. */
  async #readAndApply(): Promise<LoadedConfig> {
    const loaded = await this.#foundation.reload();
    await this.#applySettings();
    return loaded;
  }

  async #applySettings(): Promise<void> {
    const { policy, environment, reloadGrants, config, loaded } = this.#foundation;
    const before = policy.pending?.hash;
    if (loaded().status === "invalid") await policy.applyRecovery();
    else await policy.applySettings(config());
    await reloadGrants();
    const accepted = environment["FASED_ACCEPT_POLICY"];
    if (accepted !== undefined) await policy.accept(accepted, "environment");
    const now = policy.pending?.hash;
    if (now !== before) this.#events.publish("policy.pending", { hash: now ?? null });
  }

  async #reload(gateway: Gateway): Promise<void> {
    const { log } = this.#foundation;
    try {
      const loaded = await this.#readAndApply();
      if (loaded.status === "invalid") log.warn("the config has problems; the settings of before stay in force");
      else gateway.replaceAuth(operatorAuth(loaded.config.gateway.auth));
    } catch (error) {
      log.error("the config could not be applied", { error: String(error) });
    }
  }
}
