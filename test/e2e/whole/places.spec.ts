/** The page and the whole Gateway, as `npm start` builds them: real config, policy, tools, sandbox, offline assistant. */
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
