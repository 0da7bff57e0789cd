/** Conversations that cannot be read: whoever writes is told, status names the file, and no message is lost. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { runCli } from "../../fakes/cli.ts";
import { commands } from "../../fakes/cli-gateway.ts";
import { ask, configWith, startOn, startWhole, type Whole } from "../../fakes/whole-gateway.ts";

let whole: Whole;
afterEach(() => whole.remove());

type Status = {
  readonly problems: readonly { readonly code: string; readonly message: string; readonly fix: string }[];
};
type History = { readonly messages: readonly unknown[] };

test("a message to damaged conversations is answered with what is wrong, kept, and answered once they are mended", async () => {
  const config = configWith("");
  whole = await startWhole({ config, files: { "notes.md": "the tide is high\n" } });
  expect(await ask(await whole.operator(), "read notes.md")).toContain("the tide is high");
  await whole.stop();
  const database = join(whole.state, "agents/main/sessions/sessions.db");
  const sound = readFileSync(database);
  writeFileSync(database, "no database ".repeat(100));

  whole = await startOn(whole.state, { config });
  const operator = await whole.operator();
  const { problems } = await operator.call<Status>("status", {});
  expect(problems).toMatchObject([
    { code: "state.damaged", message: expect.stringContaining(database), fix: expect.stringContaining("backup") },
  ]);
  const printed = await runCli(["status"], { state: whole.state, commands });
  expect(printed).toMatchObject({ code: 0, out: expect.stringContaining(`${database} cannot be read`) });
  await expect(operator.call("chat.history", { sessionKey: "agent:main:main" })).rejects.toMatchObject({
    message: expect.stringContaining("cannot be read"),
    details: { code: "state.damaged" },
  });

  const told = await ask(operator, "list files");
  expect(told).toContain("state.damaged");
  expect(told).toContain("restore it from a backup");
  expect(told).toContain("message is kept");
  expect(operator.events).toContainEqual(
    expect.objectContaining({
      event: "chat",
      payload: expect.objectContaining({ state: "error", errorMessage: expect.stringContaining("(state.damaged)") }),
    }),
  );
  expect(readFileSync(database, "utf8")).toBe("no database ".repeat(100));
  await whole.stop();

  writeFileSync(database, sound);
  whole = await startOn(whole.state, { config });
  const again = await whole.operator();
  expect((await again.call<Status>("status", {})).problems).toEqual([]);
  await expect
    .poll(async () => {
      const { messages } = await again.call<History>("chat.history", { sessionKey: "agent:main:main" });
      return JSON.stringify(messages);
    })
    .toMatch(/list files.*Files in the workspace/s);
});
