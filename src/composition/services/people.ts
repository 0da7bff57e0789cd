/** Senders who ask to be let in, and the policy that waits for consent: both change who may do what. */
import { changedReach } from "../../audit/changed-reach.ts";
import { accountsOf } from "../../config/accounts.ts";
import { setValue } from "../../config/edit.ts";
import { type WiderSetting, widerText } from "../../config/exposure.ts";
import { parsePath } from "../../config/path.ts";
import { needsRestart } from "../../config/start-keys.ts";
import { changeConfig } from "../../config/write.ts";
import {
  type PendingPolicy,
  type PolicyService,
  type Reach,
  type SenderApproved,
  type SenderChoice,
  type SenderService,
  ServiceError,
} from "../../gateway/services.ts";
import type { PendingConsent } from "../../guard/policy-in-force.ts";
import { PairingError, type SenderAddress } from "../../identity/pairing-store.ts";
import { identityOfId } from "../../policy/standing.ts";
import type { Foundation } from "../foundation.ts";

export type PeoplePorts = {
  readonly foundation: Foundation;
  /** Pairings or settings changed. */
  changed(): Promise<void>;
  /** What waits for consent may be another thing now. */
  consented(): void;
  pairingChanged(channel: string, account: string): void;
};

export function createSenderService(ports: PeoplePorts): SenderService {
  const { pairing, config } = ports.foundation;
  return {
    async list({ channel, account }) {
      const requests = await pairing.list(channel);
      return {
        accounts: accountsOf(config()).filter((place) => channel === undefined || place.channel === channel),
        requests: requests
          .filter((request) => account === undefined || request.account === account)
          .map(({ id, name, code, ...request }) => ({
            ...request,
            senderId: id,
            senderName: name,
            hasCode: code !== undefined,
          })),
        ownerConfigured: config().security.owners.length > 0,
      };
    },
    async approve(choice) {
      const sender = await pairing.approve(chosen(choice)).catch(asServiceError);
      const ownership = choice.owner === "owner" ? await addOwner(ports, sender) : "not-requested";
      await ports.changed();
      if (ownership === "configured" && (await ports.foundation.policy.acceptOwner(sender))) ports.consented();
      ports.pairingChanged(sender.channel, sender.account);
      return { senderId: sender.id, ownership };
    },
    async dismiss(choice) {
      const sender = await pairing.dismiss(chosen(choice)).catch(asServiceError);
      ports.pairingChanged(sender.channel, sender.account);
      return { senderId: sender.id };
    },
    async revoke({ channel, account, senderId }) {
      const outcome = await pairing.revoke({ channel, account, id: senderId });
      if (outcome === "absent") return outcome;
      await ports.changed();
      ports.pairingChanged(channel, account);
      return outcome;
    },
  };
}

const chosen = ({ channel, account, requestId }: SenderChoice) => ({ channel, account, request: requestId });

function asServiceError(error: unknown): never {
  if (error instanceof PairingError) throw new ServiceError(error.code, error.message);
  throw error;
}

/** An owner is written into the config: the one place where owners stand. */
async function addOwner({ foundation }: PeoplePorts, sender: SenderAddress): Promise<SenderApproved["ownership"]> {
  if (identityOfId(sender.channel, sender.id) === "mutable") return "unavailable";
  const { owners } = foundation.config().security;
  const same = (owner: SenderAddress) =>
    owner.channel === sender.channel && owner.account === sender.account && owner.id === sender.id;
  if (owners.some(same)) return "already-configured";
  const { environment, flags, clock } = foundation;
  const { channel, account, id } = sender;
  const next = [...owners, { channel, account, id }];
  await changeConfig({ environment, flags, clock, edit: (text) => setValue(text, ["security", "owners"], next) });
  return "configured";
}

/** `consented`: what waited is in force. */
export function createPolicyService(
  { policy, guard }: Pick<Foundation, "policy" | "guard">,
  consented: () => Promise<void>,
): PolicyService {
  return {
    epoch: () => guard.epoch,
    pending: () => policy.pending && pendingView(policy.pending),
    async accept(hash) {
      if (await policy.accept(hash, "owner")) return consented();
      throw new ServiceError("policy.changed", "this is not the policy that waits now; look at it again");
    },
  };
}

function pendingView({ hash, policy, difference, wider }: PendingConsent): PendingPolicy {
  return {
    hash,
    widened: [...wider.map(settingReach), ...changedReach(policy, difference.widened)],
    narrowed: changedReach(policy, difference.narrowed),
    restartKeys: wider.map(({ key }) => key).filter((key) => needsRestart(parsePath(key))),
  };
}

function settingReach(wider: WiderSetting): Reach {
  const isListener = wider.key.startsWith("gateway.") || wider.key.startsWith("network.");
  const who = isListener ? "whoever reaches this Gateway" : "whoever runs the server at that address";
  return { who, what: wider.key, effect: "allow", sentence: widerText(wider) };
}
