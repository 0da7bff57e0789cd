/**
 * Senders who asked to be let in, and those who were: codes and allow stores (reference 5.2). A pairing belongs to one
 * (channel, account, id) and grants direct messages only; what that means is the policy engine's business.
 */
import { createHash, randomInt } from "node:crypto";
import * as z from "zod";
import type { Clock } from "../platform/clock.ts";
import { fileFacts, listFolder } from "../platform/files.ts";
import type { StatePaths } from "../platform/state-paths.ts";
import type { Grants, PairedSender } from "../policy/grants.ts";
import { type Changed, createJsonStore, type JsonStore } from "./json-store.ts";

export const pairingLimits = {
  codeLength: 8,
  ttlMs: 3_600_000,
  pendingPerChannelMax: 3,
  /** Requests over the limit: without a code, shown to the owner. */
  waitingPerChannelMax: 20,
  senderNameLengthMax: 80,
  senderIdLengthMax: 256,
  codeTriesMax: 500,
} as const;

/** 32 symbols without 0, O, 1 and I. */
const codeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

export type SenderAddress = { readonly channel: string; readonly account: string; readonly id: string };

export type PairingRequest = SenderAddress & {
  /** Stable for this request; tells nothing about the code. */
  readonly requestId: string;
  /** Undefined over the limit: the owner sees the request, the sender got no code. */
  readonly code: string | undefined;
  readonly name: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
};

export type PairingAnswer =
  /** `created` by the sender's first message, `repeated` by later ones: the code is told once per request. */
  | { readonly kind: "created" | "repeated"; readonly requestId: string; readonly code: string }
  /** Too many pending: no code and no answer; the owner sees it. */
  | { readonly kind: "limited" };

export class PairingError extends Error {
  readonly code: "pairing.unknown_request" | "pairing.invalid_sender";

  constructor(code: PairingError["code"], message: string) {
    super(message);
    this.name = "PairingError";
    this.code = code;
  }
}

export type PairingStore = {
  request(sender: SenderAddress & { readonly name: string }): Promise<PairingAnswer>;
  /** Every request that has not expired, of one channel or of all. Throws StoreError. */
  list(channel?: string): Promise<readonly PairingRequest[]>;
  /** By request id or by code (any case). Adds the sender to the allow store. Throws PairingError. */
  approve(choice: PairingChoice): Promise<SenderAddress>;
  dismiss(choice: PairingChoice): Promise<SenderAddress>;
  /** Adds a sender who never asked; `fased pairing add`. */
  grant(sender: SenderAddress): Promise<void>;
  revoke(sender: SenderAddress): Promise<"revoked" | "absent">;
  /** The pairings of these accounts, for `compile`. Throws StoreError: an unreadable store is never "nobody". */
  loadGrants(accounts: readonly { readonly channel: string; readonly account: string }[]): Promise<Grants>;
};

export type PairingChoice = {
  readonly channel: string;
  readonly account?: string;
  /** Request id or code. */
  readonly request: string;
};

const row = z.object({
  id: z.string().min(1),
  code: z.string(),
  createdAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  meta: z.object({ accountId: z.string().optional(), name: z.string().optional() }).optional(),
});
type Row = z.output<typeof row>;

/** Rows without a code wait over the limit. */
const pairingFile = z.object({ version: z.literal(1), requests: z.array(row) });
type PairingFile = z.output<typeof pairingFile>;

/** The documented name of the list in the allow store's file. */
const listField = "allowFrom";
const allowFile = z.object({ version: z.literal(1), [listField]: z.array(z.string().min(1)) });
type AllowFile = z.output<typeof allowFile>;

const idsOf = (file: AllowFile): readonly string[] => file[listField];
const fileOf = (ids: readonly string[]): AllowFile => ({ version: 1, [listField]: [...ids] });

export type PairingStoreOptions = { readonly paths: StatePaths; readonly clock: Clock };

const defaultAccount = "default";
const accountOf = (entry: Row): string => entry.meta?.accountId ?? defaultAccount;
const normal = (name: string): string => name.trim().toLowerCase();

export function createPairingStore({ paths, clock }: PairingStoreOptions): PairingStore {
  const pending = (channel: string): JsonStore<PairingFile> =>
    createJsonStore({
      path: paths.pairing(normal(channel)),
      schema: pairingFile,
      empty: { version: 1, requests: [] },
    });
  const allowed = (channel: string, account: string): JsonStore<AllowFile> =>
    createJsonStore({
      path: paths.allowStore(normal(channel), normal(account)),
      schema: allowFile,
      empty: fileOf([]),
    });

  const grant = async ({ channel, account, id }: SenderAddress): Promise<void> => {
    assertSenderId(id);
    await allowed(channel, account).update((file) => {
      const known = idsOf(file).includes(id);
      return { next: known ? "unchanged" : fileOf([...idsOf(file), id]), result: undefined };
    });
  };

  const take = async (choice: PairingChoice, act: (sender: SenderAddress) => Promise<void>): Promise<SenderAddress> => {
    const store = pending(choice.channel);
    const found = findRow((await store.read()).requests, choice, clock.now());
    const sender = { channel: normal(choice.channel), account: accountOf(found), id: found.id };
    // The grant is written first: a crash in between leaves a request that is approved already, never a lost approval.
    await act(sender);
    await store.update((file) => ({ next: withRows(file, without(file.requests, found)), result: undefined }));
    return sender;
  };

  return {
    request: async (sender) => {
      assertSenderId(sender.id);
      return pending(sender.channel).update((file) => requested(file, sender, clock.now()));
    },
    list: async (channel) => {
      const channels = channel === undefined ? await channelsWithRequests(paths) : [normal(channel)];
      const files = await Promise.all(channels.map(async (name) => [name, await pending(name).read()] as const));
      return files.flatMap(([name, file]) => live(file.requests, clock.now()).map((entry) => requestView(name, entry)));
    },
    approve: (choice) => take(choice, grant),
    dismiss: (choice) => take(choice, async () => undefined),
    grant,
    revoke: ({ channel, account, id }) =>
      allowed(channel, account).update<"revoked" | "absent">((file) =>
        idsOf(file).includes(id)
          ? { next: fileOf(idsOf(file).filter((other) => other !== id)), result: "revoked" }
          : { next: "unchanged", result: "absent" },
      ),
    loadGrants: async (accounts) => {
      const lists = await Promise.all(
        accounts.map(async ({ channel, account }): Promise<PairedSender[]> => {
          const file = await allowed(channel, account).read();
          // A wildcard is never a pairing, whoever wrote it there.
          return idsOf(file).flatMap((id) => (id === "*" ? [] : [{ channel, account, id }]));
        }),
      );
      return { paired: lists.flat() };
    },
  };
}

