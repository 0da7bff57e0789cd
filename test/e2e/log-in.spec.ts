import { expect } from "@playwright/test";
import { logIn, test } from "./gateway/start-gateway.ts";

test("a log-in link lets the browser in, once, and leaves no trace in the address", async ({ page, startGateway }) => {
  const gateway = await startGateway("fresh");
  const link = gateway.loginLink();
  await page.goto(link);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  expect(page.url()).not.toContain("code");
  await page.reload();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
});

test("a link that was used says so, and the other way in stays open", async ({ page, context, startGateway }) => {
  const gateway = await startGateway("fresh");
  const link = gateway.loginLink();
  await page.goto(link);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await context.clearCookies();
  await page.evaluate(() => indexedDB.deleteDatabase("fased"));
  await page.goto("about:blank");
  await page.goto(link);
  await expect(page.getByText("login.code_invalid")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Gateway token" })).toBeVisible();
});

test("the token lets the browser in and is kept nowhere", async ({ page, startGateway }) => {
  const gateway = await startGateway("fresh");
  await page.goto(gateway.url);
  await expect(page.getByRole("heading", { name: "Log in to this Gateway" })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.getByRole("textbox", { name: "Gateway token" }).fill(gateway.token);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  const kept = await page.evaluate(readStorage);
  expect(kept).not.toContain(gateway.token);
  expect(kept).toContain("not extractable");
  await page.reload();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
});

test("a wrong token is refused with its code, and the right one still works", async ({ page, startGateway }) => {
  const gateway = await startGateway("fresh");
  await page.goto(gateway.url);
  await page.getByRole("textbox", { name: "Gateway token" }).fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("AUTH_TOKEN_MISMATCH")).toBeVisible();
  await page.getByRole("textbox", { name: "Gateway token" }).fill(gateway.token);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
});

test("an unknown browser shows what to approve and goes on by itself afterwards", async ({ page, startGateway }) => {
  const gateway = await startGateway("unpaired");
  await page.goto(gateway.url);
  await page.getByRole("textbox", { name: "Gateway token" }).fill(gateway.token);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText(/fased devices approve [0-9a-f-]{36}/)).toBeVisible();
  gateway.approveDevice();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible({ timeout: 10_000 });
});

test("logging out forgets the token of this browser", async ({ page, startGateway }) => {
  const gateway = await startGateway("fresh");
  await logIn(page, gateway);
  await page.goto(`${gateway.url}/system`);
  await page.getByRole("button", { name: "Log out on this browser" }).click();
  await expect(page.getByRole("heading", { name: "Log in to this Gateway" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Log in to this Gateway" })).toBeVisible();
});

/** Everything that the page keeps, as text; whether the private key could be read out. */
async function readStorage(): Promise<string> {
  const database = await new Promise<IDBDatabase>((opened, failed) => {
    const request = indexedDB.open("fased", 1);
    request.onsuccess = () => opened(request.result);
    request.onerror = () => failed(request.error);
  });
  const store = database.transaction("device").objectStore("device");
  const read = (key: string) =>
    new Promise<unknown>((done) => {
      const request = store.get(key);
      request.onsuccess = () => done(request.result);
    });
  const [token, keys] = await Promise.all([read("token"), read("keys")]);
  database.close();
  const isHidden = (keys as CryptoKeyPair).privateKey.extractable === false;
  return [
    JSON.stringify({ ...localStorage, ...sessionStorage }),
    String(token),
    isHidden ? "not extractable" : "",
  ].join("\n");
}
