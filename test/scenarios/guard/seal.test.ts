/** What carries no seal of the guard has no effect: the types refuse it, and where a cast lies to them, the run does. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { coreMethod, type MethodCall } from "../../../src/gateway/method.ts";
import { type Authorized, isAuthorized } from "../../../src/guard/authorized.ts";
import { createGuard } from "../../../src/guard/create-guard.ts";
import { emptyPolicy } from "../../../src/policy/policy.ts";
import type { Action, Request } from "../../../src/policy/request.ts";
import { register } from "../../../src/tools/registry.ts";
import type { ToolPlan, ToolRequest } from "../../../src/tools/tool.ts";
import { createFakeClock } from "../../fakes/fake-clock.ts";
import { control, createToolBench, operator, ownerWords, type ToolBench } from "../../fakes/tool-bench.ts";

let bench: ToolBench;
beforeEach(() => {
  bench = createToolBench({ clock: createFakeClock(), sandboxPrograms: ["/nonexistent/bwrap"] });
});
afterEach(() => bench.close());

const exec = {
  kind: "tool.call",
  tool: "exec",
  agent: "main",
  surface: "turn",
  provider: "offline",
  sink: { kind: "sandboxed-code" },
} as const satisfies Action;

/** The seal of a guard that allows everything, for exactly this request. */
async function allow<A extends Action>(action: A): Promise<Authorized<Request & { readonly action: A }>> {
  const guard = createGuard({
    policy: emptyPolicy,
    ledger: { append: async () => 1 },
    spendGrant: async () => false,
    now: () => 0,
    decide: () => ({ effect: "allow", reason: "test.open", because: [], cleanReaskHelps: false }),
  });
  const context = { label: ownerWords, audience: ["owner"], sandbox: "off", grant: "none" } as const;
  const verdict = await guard.check({ principal: operator, path: control, action, context });
  if (verdict.effect !== "allow") throw new Error("the open guard did not allow");
  return verdict.authorized;
}

/** A lie that every cast can tell. */
const claimed = <T>(value: unknown): T => value as T;

/** Everything that looks like `genuine` and is not. */
function forgeries(genuine: Authorized): readonly (readonly [string, unknown])[] {
  const { request, decision, ledgerRow } = genuine;
  const Maker = claimed<new (allowed: unknown) => unknown>(genuine.constructor);
  return [
    ["a spread with the fields written out", { ...genuine, request, decision, ledgerRow }],
    ["a cast of a literal", claimed<Authorized>({ request, decision, ledgerRow })],
    ["a JSON copy", JSON.parse(JSON.stringify({ request, decision, ledgerRow }))],
    ["a structured clone", structuredClone({ request, decision, ledgerRow })],
    ["an object with its prototype", Object.create(Object.getPrototypeOf(genuine))],
    ["one of its own constructor", new Maker({ request, decision, ledgerRow })],
    ["a proxy", new Proxy(genuine, {})],
    ["nothing", undefined],
  ];
}

const kinds = [0, 1, 2, 3, 4, 5, 6, 7];

test("a copy, a literal and parsed JSON are no `Authorized`, for the compiler", async () => {
  const genuine = await allow(exec);
  const { request, decision, ledgerRow } = genuine;
  const takes = (value: Authorized<ToolRequest>): boolean => isAuthorized(value);
  expect(takes(genuine)).toBe(true);
  // @ts-expect-error a spread loses the seal
  expect(takes({ ...genuine, request })).toBe(false);
  // @ts-expect-error a literal has none
  expect(takes({ request, decision, ledgerRow })).toBe(false);
  // @ts-expect-error what was parsed is unknown
  expect(takes(claimed<unknown>(JSON.parse(JSON.stringify({ request, decision, ledgerRow }))))).toBe(false);
  const message = await allow({ kind: "message.deliver" });
  // @ts-expect-error the seal of a message is none for a tool call
  expect(takes(message)).toBe(true);
});

test("a seal cannot be turned to another request afterwards", async () => {
  const genuine = await allow(exec);
  const writable = claimed<{ request: Request; action: { tool: string } }>(genuine.request);
  expect(() => Object.assign(genuine, { request: undefined })).toThrow(TypeError);
  expect(() => Object.assign(writable.action, { tool: "write" })).toThrow(TypeError);
  expect(genuine.request.action).toEqual(exec);
});

