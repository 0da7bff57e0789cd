import { expect } from "@playwright/test";
import { test } from "./gateway/start-gateway.ts";

test("the palette reaches a session by a few letters, and gives the focus back", async ({ page, open }) => {
  await open("busy", "/system");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("friend");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/telegram%3Adirect%3A1187/);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a question mark shows the keys of the page, and they work", async ({ page, open }) => {
  await open("busy", "/approvals");
  await expect(page.getByRole("link", { name: /^Run a command/ })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Next request");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/item=ap-2/);
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/\/security/);
  await expect(page.getByRole("main")).toBeFocused();
});

test("typed letters are text, not commands", async ({ page, open }) => {
  await open("fresh", "/chat");
  await page.keyboard.press("c");
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused();
  await page.keyboard.type("?gs");
  await expect(page.getByRole("textbox", { name: "Message" })).toHaveValue("?gs");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a request is decided with the keyboard alone", async ({ page, open }) => {
  await open("busy", "/approvals?item=ap-2");
  await page.getByRole("button", { name: "Deny" }).waitFor();
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.getByRole("button", { name: "Deny" }).evaluate((button) => button === document.activeElement)) break;
  }
  await page.keyboard.press("Enter");
  await expect(page.getByText("This request is no longer waiting")).toBeVisible();
});

test("a message is sent, a tool call opened and the chat left without a mouse", async ({ page, open }) => {
  await open("fresh", "/chat");
  await page.keyboard.press("c");
  await page.keyboard.type("list files");
  await page.keyboard.press("Enter");
  // Its line is a stored one once the answer is there.
  await expect(page.getByRole("region", { name: "Messages" }).getByText("todo.md").first()).toBeVisible();
  const line = page.getByRole("button", { name: /exec ls -1/ });
  await line.focus();
  await page.keyboard.press("Enter");
  await expect(line).toHaveAttribute("aria-expanded", "true");
});

test("the first Tab offers to skip to the content", async ({ page, open }) => {
  await open("busy", "/system");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});
