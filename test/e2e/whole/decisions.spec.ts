/** What an owner decides in the page, against the whole Gateway: cards, people, keys, and stopping. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { configWith } from "../../fakes/whole-gateway.ts";
import type { ModelScript } from "../../servers/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import { test as base, visit } from "./start-whole.ts";

const test = base.extend<{ model: ScriptedModel }>({
  // biome-ignore lint/correctness/noEmptyPattern: a fixture names what it needs, and this one needs nothing
  model: async ({}, use) => {
    const model = await startScriptedModel();
    await use(model);
    await model.close();
  },
});

const command = "echo ran >> ran.txt; echo 41-$((40+2))";
const onHost: ModelScript = {
  rules: [
    {
      when: "run it",
      steps: [{ calls: [{ name: "exec", arguments: { command, host: "gateway" } }] }, { text: "Result: {{result}}" }],
    },
  ],
  otherwise: [{ text: "Just chatting." }],
};

function configFor({ origin }: ScriptedModel): string {
  const provider = `models: { providers: { scripted: { baseUrl: "${origin}/v1", apiKey: "scripted-key" } } },`;
  return configWith(`${provider} channels: { telegram: {} },`).replace(
    "defaults: {",
    'defaults: { model: "scripted/scripted",',
  );
}

const messages = (page: Page) => page.getByRole("region", { name: "Messages" });

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

test("a command on the host waits in the chat with its exact bytes, and runs once it is allowed", async ({
  page,
  start,
  model,
}) => {
  model.play(onHost);
  const whole = await start({ config: configFor(model) });
  await say(page, "run it");
  const card = page.getByRole("article", { name: "Run a command on the Gateway host" });
  await expect(card.getByText(command, { exact: true })).toBeVisible({ timeout: 15_000 });
  await expect(card.getByText("On the host itself, with the rights of the Gateway.")).toBeVisible();
  expect(existsSync(join(whole.workspace, "ran.txt"))).toBe(false);
  await card.getByRole("button", { name: "Allow once" }).click();
  await expect(
    messages(page)
      .getByText(/Result:.*41-42/)
      .first(),
  ).toBeVisible({ timeout: 15_000 });
  expect(readFileSync(join(whole.workspace, "ran.txt"), "utf8")).toBe("ran\n");
  await expect(card).toHaveCount(0);
});

test("the same command denied in its own place does not run, and the chat says so", async ({
  page,
  start,
  model,
  isMobile,
}) => {
  model.play(onHost);
  const whole = await start({ config: configFor(model) });
  await say(page, "run it");
  await expect(page.getByRole("link", { name: "Approvals 1 waiting for you" })).toBeVisible({ timeout: 15_000 });
  await visit(page, whole, "approvals");
  if (isMobile) await page.getByRole("link", { name: /^Run a command/ }).click();
  const card = page.getByRole("article");
  await expect(card.getByText(command, { exact: true })).toBeVisible();
  await card.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  await visit(page, whole, "chat");
  await expect(
    messages(page)
      .getByText(/the owner said no/)
      .first(),
  ).toBeVisible({ timeout: 15_000 });
  expect(existsSync(join(whole.workspace, "ran.txt"))).toBe(false);
});

test("a client's request is a card that says who runs it", async ({ page, start, isMobile }) => {
  const whole = await start();
  const operator = await whole.operator();
  const asked = operator.call<{ decision: string }>("exec.approval.request", {
    command: "npm publish",
    cwd: "/srv/site",
  });
  await visit(page, whole, "approvals");
  if (isMobile) await page.getByRole("link", { name: /^A client asks/ }).click();
  const card = page.getByRole("article", { name: "A client asks whether it may run a command" });
  await expect(card.getByText("npm publish", { exact: true })).toBeVisible();
  await expect(card.getByText("The Gateway itself runs nothing.")).toBeVisible();
  await card.getByRole("button", { name: "Deny" }).click();
  expect(await asked).toMatchObject({ decision: "deny" });
});

test("a stranger is let in from the page, and is answered from then on", async ({ page, start, model }) => {
  model.play(onHost);
  const whole = await start({ config: configFor(model), channels: ["telegram"] });
  const telegram = whole.channel("telegram");
  await visit(page, whole, "people");
  await expect(page.getByText("Nobody is waiting")).toBeVisible();
  await telegram.say({ from: "77120", text: "hello?" });
  await expect(page.getByText("77120", { exact: true })).toBeVisible({ timeout: 15_000 });
  expect(telegram.heard.map(({ text }) => text).join("")).toContain("Pairing code");
  await page.getByRole("button", { name: "Let in" }).click();
  await expect(page.getByText("Nobody is waiting")).toBeVisible();
  const before = telegram.heard.length;
  await telegram.say({ from: "77120", text: "hello again" });
  await expect.poll(() => telegram.heard.length, { timeout: 15_000 }).toBeGreaterThan(before);
  expect(telegram.heard.at(-1)?.text).toBe("Just chatting.");
});

test("a channel that goes down is seen at once, with what to do", async ({ page, start, model }) => {
  const whole = await start({ config: configFor(model), channels: ["telegram"] });
  await visit(page, whole, "people?tab=channels");
  await expect(page.getByText("connected", { exact: true })).toBeVisible();
  whole.channel("telegram").goDown();
  await expect(page.getByText("the platform is down")).toBeVisible();
  await expect(page.getByText("it reconnects by itself")).toBeVisible();
});

test("a key is tested with a live call before it is kept, and then it is the agent's model", async ({
  page,
  start,
  model,
}) => {
  const whole = await start();
  await visit(page, whole, "system?tab=models");
  await page.getByRole("combobox", { name: "Provider" }).selectOption("openai-compatible");
  await page.getByRole("textbox", { name: "API key" }).fill("entered-in-the-page");
  await page.getByRole("textbox", { name: "Address" }).fill(`${model.origin}/v1`);
  await page.getByRole("textbox", { name: "Model" }).fill("scripted");
  model.play({ rules: [], otherwise: [{ text: "ok", fault: { kind: "status", status: 401 } }] });
  await page.getByRole("button", { name: "Test and save" }).click();
  await expect(page.getByText("model.unauthorized")).toBeVisible({ timeout: 15_000 });
  model.play({ rules: [], otherwise: [{ text: "I am the new model." }] });
  await page.getByRole("button", { name: "Test and save" }).click();
  await expect(page.getByText(/openai-compatible\/scripted answered in .* Saved\./)).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole("textbox", { name: "API key" })).toHaveValue("");
  await visit(page, whole, "chat");
  await say(page, "who are you?");
  await expect(messages(page).getByText("I am the new model.")).toBeVisible({ timeout: 15_000 });
  expect(JSON.stringify(await page.evaluate(() => ({ ...localStorage, ...sessionStorage })))).not.toContain(
    "entered-in",
  );
});

test("stop ends a turn that waits for its model", async ({ page, start, model }) => {
  model.play({ rules: [], otherwise: [{ text: "late", fault: { kind: "slow", delayMs: 60_000 } }] });
  await start({ config: configFor(model) });
  await say(page, "take your time");
  await expect.poll(() => model.requests.length, { timeout: 15_000 }).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  model.play({ rules: [], otherwise: [{ text: "Here I am." }] });
  await say(page, "and now?");
  await expect(messages(page).getByText("Here I am.")).toBeVisible({ timeout: 15_000 });
  await expect(messages(page).getByText("late", { exact: true })).toHaveCount(0);
});

test("the token logs a browser in and pairs it; a wrong one says why; logging out forgets it", async ({
  page,
  start,
}) => {
  const whole = await start();
  await visit(page, whole, "system");
  await page.getByRole("button", { name: "Log out on this browser" }).click();
  const token = page.getByRole("textbox", { name: "Gateway token" });
  await token.fill("not-the-token");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("AUTH_TOKEN_MISMATCH")).toBeVisible();
  await token.fill(/^FASED_GATEWAY_TOKEN=(.+)$/m.exec(readFileSync(join(whole.state, ".env"), "utf8"))?.[1] ?? "");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await visit(page, whole, "people?tab=devices");
  await expect(page.getByText("this browser")).toBeVisible();
});
