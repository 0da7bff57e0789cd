/** The page's one connection, as signals: its state, calls with typed answers, and events by name. */
import { computed, signal } from "@preact/signals";
import { gatewayAddress } from "../lib/navigation.ts";
import type { Credentials } from "./credentials.ts";
import { type DeviceIdentity, forgetDeviceToken, loadDeviceToken, saveDeviceToken } from "./device-store.ts";
import type { Hello } from "./frames.ts";
import { GatewayClient, type LinkState, type Socket, type SocketHandlers } from "./gateway-client.ts";
import { RequestError } from "./request-error.ts";
import type { Shape } from "./shape.ts";

const state = signal<LinkState>({ kind: "connecting", attempt: 0 });
const greeting = signal<Hello | undefined>(undefined);
const listeners = new Map<string, Set<(payload: unknown) => void>>();
const resumeListeners = new Set<() => void>();
const credentials: Credentials = {};
let client: GatewayClient | undefined;

export const link = computed(() => state.value);
/** The last greeting; it stays while the connection is being mended. */
export const hello = computed(() => greeting.value);
export const isConnected = computed(() => state.value.kind === "ready");

/** Whether the Gateway offers `method`. One that announces no list is taken at its word when asked. */
export function offers(method: string): boolean {
  const methods = greeting.value?.methods ?? [];
  return methods.length === 0 || methods.includes(method);
}

/** Connects with what this browser has: a device token from before, or nothing yet. */
export async function startLink(identity: DeviceIdentity): Promise<void> {
  const deviceToken = await loadDeviceToken();
  if (deviceToken !== undefined) credentials.deviceToken = deviceToken;
  client = new GatewayClient({
    openSocket,
    timers: browserTimers,
    identity,
    info: { version: __APP_VERSION__, platform: navigator.platform || "web", locale: navigator.language },
    credentials: () => credentials,
    onState: follow,
    onEvent: ({ event, payload }) => {
      for (const listener of listeners.get(event) ?? []) listener(payload);
    },
    onGap: announceResume,
  });
  client.start();
  addEventListener("online", () => reconnect());
}

export function reconnect(): void {
  if (state.peek().kind !== "ready") client?.start();
}

/** Tries a credential that a person typed. It is held in memory until this device has a token of its own. */
export function logIn(entered: { token: string } | { password: string }): void {
  delete credentials.deviceToken;
  delete credentials.token;
  delete credentials.password;
  Object.assign(credentials, entered);
  client?.start();
}

export async function logInWithDeviceToken(deviceToken: string): Promise<void> {
  credentials.deviceToken = deviceToken;
  await saveDeviceToken(deviceToken);
}

export async function logOut(): Promise<void> {
  delete credentials.token;
  delete credentials.password;
  delete credentials.deviceToken;
  await forgetDeviceToken();
  client?.start();
}

/** Calls a method and reads its answer. Rejects with RequestError. */
export async function call<T>(method: string, params: object, shape: Shape<T>): Promise<T> {
  if (client === undefined) throw RequestError.offline(method);
  return shape(await client.request(method, params));
}

/** A call whose provider may take its time (a live model test). */
export async function slowCall<T>(method: string, params: object, shape: Shape<T>): Promise<T> {
  if (client === undefined) throw RequestError.offline(method);
  return shape(await client.request(method, params, 90_000));
}

export function onEvent(name: string, listener: (payload: unknown) => void): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set.add(listener));
  return () => set.delete(listener);
}

/** Runs after each greeting and after missed events: whatever is shown must be read again. */
export function onResume(listener: () => void): () => void {
  resumeListeners.add(listener);
  return () => resumeListeners.delete(listener);
}

function follow(next: LinkState): void {
  state.value = next;
  if (next.kind !== "ready") return;
  greeting.value = next.hello;
  void keepDeviceToken(next.hello.deviceToken);
  announceResume();
}

async function keepDeviceToken(deviceToken: string | undefined): Promise<void> {
  if (deviceToken === undefined) return;
  delete credentials.token;
  delete credentials.password;
  await logInWithDeviceToken(deviceToken);
}

function announceResume(): void {
  for (const listener of resumeListeners) listener();
}

function openSocket(handlers: SocketHandlers): Socket {
  const address = gatewayAddress("");
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.onmessage = (event) => handlers.message(String(event.data));
  socket.onclose = (event) => handlers.closed(event.code, event.reason);
  return {
    send: (text) => socket.send(text),
    // Browsers allow 1000 and 3000–4999 only.
    close: (code, reason) => socket.close(code, reason),
  };
}

const browserTimers = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(delayMs: number, action: () => void) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
