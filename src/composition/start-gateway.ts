/**
 * Starts a Gateway on a state directory: first run, lock, config, policy, then the listener; with a sound config the
 * engine, else recovery mode. Throws StartError, LockHeldError, PortInUseError, and what the disk says.
 */

import { writeFirstRun } from "../config/first-run.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { withoutRefused } from "../config/refused.ts";
import type { Config } from "../config/schema.ts";
import { keysForRestart } from "../config/start-keys.ts";
import { isObject } from "../config/value.ts";
import { createEvents } from "../gateway/events.ts";
import { type Gateway, startGateway as startControlPlane } from "../gateway/gateway.ts";
import type { GatewayServices, RunningServices } from "../gateway/services.ts";
import { openDevices } from "../identity/devices.ts";
import { systemClock } from "../platform/clock.ts";
import { watchForChanges } from "../platform/file-watch.ts";
import { hostFacts } from "../platform/host.ts";
import { acquireGatewayLock, type GatewayLock } from "../platform/lock.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import { Secret } from "../platform/secret.ts";
import { statePaths } from "../platform/state-paths.ts";
import { productVersion } from "../platform/version.ts";
import type { Sandbox, SandboxReport } from "../tools/exec/sandbox.ts";
import { createEngine, type Engine } from "./engine.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { gatewaySettings, operatorAuth } from "./gateway-settings.ts";
import { createConfigService, createLogService } from "./services/control.ts";
import { createHostService, type HostPorts } from "./services/host.ts";
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
import { asStartError } from "./start-error.ts";
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
  const lock = lockOf(paths.root);
  let foundation: Foundation | undefined;
  try {
    const sandbox = hostSandbox(paths, host, clock);
    const probed = sandbox.probe();
    const firstRun = found.status === "absent";
    if (firstRun) await writeFirstRun(found.paths, (await probed).state === "proven" ? "proven" : "not proven");
    const loaded = firstRun ? loadConfig({ environment, flags }) : found;
    const console = options.console === undefined ? {} : { console: options.console };
    foundation = await openFoundation({ clock, host, environment, flags, loaded, ...console });
    const process = new GatewayProcess(foundation, { options, sandbox, release: () => lock.release() });
    return await process.start({ firstRun, probed });
  } catch (error) {
    // What stopped the start is told, not what stops the clean-up after it.
    await foundation?.close().catch(() => undefined);
    lock.release();
    throw asStartError(error, paths.root);
  }
}

function lockOf(stateDirectory: string): GatewayLock {
  try {
    createPrivateFolder(stateDirectory);
    return acquireGatewayLock(stateDirectory);
  } catch (error) {
    throw asStartError(error, stateDirectory);
  }
}

type Parts = { readonly options: StartOptions; readonly sandbox: Sandbox; release(): void };
type FirstFacts = { readonly firstRun: boolean; readonly probed: Promise<SandboxReport> };

class GatewayProcess {
  readonly #foundation: Foundation;
  readonly #parts: Parts;
  readonly #events = createEvents();
  readonly #startedAt: number;
  /** What the listener and the queue were made of. */
  #startedWith: Config | undefined;
  #gateway: Gateway | undefined;
  #engine: Engine | undefined;
  #running: RunningServices | undefined;
  #stopping = false;
  #toldProblems: ReadonlySet<string> = new Set();
  #channelsMadeOf = "";

  constructor(foundation: Foundation, parts: Parts) {
    this.#foundation = foundation;
    this.#parts = parts;
    this.#startedAt = foundation.clock.now();
  }

  /** A start that fails leaves nothing that still listens or works. */
  async start(facts: FirstFacts): Promise<Started> {
    try {
      return await this.#start(facts);
    } catch (error) {
      await this.#engine?.stop(0).catch(() => undefined);
      await this.#gateway?.stop("the start failed").catch(() => undefined);
      throw error;
    }
  }

