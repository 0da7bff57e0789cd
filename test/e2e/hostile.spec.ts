import { expect } from "@playwright/test";
import { test } from "./gateway/start-gateway.ts";

test.beforeEach(async ({ page }) => {
  page.on("dialog", () => {
    throw new Error("a dialog was opened");
  });
});

for (const path of ["/chat", "/approvals?item=ap-hostile", "/people", "/system?tab=logs"]) {
  test(`nothing that others wrote runs, loads or leaves the page on ${path}`, async ({ page, open }) => {
    const outside: string[] = [];
    const refused: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith("http://127.0.0.1:")) outside.push(request.url());
    });
    page.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML/i.test(message.text())) refused.push(message.text());
    });
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(error.message));
    await open("hostile", path);
    await page.waitForLoadState("networkidle");
    expect(outside).toEqual([]);
    expect(refused).toEqual([]);
    expect(failures).toEqual([]);
    expect(await page.evaluate(() => "stolen" in window)).toBe(false);
    expect(await page.locator("main img, main iframe, main form[action], main script, main style").count()).toBe(0);
    const { width } = page.viewportSize() ?? { width: 0 };
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

test("a link shows its real host, and a script is no link", async ({ page, open }) => {
  await open("hostile", "/chat");
  const link = page.getByRole("link", { name: "harmless link" });
  await expect(link).toHaveAttribute("rel", /noopener noreferrer/);
  await expect(page.getByText("evil.example", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "script" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: /image: tracking/ })).toBeVisible();
});

test("hidden and turning characters of a card are named, and long text says how long it is", async ({ page, open }) => {
  await open("hostile", "/approvals?item=ap-hostile");
  const card = page.getByRole("article");
  for (const mark of [
    "U+202E right-to-left override",
    "U+0000 null",
    "U+001B escape",
    "U+000D carriage return",
    "U+200B zero width space",
  ]) {
    await expect(card.getByText(mark).first()).toBeVisible();
  }
  await expect(card.getByText("5 characters shown as marks")).toBeVisible();
  const all = card.getByRole("button", { name: "Show all 65,536 characters" });
  await all.click();
  await expect(card.getByText("All 65,536 characters shown")).toBeVisible();
});

test("right-to-left text and emoji sequences stay whole", async ({ page, open }) => {
  await open("hostile", "/chat");
  await expect(page.getByText("مرحبا بالعالم", { exact: false })).toBeVisible();
  await expect(page.getByText("👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈", { exact: false })).toBeVisible();
});
