import { expect, test } from "@playwright/test";

test("the page is served and has a title", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveTitle(/Fased/);
});
