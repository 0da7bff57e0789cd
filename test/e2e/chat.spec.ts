import { expect, type Page } from "@playwright/test";
import { test } from "./gateway/start-gateway.ts";

const composer = (page: Page) => page.getByRole("textbox", { name: "Message" });
const messages = (page: Page) => page.getByRole("region", { name: "Messages" });

async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

test("an answer streams in, its tool call is one line that opens to its output", async ({ page, open }) => {
  await open("fresh");
  await say(page, "list files");
  await expect(messages(page).getByText("todo.md").first()).toBeVisible();
  const line = page.getByRole("button", { name: /exec ls -1/ });
  await expect(line).toHaveAttribute("aria-expanded", "false");
  await line.click();
  await expect(page.getByRole("region", { name: "Output" })).toContainText("notes.md");
  await expect(messages(page).getByText("list files", { exact: true })).toHaveCount(1);
});

test("text that is read does not move while more arrives", async ({ page, open }) => {
  await open("fresh");
  await say(page, "long story");
  await expect(messages(page).getByText(/word 240/)).toBeVisible();
  const reading = page.getByText(/word 11\./);
  await reading.scrollIntoViewIfNeeded();
  await expect(page.getByRole("button", { name: "New text below" })).toBeVisible();
  const before = await reading.boundingBox();
  await expect(messages(page).getByText(/word 360/)).toBeAttached();
  expect(await reading.boundingBox()).toEqual(before);
  await page.getByRole("button", { name: "New text below" }).click();
  await expect(messages(page).getByText(/word 479/)).toBeInViewport({ timeout: 20_000 });
});

test("stop stops, and what was said stays", async ({ page, open }) => {
  await open("fresh");
  await say(page, "long story");
  await expect(messages(page).getByText(/word 30 /)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  await expect(messages(page).getByText(/word 30 /)).toBeVisible();
  await expect(messages(page).getByText(/word 479/)).toHaveCount(0);
});

test("a request for consent stands in the chat; denied, the agent goes on without it", async ({ page, open }) => {
  await open("fresh");
  await say(page, "push it");
  const card = page.getByRole("article", { name: "Run a command on the host" });
  await expect(card.getByText("git push origin main --follow-tags")).toBeVisible();
  await card.getByRole("button", { name: "Deny" }).click();
  await expect(card).toHaveCount(0);
  await expect(messages(page).getByText("You said no, so nothing was pushed.")).toBeVisible();
});

test("the same request allowed once lets it run", async ({ page, open }) => {
  await open("fresh");
  await say(page, "push it");
  await page.getByRole("button", { name: "Allow once" }).click();
  await expect(messages(page).getByText("Pushed to origin.")).toBeVisible();
});

test("a failed run says why, with its code, and can be sent again", async ({ page, open }) => {
  await open("fresh");
  await say(page, "fail please");
  await expect(page.getByText("model.unauthorized")).toBeVisible();
  await expect(page.getByText(/the key was revoked/)).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(messages(page).getByText("fail please")).toHaveCount(2);
});

test("a broken connection mends itself and loses no message", async ({ page, open }) => {
  const gateway = await open("fresh");
  await say(page, "hello");
  await expect(messages(page).getByText(/You wrote/)).toBeVisible();
  gateway.cutConnections();
  await expect(page.getByText(/Reconnecting|No connection/).first()).toBeVisible();
  await say(page, "still there?");
  await expect(messages(page).getByText("still there?").first()).toBeVisible();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await expect(messages(page).getByText(/You wrote still there/)).toBeVisible();
  await expect(messages(page).getByText("still there?", { exact: true })).toHaveCount(1);
});

test("the changes of the last turn can be looked at and undone", async ({ page, open }) => {
  await open("widened", "/chat");
  await page.getByRole("button", { name: "1 file changed" }).click();
  await expect(page.getByText("+Planned for 22 November.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("1 file put back")).toBeVisible();
});

test("each session has an address, and Back returns", async ({ page, open, isMobile }) => {
  await open("busy", "/chat");
  if (isMobile) await page.getByRole("button", { name: "Sessions" }).click();
  await page.getByRole("link", { name: /Friend on Telegram/ }).click();
  await expect(page).toHaveURL(/session=agent%3Amain%3Atelegram%3Adirect%3A1187/);
  await expect(page.getByRole("heading", { name: "Friend on Telegram", level: 1 })).toBeVisible();
  await page.goBack();
  if (isMobile) await page.goBack();
  await expect(page.getByRole("heading", { name: "Release checklist", level: 1 })).toBeVisible();
});

test("the context chip opens to its sources", async ({ page, open }) => {
  await open("busy", "/chat");
  await page.getByRole("button", { name: /has outside content \(2\)/ }).click();
  await expect(page.getByRole("complementary", { name: "Context" })).toContainText("docs.example.org");
  await expect(page).toHaveURL(/detail=context/);
});
