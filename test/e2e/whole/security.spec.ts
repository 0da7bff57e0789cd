/** The Security place against the whole Gateway: what it shows is what the policy in force says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { configWith } from "../../fakes/whole-gateway.ts";
import { test, visit } from "./start-whole.ts";

const openConfig = configWith(`// For the neighbours.
    channels: {
      telegram: {
        botToken: "123456:not-a-real-token",
        dmPolicy: "open", allowFrom: ["*"],
      },
    },`).replace('profile: "messaging"', 'profile: "coding"');

const finding = (page: Page, id: string) =>
  page.getByRole("listitem").filter({ has: page.getByText(id, { exact: true }) });

test("a finding is a sentence, a way, the lines of the config, and a change that ends it", async ({ page, start }) => {
  const whole = await start({ config: openConfig, channels: ["telegram"] });
  await visit(page, whole, "security");
  const found = finding(page, "reach.stranger_write");
  await expect(found.getByText("A stranger on Telegram can make agent main change files.")).toBeVisible();
  await expect(found.getByText("telegram, direct message: Any other telegram sender")).toBeVisible();
  await expect(found.getByText("agent main answers")).toBeVisible();
  const line = openConfig.split("\n").findIndex((text) => text.includes("dmPolicy")) + 1;
  await expect(found.getByText(`fased.json:${line}`, { exact: true })).toBeVisible();
  await expect(found.getByText('dmPolicy: "open", allowFrom: ["*"],', { exact: true })).toBeVisible();
  await expect(found.getByText(/^- +dmPolicy: "open"/)).toBeVisible();
  await expect(found.getByText(/^\+ +dmPolicy: "pairing"/)).toBeVisible();
  await found.getByText("What it takes away").click();
  await expect(found.getByRole("row").filter({ hasText: "stranger@telegram" }).first()).toBeVisible();
  await expect(page.getByText("not-a-real-token")).toHaveCount(0);

  await found.getByRole("button", { name: "Make this change" }).click();
  await expect(page.getByText("reach.stranger_write", { exact: true })).toHaveCount(0, { timeout: 15_000 });
  await expect(page.getByText("0 critical", { exact: false }).first()).toBeVisible();
  const written = readFileSync(join(whole.state, "fased.json"), "utf8");
  expect(written).toContain('dmPolicy: "pairing",');
  expect(written).toContain("// For the neighbours.");
  expect(written).toContain('botToken: "123456:not-a-real-token"');
});

test("an explanation gives the sentence, the rule and the line of the config", async ({ page, start }) => {
  const whole = await start({ config: openConfig, channels: ["telegram"] });
  await visit(page, whole, "security?tab=explain");
  await page.getByRole("textbox", { name: "Who" }).fill("stranger@telegram");
  await page.getByRole("textbox", { name: "Tool" }).fill("write");
  await page.getByRole("button", { name: "Explain" }).click();
  const answer = page.getByRole("status").filter({ hasText: "allowed" });
  await expect(answer).toContainText("Any other telegram sender in a direct chat may use write of agent main");
  await expect(page.getByText("tool.profile", { exact: true }).first()).toBeVisible();
  const line = openConfig.split("\n").findIndex((text) => text.includes('"coding"')) + 1;
  await expect(page.getByText(`fased.json:${line}`)).toBeVisible();
  await expect(page).toHaveURL(/from=stranger%40telegram&tool=write/);

  await page.getByRole("textbox", { name: "Tool" }).fill("gateway");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByRole("status").filter({ hasText: "denied" })).toContainText("may not use gateway");
  await page.getByRole("textbox", { name: "Who" }).fill("nobody");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText("security.bad_question")).toBeVisible();
});

test("who can use a tool is everybody whom the policy lets, and nobody else", async ({ page, start }) => {
  const whole = await start({ config: openConfig, channels: ["telegram"] });
  await visit(page, whole, "security?tab=who-can&tool=write");
  const table = page.getByRole("table", { name: "Who can use a tool?" });
  await expect(table.getByRole("row").filter({ hasText: "stranger@telegram" })).toContainText("allowed");
  await expect(table.getByRole("row").filter({ hasText: "owner" }).first()).toContainText("allowed");
  await visit(page, whole, "security?tab=who-can&tool=gateway");
  await expect(table.getByRole("row").filter({ hasText: "stranger@telegram" })).toHaveCount(0);
});

test("the first config has nothing above a note", async ({ page, start }) => {
  const whole = await start();
  await visit(page, whole, "security");
  await expect(page.getByText(/^0 critical, 0 warnings, \d+ notes$/)).toBeVisible();
});
