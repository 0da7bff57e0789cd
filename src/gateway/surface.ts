/**
 * The one table of everything that can be reached from outside: listeners, routes and methods, each with its
 * authentication class. The server is built from it, so nothing answers that does not stand here.
 */
import type { Scope } from "../policy/request.ts";
import type { Method } from "./method.ts";
import type { Route } from "./route.ts";

export type AuthClass =
  | "none"
  /** Single-use code in the body. */
  | "login-code"
  /** File permission of a socket in the private state directory. */
  | "os-user"
  /** The handshake: operator secret or device token, device proof, pairing. */
  | "handshake"
  | Scope;

export type SurfaceEntry =
  | { readonly kind: "listener"; readonly name: "tcp-loopback" | "login-socket"; readonly auth: AuthClass }
  | { readonly kind: "route"; readonly verb: "GET" | "POST"; readonly path: string; readonly auth: AuthClass }
  | { readonly kind: "upgrade"; readonly path: "*"; readonly auth: "handshake" }
  | { readonly kind: "method"; readonly name: string; readonly auth: Scope };

export type Surface = {
  readonly entries: readonly SurfaceEntry[];
  readonly routes: readonly Route[];
  readonly methods: ReadonlyMap<string, Method>;
};

/** Throws when a name or path stands twice: the second one would hide behind the first. */
export function createSurface(routes: readonly Route[], methods: readonly Method[]): Surface {
  const entries: readonly SurfaceEntry[] = [
    { kind: "listener", name: "tcp-loopback", auth: "none" },
    { kind: "listener", name: "login-socket", auth: "os-user" },
    { kind: "upgrade", path: "*", auth: "handshake" },
    ...routes.map(
      (route): SurfaceEntry => ({
        kind: "route",
        verb: route.verb,
        path: route.path,
        auth: typeof route.auth === "string" ? route.auth : route.auth.scope,
      }),
    ),
    ...methods.map((method): SurfaceEntry => ({ kind: "method", name: method.name, auth: method.scope })),
  ];
  const seen = new Set<string>();
  for (const entry of entries) {
    const name = "name" in entry ? `${entry.kind} ${entry.name}` : `${entry.kind} ${entry.path}`;
    if (seen.has(name)) throw new Error(`${name} stands twice in the table of the surface`);
    seen.add(name);
  }
  return { entries, routes, methods: new Map(methods.map((method) => [method.name, method])) };
}
