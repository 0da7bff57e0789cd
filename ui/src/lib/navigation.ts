import { computed, signal } from "@preact/signals";
import { basePath, type Place, parseRoute, type Route, routeAddress } from "./route.ts";

const base = basePath(location.pathname);
const current = signal(parseRoute(location.pathname, location.search));

/** The route of the address bar. */
export const route = computed(() => current.value);

/** `http(s)` address of a path of the Gateway, and its WebSocket twin. */
export function gatewayAddress(path: string): URL {
  return new URL(base + path, location.origin);
}

export function addressOf(target: { place: Place; query?: Route["query"] }): string {
  return routeAddress(base, target);
}

/** Goes there, as a new entry of the history; `replace` where Back should skip the present one. */
export function navigate(target: { place: Place; query?: Route["query"] }, entry: "push" | "replace" = "push"): void {
  const address = addressOf(target);
  if (address === location.pathname + location.search) return;
  if (entry === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  current.value = parseRoute(location.pathname, location.search);
}

/** Changes some of the query of this place; an empty value removes it. */
export function choose(changes: Record<string, string>, entry: "push" | "replace" = "push"): void {
  const { place, query } = current.value;
  navigate({ place, query: { ...query, ...changes } }, entry);
}

/** Follows Back and Forward. */
export function startNavigation(): void {
  addEventListener("popstate", () => {
    current.value = parseRoute(location.pathname, location.search);
  });
}
