/** The whole Gateway for browser tests, as `npm start` builds it, and the page logged in to it. */
import { test as base, type Page } from "@playwright/test";
import { startWhole, type Whole, type WholeOptions } from "../../fakes/whole-gateway.ts";

export const test = base.extend<{ start: (options?: WholeOptions) => Promise<Whole> }>({
  start: async ({ page }, use) => {
    const wholes: Whole[] = [];
    await use(async (options = {}) => {
      const whole = await startWhole(options);
      wholes.push(whole);
      await page.goto(whole.started.loginLink());
      await page.getByText("Connected", { exact: true }).waitFor();
      return whole;
    });
    for (const whole of wholes) await whole.remove();
  },
});

/** Another page of the same Gateway. */
export async function visit(page: Page, whole: Whole, path: string): Promise<void> {
  await page.goto(new URL(path, whole.started.url).href);
  await page.getByText("Connected", { exact: true }).waitFor();
}
