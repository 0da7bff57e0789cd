/** `sessions.undo` and `sessions.keep` are done once per request, though its answer is lost. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ask, configWith, startWhole, type Whole } from "../../fakes/whole-gateway.ts";

let whole: Whole;
afterEach(() => whole.remove());

const sessionKey = "agent:main:main";
const there = () => ["a.md", "b.md", "c.md"].filter((name) => existsSync(join(whole.workspace, name)));
type Undone = { readonly restored: readonly string[]; readonly skipped: readonly string[] };

test("a repeated request takes nothing more back, after a restart either; a new one does", async () => {
  whole = await startWhole({ config: configWith("") });
  let operator = await whole.operator();
  for (const name of ["a", "b", "c"]) await ask(operator, `write "${name}" to ${name}.md`);
  const undo = (idempotencyKey: string) => operator.call<Undone>("sessions.undo", { sessionKey, idempotencyKey });

  const first = await Promise.all([undo("one"), undo("one")]);
  expect([first, there()]).toEqual([
    [
      { restored: ["c.md"], skipped: [] },
      { restored: ["c.md"], skipped: [] },
    ],
    ["a.md", "b.md"],
  ]);
  whole = await whole.restart();
  operator = await whole.operator();
  expect([await undo("one"), there()]).toEqual([{ restored: ["c.md"], skipped: [] }, ["a.md", "b.md"]]);
  expect([await undo("two"), there()]).toEqual([{ restored: ["b.md"], skipped: [] }, ["a.md"]]);
});

test("a repeated keep adopts nothing more; without a key neither is done", async () => {
  whole = await startWhole({ config: configWith("") });
  const operator = await whole.operator();
  await ask(operator, `write "a" to a.md`);
  const keep = (idempotencyKey: string) =>
    operator.call<{ kept: readonly string[] }>("sessions.keep", { sessionKey, idempotencyKey });
  expect(await keep("one")).toEqual({ kept: ["a.md"] });
  await ask(operator, `write "b" to b.md`);
  expect(await keep("one")).toEqual({ kept: ["a.md"] });
  expect(await keep("two")).toEqual({ kept: ["b.md"] });
  for (const method of ["sessions.keep", "sessions.undo"]) {
    await expect(operator.call(method, { sessionKey })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  }
  expect(there()).toEqual(["a.md", "b.md"]);
});
