/**
 * The browser's own key pair and what the Gateway gave it. The private key cannot be exported, not even by this page;
 * the Gateway's shared token is never stored, only the token of this device, which its owner can revoke.
 */
import { encodeBase64Url, encodeHex } from "./base64url.ts";

export type DeviceIdentity = {
  /** SHA-256 of the raw public key, hex. */
  readonly id: string;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  sign(text: string): Promise<string>;
};

/** The page was opened in a way in which browsers hide WebCrypto, or with one that lacks Ed25519. */
export class IdentityError extends Error {
  readonly code: "device.insecure_context" | "device.unsupported";

  constructor(code: IdentityError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const databaseName = "fased";
const storeName = "device";

/** The identity of this browser profile, made on first use. */
export async function loadDeviceIdentity(): Promise<DeviceIdentity> {
  if (!globalThis.isSecureContext) {
    throw new IdentityError("device.insecure_context", "browsers offer device keys on https and on localhost only");
  }
  const keys = (await read<CryptoKeyPair>("keys")) ?? (await createKeys());
  return identityOf(keys);
}

export async function loadDeviceToken(): Promise<string | undefined> {
  return read<string>("token");
}

export async function saveDeviceToken(token: string): Promise<void> {
  await write("token", token);
}

/** Signs this browser out. Its key stays, so that the owner sees the same device when it asks again. */
export async function forgetDeviceToken(): Promise<void> {
  const store = await openStore("readwrite");
  await done(store.delete("token"));
}

/** An identity from keys: separate from storage, so that a test signs with the same code. */
export async function identityOf(keys: CryptoKeyPair): Promise<DeviceIdentity> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
  return {
    id: encodeHex(digest),
    publicKey: encodeBase64Url(raw),
    async sign(text) {
      const signature = await crypto.subtle.sign("Ed25519", keys.privateKey, new TextEncoder().encode(text));
      return encodeBase64Url(new Uint8Array(signature));
    },
  };
}

async function createKeys(): Promise<CryptoKeyPair> {
  const keys = await generateKeys();
  await write("keys", keys);
  return keys;
}

async function generateKeys(): Promise<CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  } catch {
    throw new IdentityError("device.unsupported", "this browser has no Ed25519 keys");
  }
}

async function read<T>(key: string): Promise<T | undefined> {
  const store = await openStore("readonly");
  return (await done(store.get(key))) as T | undefined;
}

async function write(key: string, value: unknown): Promise<void> {
  const store = await openStore("readwrite");
  await done(store.put(value, key));
}

async function openStore(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const request = indexedDB.open(databaseName, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(storeName);
  const database = await done(request);
  return database.transaction(storeName, mode).objectStore(storeName);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((settle, fail) => {
    request.onsuccess = () => settle(request.result);
    request.onerror = () => fail(request.error ?? new Error("the browser's storage failed"));
  });
}
