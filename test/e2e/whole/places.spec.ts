/** The page and the whole Gateway, as `npm start` builds them: real config, policy, tools, sandbox, offline assistant. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { configWith } from "../../fakes/whole-gateway.ts";
import { test, visit } from "./start-whole.ts";

const messages = (page: Page) => page.getByRole("region", { name: "Messages" });

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

test("a person chats: the answer holds what only the tool could know", async ({ page, start }) => {
  await start({ files: { "notes.md": "The key is under the blue pot.\n" } });
  await expect(page.getByRole("heading", { name: "Talk to your agent" })).toBeVisible();
  await say(page, "read notes.md");
  await expect(messages(page).getByText("under the blue pot").first()).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole("button", { name: /^read notes\.md/ })).toBeVisible();
  await expect(page.getByText("You", { exact: true })).toBeVisible();
  await page.reload();
  await expect(messages(page).getByText("under the blue pot").first()).toBeVisible();
});

test("a new conversation is one of its own, with an address", async ({ page, start }) => {
  const whole = await start();
  await say(page, "help");
  await expect(messages(page).getByText("help", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "New conversation" }).last().click();
  await expect(page.getByRole("heading", { name: "Talk to your agent" })).toBeVisible();
  await say(page, "read plan-b.md");
  await expect(messages(page).getByText("read plan-b.md", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0, { timeout: 15_000 });
  await page.reload();
  await expect(messages(page).getByText("read plan-b.md", { exact: true })).toBeVisible();
  await visit(page, whole, "chat");
  await expect(messages(page).getByText("help", { exact: true })).toBeVisible();
  await expect(messages(page).getByText("read plan-b.md", { exact: true })).toHaveCount(0);
});

test("what a turn changed is undone from the chat", async ({ page, start }) => {
  await start({ files: { "todo.md": "- bread\n" } });
  await say(page, "add milk to todo.md");
  await page.getByRole("button", { name: /1 file changed/ }).click({ timeout: 15_000 });
  await expect(page.getByText(/^\+.*milk/).first()).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("1 file put back")).toBeVisible();
});

for (const [path, words] of [
  ["system", "Policy epoch"],
  ["system?tab=models", "Your agent has no language model yet"],
  ["system?tab=config", "No errors"],
  ["system?tab=policy", "Nothing waits for your consent"],
  ["system?tab=logs", "info"],
  ["security", "What can be attacked"],
  ["security?tab=why", "Every message was answered"],
  ["security?tab=ledger", "Check the chain"],
  ["people", "Nobody is waiting"],
  ["people?tab=channels", /./],
  ["people?tab=devices", "this browser"],
  ["approvals", "Nothing waits for you"],
] as const) {
  test(`${path} is answered by the Gateway`, async ({ page, start }) => {
    const whole = await start();
    await visit(page, whole, path);
    await expect(page.getByRole("main").getByText(words).filter({ visible: true }).first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    await expect(page.getByRole("alert")).toHaveCount(0);
  });
}

test("a config with an error is recovery mode, and saving the mended text ends it", async ({ page, start }) => {
  const whole = await start({ config: configWith('gatewey: { mode: "local" },') });
  await visit(page, whole, "system?tab=config");
  await expect(page.getByText("Recovery mode").first()).toBeVisible();
  await expect(page.getByText(/did you mean/).first()).toBeVisible();
  const editor = page.getByRole("textbox", { name: "Config file" });
  await editor.fill((await editor.inputValue()).replace(/,?\s*"?gatewey"?: \{[^}]*\},?/, ""));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("No errors")).toBeVisible();
  await expect(page.getByText("Recovery mode")).toHaveCount(0, { timeout: 20_000 });
});

test("a listener beyond loopback is refused: the page names the key, the line and what to do instead", async ({
  page,
  start,
}) => {
  const whole = await start({ config: configWith("").replace('bind: "loopback"', 'bind: "lan"') });
  await visit(page, whole, "system");
  await expect(page.getByText("this version listens on loopback only")).toBeVisible();
  await expect(page.getByText("line 2", { exact: true })).toBeVisible();
  await expect(page.getByText(/ssh -N -L/)).toBeVisible();
  await visit(page, whole, "system?tab=config");
  const editor = page.getByRole("textbox", { name: "Config file" });
  await editor.fill((await editor.inputValue()).replace('"lan"', '"tailnet"'));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("gateway.bind: tailnet is refused");
});

test("an accepted endpoint is used after the next start, and the page says so before and after", async ({
  page,
  start,
}) => {
  const whole = await start({ config: configWith("") });
  await visit(page, whole, "system?tab=config");
  const editor = page.getByRole("textbox", { name: "Config file" });
  const http = "http: { endpoints: { chatCompletions: { enabled: true } } },";
  await editor.fill((await editor.inputValue()).replace('bind: "loopback",', `bind: "loopback", ${http}`));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("waits for your consent")).toBeVisible();
  await page.getByRole("button", { name: "Review the change" }).click();
  const keys = "gateway.http.endpoints.chatCompletions.enabled";
  await expect(page.getByText(`Used after the next start of the Gateway: ${keys}.`)).toBeVisible();
  await page.getByRole("button", { name: "Accept this change" }).click();
  await expect(page.getByText("Accepted. Used after the next start of the Gateway: gateway.http.")).toBeVisible();
  await visit(page, whole, "system");
  await expect(page.getByText("Waits for the next start")).toBeVisible();
});

test("a config with a secret is saved from the page: the secret stays, and is never shown", async ({ page, start }) => {
  const secret = "123456:not-a-real-token";
  const whole = await start({
    config: configWith(`channels: { telegram: { botToken: "${secret}", dmPolicy: "disabled" } }, // mine`),
    channels: ["telegram"],
  });
  await visit(page, whole, "system?tab=config");
  const editor = page.getByRole("textbox", { name: "Config file" });
  const shown = await editor.inputValue();
  expect(shown).not.toContain(secret);
  await editor.fill(shown.replace("// mine", "// still mine"));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  const written = readFileSync(join(whole.state, "fased.json"), "utf8");
  expect(written).toContain(`botToken: "${secret}", dmPolicy: "disabled" } }, // still mine`);
});