function assertSenderId(id: string): void {
  if (id.trim() !== "" && id !== "*" && id.length <= pairingLimits.senderIdLengthMax) return;
  throw new PairingError("pairing.invalid_sender", "a pairing needs the id of one sender: not empty, not `*`");
}

function requested(
  file: PairingFile,
  sender: SenderAddress & { readonly name: string },
  now: number,
): Changed<PairingFile, PairingAnswer> {
  const rows = live(file.requests, now);
  const seenAt = new Date(now).toISOString();
  const known = rows.find((entry) => entry.id === sender.id && accountOf(entry) === normal(sender.account));
  if (known && known.code !== "") {
    const seen = rows.map((entry) => (entry === known ? { ...entry, lastSeenAt: seenAt } : entry));
    return { next: withRows(file, seen), result: answered("repeated", sender.channel, known) };
  }
  const others = rows.filter((entry) => entry !== known);
  const coded = others.filter((entry) => entry.code !== "");
  const full = coded.length >= pairingLimits.pendingPerChannelMax;
  const entry: Row = {
    id: sender.id,
    code: full ? "" : newCode(new Set(coded.map((other) => other.code))),
    createdAt: known?.createdAt ?? seenAt,
    lastSeenAt: seenAt,
    meta: { accountId: normal(sender.account), name: displayable(sender.name) },
  };
  return {
    next: withRows(file, boundWaiting([...others, full ? entry : { ...entry, createdAt: seenAt }])),
    result: full ? { kind: "limited" } : answered("created", sender.channel, entry),
  };
}

function answered(kind: "created" | "repeated", channel: string, entry: Row): PairingAnswer {
  return { kind, requestId: requestIdOf(normal(channel), entry), code: entry.code };
}

function boundWaiting(rows: readonly Row[]): readonly Row[] {
  const waiting = rows.filter((entry) => entry.code === "");
  const dropped = new Set(waiting.slice(0, Math.max(0, waiting.length - pairingLimits.waitingPerChannelMax)));
  return rows.filter((entry) => !dropped.has(entry));
}

function newCode(taken: ReadonlySet<string>): string {
  for (let attempt = 0; attempt < pairingLimits.codeTriesMax; attempt += 1) {
    const code = Array.from({ length: pairingLimits.codeLength }, () =>
      codeAlphabet.charAt(randomInt(codeAlphabet.length)),
    ).join("");
    if (!taken.has(code)) return code;
  }
  throw new Error("no unused pairing code was found");
}

/** Names come from strangers and are shown to the owner. */
function displayable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").slice(0, pairingLimits.senderNameLengthMax);
}

function live(rows: readonly Row[], now: number): readonly Row[] {
  return rows.filter((entry) => now < Date.parse(entry.createdAt) + pairingLimits.ttlMs);
}

const withRows = (file: PairingFile, rows: readonly Row[]): PairingFile => ({ ...file, requests: [...rows] });

const without = (rows: readonly Row[], gone: Row): readonly Row[] =>
  rows.filter((entry) => entry.id !== gone.id || accountOf(entry) !== accountOf(gone));

function findRow(rows: readonly Row[], choice: PairingChoice, now: number): Row {
  const asked = choice.request.trim();
  const found = live(rows, now).find(
    (entry) =>
      (choice.account === undefined || accountOf(entry) === normal(choice.account)) &&
      ((entry.code !== "" && entry.code === asked.toUpperCase()) ||
        requestIdOf(normal(choice.channel), entry) === asked.toLowerCase()),
  );
  if (found) return found;
  throw new PairingError(
    "pairing.unknown_request",
    `no pending request \`${asked}\` on ${choice.channel}; codes last ${pairingLimits.ttlMs / 60_000} minutes, list them with \`fased pairing list\``,
  );
}

function requestIdOf(channel: string, entry: Row): string {
  const identity = [channel, accountOf(entry), entry.id, entry.createdAt].join("\0");
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}

function requestView(channel: string, entry: Row): PairingRequest {
  const createdAt = Date.parse(entry.createdAt);
  return {
    channel,
    account: accountOf(entry),
    id: entry.id,
    requestId: requestIdOf(channel, entry),
    code: entry.code === "" ? undefined : entry.code,
    name: entry.meta?.name ?? entry.id,
    createdAt,
    lastSeenAt: Date.parse(entry.lastSeenAt),
    expiresAt: createdAt + pairingLimits.ttlMs,
  };
}

const pairingFileName = /^(.+)-pairing\.json$/;

async function channelsWithRequests(paths: StatePaths): Promise<readonly string[]> {
  const facts = await fileFacts(paths.credentials);
  const entries = facts.exists ? await listFolder(paths.credentials) : [];
  return entries.flatMap(({ name }) => pairingFileName.exec(name)?.[1] ?? []);
}
