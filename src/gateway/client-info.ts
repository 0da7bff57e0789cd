/**
 * Client ids and modes that may introduce themselves: the published family and ours. What a client calls itself is for
 * display and may only make checks stricter.
 */
const family = [
  "control-ui",
  "browser-copilot",
  "tui",
  "macos",
  "linux",
  "ios",
  "watchos",
  "android",
  "worker",
  "probe",
] as const;

export const clientIds: readonly string[] = [
  "webchat-ui",
  "webchat",
  "cli",
  "gateway-client",
  "node-host",
  "test",
  "fingerprint",
  ...family.flatMap((name) => [`openclaw-${name}`, `fased-${name}`]),
];

export const clientModes: readonly string[] = ["webchat", "cli", "ui", "backend", "node", "worker", "probe", "test"];

const pages = new Set(["webchat-ui", "webchat", "openclaw-control-ui", "fased-control-ui"]);

/** Clients that run in a browser: they have an Origin and a device identity, or they are not let in. */
export function isPage(clientId: string): boolean {
  return pages.has(clientId);
}
