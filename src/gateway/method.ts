/**
 * What a method of the control plane is. Its scope is part of its definition: without one it does not compile, and
 * the handler takes the sealed proof that the guard allowed this very method to this caller.
 */
import type * as z from "zod";
import { type Authorized, requireSeal } from "../guard/authorized.ts";
import type { Action, Request, Scope } from "../policy/request.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Caller, CoreServices, RunningServices } from "./services.ts";

export type MethodRequest = Request & { readonly action: Extract<Action, { kind: "method.call" }> };

export type MethodCall = {
  readonly authorized: Authorized<MethodRequest>;
  readonly caller: Caller;
  readonly core: CoreServices;
  readonly control: ControlPlane;
  readonly connection: ConnectionFacts;
  /** A first answer to a call that is answered again at its end (`agent`): both frames carry the id of the request. */
  acknowledge(payload: unknown): void;
};

type ConnectionFacts = {
  readonly id: string;
  readonly deviceId: string | undefined;
  readonly clientIp: string;
};

export type RunningCall = MethodCall & { readonly running: RunningServices };

/** At most `calls` in `windowMs` per device and address. */
type CallLimit = { readonly calls: number; readonly windowMs: number };

/** What a handler may return for a schema: read-only views are fine, the frame is only serialised. */
export type View<T> = T extends readonly (infer Element)[]
  ? readonly View<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: View<T[Key]> }
    : T;

type Definition<Params extends z.ZodType, Result extends z.ZodType> = {
  readonly name: string;
  readonly scope: Scope;
  readonly params: Params;
  readonly result: Result;
  readonly limit?: CallLimit;
  /** A stricter scope that some parameters need. */
  readonly scopeOf?: (params: z.output<Params>) => Scope;
};

type Prepared =
  | {
      readonly ok: true;
      readonly stricterScope: Scope | undefined;
      run(call: MethodCall, running: RunningServices | undefined): unknown;
    }
  | { readonly ok: false; readonly error: z.ZodError };

export type Method = {
  readonly name: string;
  readonly scope: Scope;
  /** `core` methods answer in recovery mode too. */
  readonly needs: "core" | "running";
  readonly limit: CallLimit | undefined;
  readonly result: z.ZodType;
  /** Parses the parameters; nothing happens before `run`. */
  prepare(params: unknown): Prepared;
};

/** Defines a method that needs a running Gateway: it is unavailable in recovery mode. */
export function method<Params extends z.ZodType, Result extends z.ZodType>(
  definition: Definition<Params, Result> & {
    handle(call: RunningCall, params: z.output<Params>): View<z.output<Result>> | Promise<View<z.output<Result>>>;
  },
): Method {
  return define(definition, "running", (call, running, params) => {
    if (!running) throw new Error(`${definition.name} needs a running Gateway`);
    return definition.handle({ ...call, running }, params);
  });
}

/** Defines a method that also answers in recovery mode. */
export function coreMethod<Params extends z.ZodType, Result extends z.ZodType>(
  definition: Definition<Params, Result> & {
    handle(call: MethodCall, params: z.output<Params>): View<z.output<Result>> | Promise<View<z.output<Result>>>;
  },
): Method {
  return define(definition, "core", (call, _running, params) => definition.handle(call, params));
}

function define<Params extends z.ZodType, Result extends z.ZodType>(
  definition: Definition<Params, Result>,
  needs: Method["needs"],
  run: (call: MethodCall, running: RunningServices | undefined, params: z.output<Params>) => unknown,
): Method {
  return {
    name: definition.name,
    scope: definition.scope,
    needs,
    limit: definition.limit,
    result: definition.result,
    prepare(params) {
      const parsed = definition.params.safeParse(params ?? {});
      if (!parsed.success) return { ok: false, error: parsed.error };
      return {
        ok: true,
        stricterScope: definition.scopeOf?.(parsed.data),
        run: (call, running) => {
          requireSeal(call.authorized, "method.call", definition.name);
          return run(call, running, parsed.data);
        },
      };
    },
  };
}
