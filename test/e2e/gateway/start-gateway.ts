/**
 * The Gateway that browser tests run against. This file is the only place that knows which one it is: a specification
 * asks for a situation and gets an address.
 */
import { test as base, type Page } from "@playwright/test";
import { type ScriptedGateway, type Situation, startScriptedGateway } from "./scripted-gateway.ts";

export type TestGateway = ScriptedGateway;

type Fixtures = {
  /** Starts a Gateway in a situation; it ends with the test. */
  startGateway: (situation: Situation) => Promise<TestGateway>;
  /** Starts one and opens the page, logged in by a one-time link. */
  open: (situation: Situation, path?: string) => Promise<TestGateway>;
};

export const test = base.extend<Fixtures>({
  startGateway: async ({ page: _page }, use) => {
    const started: TestGateway[] = [];
    await use(async (situation) => {
      const gateway = await startScriptedGateway(situation);
      started.push(gateway);
      return gateway;
    });
    for (const gateway of started) await gateway.stop();
  },
  open: async ({ page, startGateway }, use) => {
    await use(async (situation, path = "/") => {
      const gateway = await startGateway(situation);
      await logIn(page, gateway);
      if (path !== "/") await page.goto(`${gateway.url}${path}`);
      await page.getByText("Connected", { exact: true }).waitFor();
      return gateway;
    });
  },
});

export async function logIn(page: Page, gateway: TestGateway): Promise<void> {
  await page.goto(gateway.loginLink());
  await page.getByText("Connected", { exact: true }).waitFor();
}
