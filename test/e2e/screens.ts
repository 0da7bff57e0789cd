import { join } from "node:path";
import { expect } from "@playwright/test";
import { test } from "./gateway/start-gateway.ts";
import { assertShows, tour } from "./page-tour.ts";

const folder = join(import.meta.dirname, "../../docs/screens");

/** Dark pictures of these only: the rest looks the same in other colours, and every page is checked in both. */
const alsoDark = new Set(["chat", "approvals", "findings"]);

for (const stop of tour) {
  test(`${stop.name} shows its data`, async ({ page, open }, info) => {
    test.skip(info.project.name.endsWith("-dark") && !alsoDark.has(stop.name));
    await open(stop.situation, stop.path);
    await stop.prepare?.(page);
    await assertShows(page, stop);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, `${stop.name}-${info.project.name}.png`), animations: "disabled" });
  });
}

test("log-in shows both ways in", async ({ page, startGateway }, info) => {
  test.skip(info.project.name.endsWith("-dark"));
  const gateway = await startGateway("busy");
  await page.goto(gateway.url);
  await expect(page.getByText("fased dashboard")).toBeVisible();
  await page.screenshot({ path: join(folder, `log-in-${info.project.name}.png`) });
});

test("pairing shows what to approve", async ({ page, startGateway }, info) => {
  test.skip(info.project.name.endsWith("-dark"));
  const gateway = await startGateway("unpaired");
  await page.goto(gateway.url);
  await page.getByLabel("Gateway token", { exact: true }).fill(gateway.token);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText(/fased devices approve 3f6b1c52/)).toBeVisible();
  await page.screenshot({ path: join(folder, `pairing-${info.project.name}.png`) });
});

test("the command palette shows pages and sessions", async ({ page, open }, info) => {
  test.skip(info.project.name.endsWith("-dark"));
  await open("busy");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option", { name: /Friend on Telegram/ })).toBeAttached();
  await page.screenshot({ path: join(folder, `palette-${info.project.name}.png`) });
});
