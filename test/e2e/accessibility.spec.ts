import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { test } from "./gateway/start-gateway.ts";
import { assertShows, tour } from "./page-tour.ts";

for (const stop of tour) {
  test(`${stop.name} shows its data and has no serious barrier @looks`, async ({ page, open }) => {
    await open(stop.situation, stop.path);
    await stop.prepare?.(page);
    await assertShows(page, stop);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
    const { width } = page.viewportSize() ?? { width: 0 };
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

test("the log-in page has no serious barrier @looks", async ({ page, startGateway }) => {
  const gateway = await startGateway("fresh");
  await page.goto(gateway.url);
  await expect(page.getByRole("heading", { name: "Log in to this Gateway" })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});