  async #start({ firstRun, probed }: FirstFacts): Promise<Started> {
    const foundation = this.#foundation;
    await this.#applySettings();
    this.#startedWith = foundation.config();
    const gateway = await this.#listen();
    this.#gateway = gateway;
    const sandbox = await probed;
    await this.#startEngine();
    const unwatch = watchForChanges(
      () => foundation.loaded().stamps,
      () => void this.#reload(),
    );
    const mode = this.#engine ? "normal" : "recovery";
    foundation.log.info("the Gateway is ready", { port: gateway.port, mode });
    return {
      mode,
      firstRun,
      sandbox,
      port: gateway.port,
      url: `http://127.0.0.1:${gateway.port}/`,
      loginLink: () => gateway.loginLink(),
      problems: foundation.loaded().problems,
      close: async (reason) => {
        unwatch();
        await this.#close(gateway, reason);
      },
    };
  }

  async #close(gateway: Gateway, reason: string): Promise<void> {
    this.#stopping = true;
    await this.#engine?.stop(drainGraceMs);
    await gateway.stop(reason);
    await this.#foundation.close();
    this.#parts.release();
  }

  /** Each problem once, for as long as it stands. */
  #logProblems({ problems }: LoadedConfig): void {
    const log = this.#foundation.log.child("config");
    const told = problems.filter(({ severity }) => severity !== "info");
    for (const { code, path, line, message, fix } of told) {
      if (!this.#toldProblems.has(`${code} ${path} ${message}`)) log.warn(`${path}: ${message}`, { code, line, fix });
    }
    this.#toldProblems = new Set(told.map(({ code, path, message }) => `${code} ${path} ${message}`));
  }

  /** Channels, agents and tools, once the config is sound: at the start, or when a broken one was mended. */
  async #startEngine(): Promise<void> {
    const foundation = this.#foundation;
    if (this.#engine || foundation.loaded().status === "invalid") return;
    const { sandbox, options } = this.#parts;
    const directory = { factories: options.channels, changed: () => this.#gateway?.healthChanged() };
    const engine = createEngine({ foundation, sandbox, events: this.#events, directory });
    this.#engine = engine;
    this.#channelsMadeOf = this.#channelSettings();
    await engine.start();
    this.#running = this.#runningServices(engine);
    this.#gateway?.healthChanged();
  }

  async #listen(): Promise<Gateway> {
    const { clock, guard, paths, log } = this.#foundation;
    return startControlPlane({
      settings: this.#settings(this.#parts.options),
      services: this.#services(),
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

  #services(): GatewayServices {
    const foundation = this.#foundation;
    const { sandbox } = this.#parts;
    const running = () => this.#running;
    const core = {
      host: createHostService({
        foundation,
        sandbox,
        engine: () => this.#engine,
        startedAt: this.#startedAt,
        phase: () => this.#phase(),
        restartKeys: () => this.#restartKeys(),
      }),
      config: createConfigService({
        foundation,
        changed: () => this.#readAndApply(),
        restartKeys: () => this.#restartKeys(),
      }),
      logs: createLogService(foundation),
      security: createSecurityService({ foundation, sandbox }),
    };
    return {
      core,
      get running() {
        return running();
      },
    };
  }

  #restartKeys(): readonly string[] {
    return this.#startedWith ? keysForRestart(this.#startedWith, this.#foundation.config()) : [];
  }

  #phase(): ReturnType<HostPorts["phase"]> {
    if (this.#stopping) return "stopping";
    return this.#running ? "up" : "starting or recovery";
  }

  #runningServices(engine: Engine): RunningServices {
    const foundation = this.#foundation;
    const { clock, approvals } = foundation;
    const { queue, changes, acts, runs, approving } = engine;
    const { agents, sessions: stores, inbound } = engine;
    const stop = inbound.stop.bind(inbound);
    const sessions = { clock, agents, sessions: stores, queue, stop, approvals, changes, acts, runs };
    return {
      runs,
      chat: createChatService(sessions),
      sessions: createSessionService(sessions),
      agents: createAgentService(engine, foundation),
      models: createModelService(engine),
      channels: createChannelService(engine),
      senders: createSenderService({
        foundation,
        changed: () => this.#readAndApply(),
        consented: () => this.#tellPending(),
        pairingChanged: (channel, account) => this.#events.publish("channels.pairing.changed", { channel, account }),
      }),
      approvals: approving,
      policy: createPolicyService(foundation, () => this.#consented()),
      why: createWhyService(engine),
      ledger: createLedgerService(foundation),
    };
  }

  /** What the file says now. A broken file changes nothing but the list of problems; a mended one ends recovery mode. */
  async #readAndApply(): Promise<void> {
    await this.#applyFile();
    this.#gateway?.healthChanged();
  }

  async #applyFile(): Promise<void> {
    const loaded = await this.#foundation.reload();
    await this.#applySettings();
    if (loaded.status === "invalid") {
      this.#foundation.log.warn("the config has problems; the settings of before stay in force");
      return;
    }
    this.#gateway?.replaceAuth(operatorAuth(this.#foundation.config().gateway.auth));
    await this.#followChannels();
    await this.#startEngine();
  }

  /** What waited is in force: accounts that were off until then connect, and every page knows. */
  async #consented(): Promise<void> {
    await this.#followChannels();
    this.#tellPending();
    this.#gateway?.healthChanged();
  }

  async #followChannels(): Promise<void> {
    const settings = this.#channelSettings();
    if (!this.#engine || settings === this.#channelsMadeOf) return;
    this.#channelsMadeOf = settings;
    await this.#engine.restartChannels();
  }

  /** As written, secrets included, and as they hold: an account may be off until its owner consents. */
  #channelSettings(): string {
    const { written } = this.#foundation.loaded();
    return JSON.stringify([isObject(written) ? written["channels"] : undefined, this.#foundation.config().channels]);
  }

  async #applySettings(): Promise<void> {
    const { policy, environment, reloadGrants, loaded } = this.#foundation;
    const before = policy.pending?.hash;
    const sound = loaded().status !== "invalid";
    this.#logProblems(loaded());
    if (sound) await policy.applySettings(withoutRefused(loaded().config));
    else if (!this.#engine) await policy.applyRecovery();
    await reloadGrants();
    const accepted = environment["FASED_ACCEPT_POLICY"];
    if (accepted !== undefined) await policy.accept(accepted, "environment");
    if (policy.pending?.hash !== before) this.#tellPending();
  }

  #tellPending(): void {
    const { policy, log } = this.#foundation;
    const hash = policy.pending?.hash ?? null;
    this.#events.publish("policy.pending", { hash });
    if (hash === null) return;
    log.warn("the config allows more than was accepted: the rest waits. Look and accept with `fased config accept`", {
      hash,
    });
  }

  async #reload(): Promise<void> {
    try {
      await this.#readAndApply();
    } catch (error) {
      this.#foundation.log.error("the config could not be applied", { error: String(error) });
    }
  }
}