describe("a tool", () => {
  const tool = (ran: string[]) =>
    register({
      name: "exec",
      description: "notes that it ran",
      parameters: z.object({}),
      plan: () => Promise.reject(new Error("not planned here")),
      run: async ({ authorized }) => {
        ran.push(authorized.request.action.tool);
        return { text: "ran", label: ownerWords, failed: false };
      },
    });

  async function run(pick: (genuine: Authorized) => unknown, action: typeof exec | typeof read = exec) {
    const ran: string[] = [];
    const prepared = tool(ran).parse("{}");
    if ("problem" in prepared) throw new Error(prepared.problem);
    const authorized = claimed<Authorized<ToolRequest>>(pick(await allow(action)));
    const outcome = await prepared
      .run({ authorized, plan: neverPlanned }, bench.turn())
      .catch((error: unknown) => error);
    return { ran, outcome };
  }
  const read = { ...exec, tool: "read" } as const;
  const neverPlanned: ToolPlan = {
    sink: exec.sink,
    sandbox: "off",
    canonical: {},
    card: { title: "none", exactly: [], where: "sandbox" },
    summary: "none",
  };

  test.each(kinds)("does not run with forgery %i", async (kind) => {
    const { ran, outcome } = await run((genuine) => forgeries(genuine)[kind]?.[1]);
    expect(outcome).toMatchObject({ code: "guard.unsealed" });
    expect(ran).toEqual([]);
  });

  test("does not run with the seal of another tool's call", async () => {
    const { ran, outcome } = await run((genuine) => genuine, read);
    expect(outcome).toMatchObject({ code: "guard.unsealed" });
    expect(ran).toEqual([]);
  });

  test("runs with the guard's own", async () => {
    expect(await run((genuine) => genuine)).toEqual({
      ran: ["exec"],
      outcome: { text: "ran", label: ownerWords, failed: false },
    });
  });
});

describe("a method", () => {
  async function call(pick: (genuine: Authorized) => unknown, asked = "demo.change") {
    const ran: string[] = [];
    const demo = coreMethod({
      name: "demo.change",
      scope: "operator.admin",
      params: z.object({}),
      result: z.object({ ok: z.boolean() }),
      handle: () => {
        ran.push("changed");
        return { ok: true };
      },
    });
    const prepared = demo.prepare({});
    if (!prepared.ok) throw prepared.error;
    const genuine = await allow({ kind: "method.call", method: asked, scope: "operator.admin" });
    const given = claimed<MethodCall>({ authorized: pick(genuine) });
    try {
      return { ran, outcome: prepared.run(given, undefined) };
    } catch (error) {
      return { ran, outcome: error };
    }
  }

  test.each(kinds)("is not handled with forgery %i", async (kind) => {
    const { ran, outcome } = await call((genuine) => forgeries(genuine)[kind]?.[1]);
    expect(outcome).toMatchObject({ code: "guard.unsealed" });
    expect(ran).toEqual([]);
  });

  test("is not handled with the seal of another method", async () => {
    const { ran, outcome } = await call((genuine) => genuine, "health");
    expect(outcome).toMatchObject({ code: "guard.unsealed" });
    expect(ran).toEqual([]);
  });

  test("is handled with the guard's own", async () => {
    expect(await call((genuine) => genuine)).toEqual({ ran: ["changed"], outcome: { ok: true } });
  });
});

describe("an approval", () => {
  const file = () => join(bench.workspace, "AGENTS.md");
  const ask = async () => {
    const outcome = await bench.call("write", { path: "AGENTS.md", content: "be kind\n" });
    if (outcome.kind !== "parked") throw new Error("not parked");
    return outcome.approvalId;
  };

  test.each(kinds)("is not decided, and not withdrawn, with forgery %i", async (kind) => {
    const id = await ask();
    const forged = claimed<Authorized>(forgeries(await bench.admitted())[kind]?.[1]);
    expect(await bench.approvals.answer({ id, answer: "approve" }, forged)).toMatchObject({ outcome: "refused" });
    expect(await bench.approvals.withdraw(id, forged)).toBe(false);
    expect((await bench.runner.resume(id, bench.turn())).kind).toBe("parked");
    expect(existsSync(file())).toBe(false);
  });

  test("is decided with the guard's own", async () => {
    const id = await ask();
    await bench.approvals.answer({ id, answer: "approve" }, await bench.admitted());
    expect((await bench.runner.resume(id, bench.turn())).kind).toBe("result");
    expect(readFileSync(file(), "utf8")).toBe("be kind\n");
  });
});
