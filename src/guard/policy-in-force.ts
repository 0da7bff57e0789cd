/**
 * Which policy holds now. Settings that allow no more than the accepted ones hold at once; settings that allow more
 * wait for the owner's consent, and until then the meet of both holds. The first start and a pairing that the owner
 * approves are their own consent.
 */
import { createHash } from "node:crypto";
import { type Exposure, exposureOf, restrainedTo, type WiderSetting, widerSettings } from "../config/exposure.ts";
import { type Config, defaultConfig } from "../config/schema.ts";
import type { PolicyConfig } from "../policy/access.ts";
import { compile } from "../policy/compile.ts";
import { type Grants, noGrants } from "../policy/grants.ts";
import { emptyPolicy, meet, type Policy } from "../policy/policy.ts";
import { meaningOf, policyHash } from "../policy/policy-hash.ts";
import { diffPolicies, type PolicyDifference } from "../policy/survey.ts";
import type { Accepted, AcceptedBy, AcceptedPolicyStore } from "./accepted-policy.ts";

/** What decides about access, and what stands open beside it. */
export type AccessSettings = PolicyConfig & Pick<Config, "network" | "models">;

export type OwnerAddress = AccessSettings["security"]["owners"][number];

export type PendingConsent = {
  readonly hash: string;
  /** What would be in force. */
  readonly policy: Policy;
  readonly difference: PolicyDifference;
  /** Settings of the Gateway itself that wait too. */
  readonly wider: readonly WiderSetting[];
};

export interface PolicyInForce {
  readonly current: Policy;
  /** What the config file allows more than was accepted; undefined when nothing waits. */
  readonly pending: PendingConsent | undefined;
  /** New settings from the config file. */
  applySettings(settings: AccessSettings): Promise<void>;
  /** The config cannot be trusted: only the control plane is open, whatever was accepted stays accepted. */
  applyRecovery(): Promise<void>;
  /** New pairings. */
  applyGrants(grants: Grants): void;
  /** The owner's consent. False when `hash` is not what waits: then nothing changes. */
  accept(hash: string, by: AcceptedBy): Promise<boolean>;
  /** The consent that lies in making somebody an owner: to this alone. False when more waits: then nothing changes. */
  acceptOwner(owner: OwnerAddress): Promise<boolean>;
  /** The config, as far as it may hold now: while it waits for consent, no more stands open than was accepted. */
  restrained<C extends AccessSettings>(config: C): C;
}

export type PolicyInForcePorts = {
  readonly accepted: AcceptedPolicyStore;
  readonly now: () => number;
  /** Called whenever another policy holds. `epoch` stands for the settings: the same after a restart and after a pairing. */
  readonly onChange: (policy: Policy, epoch: number) => void;
};

/** Names the settings, whatever pairings exist beside them: what consent is given to. */
export function settingsHash(settings: AccessSettings): string {
  return hashOf(settings, exposureOf(settings));
}

function hashOf(settings: PolicyConfig, exposure: Exposure): string {
  const open = meaningOf(exposure);
  return policyHash(compile(settings, noGrants), (text) =>
    createHash("sha256").update(`${text}\n${open}`, "utf8").digest("hex"),
  );
}

export function createPolicyInForce(ports: PolicyInForcePorts): PolicyInForce {
  return new ConsentedPolicy(ports);
}

class ConsentedPolicy implements PolicyInForce {
  readonly #ports: PolicyInForcePorts;
  #settings: AccessSettings | undefined;
  #grants: Grants = noGrants;
  #current: Policy = emptyPolicy;
  #pending: PendingConsent | undefined;
  /** What may stand open at most; undefined when the file's own settings may. */
  #limit: Exposure | undefined;

  constructor(ports: PolicyInForcePorts) {
    this.#ports = ports;
  }

  get current(): Policy {
    return this.#current;
  }

  get pending(): PendingConsent | undefined {
    return this.#pending;
  }

  async applySettings(settings: AccessSettings): Promise<void> {
    this.#settings = settings;
    const hash = settingsHash(settings);
    const accepted = this.#ports.accepted.load();
    if (!accepted) return this.#adopt(hash, "first-start");
    if (accepted.hash === hash) return this.#holdAccepted(settings);
    const before = compileStored(accepted.settings, this.#grants);
    const next = compile(settings, this.#grants);
    const difference = diffPolicies(before, next);
    const wider = widerSettings(accepted.exposure, exposureOf(settings));
    if (difference.widened.length + wider.length === 0) return this.#adopt(hash, "narrowing");
    this.#limit = accepted.exposure;
    this.#hold(meet(before, next), { hash, policy: next, difference, wider });
  }

  restrained<C extends AccessSettings>(config: C): C {
    return this.#limit ? restrainedTo(this.#limit, config) : config;
  }

  async applyRecovery(): Promise<void> {
    this.#settings = undefined;
    this.#limit = this.#ports.accepted.load()?.exposure ?? exposureOf(defaultConfig());
    // Default settings let operators call methods and admit nobody over channels.
    this.#hold(compile(defaultConfig(), noGrants), undefined);
  }

  applyGrants(grants: Grants): void {
    this.#grants = grants;
    if (!this.#settings) return;
    const next = compile(this.#settings, grants);
    const accepted = this.#pending && this.#ports.accepted.load();
    this.#hold(accepted ? meet(compileStored(accepted.settings, grants), next) : next, this.#pending);
  }

  async accept(hash: string, by: AcceptedBy): Promise<boolean> {
    if (this.#pending?.hash !== hash) return false;
    await this.#adopt(hash, by);
    return true;
  }

  async acceptOwner(owner: OwnerAddress): Promise<boolean> {
    const accepted = this.#pending && this.#ports.accepted.load();
    if (!accepted) return true;
    const { security } = accepted.settings;
    const wanted = { ...accepted.settings, security: { ...security, owners: [...security.owners, owner] } };
    return this.accept(hashOf(wanted, accepted.exposure), "owner");
  }

  async #adopt(hash: string, by: AcceptedBy): Promise<void> {
    const settings = this.#settings;
    if (!settings) return;
    const accepted: Accepted = { hash, settings, exposure: exposureOf(settings) };
    await this.#ports.accepted.save(accepted, by, this.#ports.now());
    this.#holdAccepted(settings);
  }

  #holdAccepted(settings: AccessSettings): void {
    this.#limit = undefined;
    this.#hold(compile(settings, this.#grants), undefined);
  }

  #epoch(): number {
    return this.#settings ? Number.parseInt(settingsHash(this.#settings).slice(0, epochDigits), 16) : 0;
  }

  #hold(policy: Policy, pending: PendingConsent | undefined): void {
    this.#current = policy;
    this.#pending = pending;
    this.#ports.onChange(policy, this.#epoch());
  }
}

/** Hexadecimal digits of a hash that a number holds exactly. */
const epochDigits = 12;

/** Settings that an older version stored and this one cannot compile allow nothing: everything needs consent anew. */
function compileStored(settings: PolicyConfig, grants: Grants): Policy {
  try {
    return compile(settings, grants);
  } catch {
    return emptyPolicy;
  }
}
