import { expect } from "@playwright/test";
import { test } from "./gateway/start-gateway.ts";

test("a card answers its questions in their order, and its words are shown", async ({ page, open }) => {
  await open("busy", "/approvals?item=ap-1");
  const card = page.getByRole("article");
  const questions = await card.getByRole("heading", { level: 3 }).allTextContents();
  expect(questions.slice(0, 4)).toEqual(["Who asks", "What exactly", "Where it runs", "Why you are asked"]);
  await expect(card.getByText("amber-fjord-lantern")).toBeVisible();
  await expect(card.getByText("It never runs. Whoever asked is told no.")).toBeVisible();
});

test("denying takes as much as allowing, and the request is gone", async ({ page, open }) => {
  await open("busy", "/approvals?item=ap-2");
  const [deny, allow] = [page.getByRole("button", { name: "Deny" }), page.getByRole("button", { name: "Allow once" })];
  const [a, b] = [await deny.boundingBox(), await allow.boundingBox()];
  expect(Math.abs((a?.width ?? 0) - (b?.width ?? 0))).toBeLessThan(2);
  await deny.click();
  await expect(page.getByText("This request is no longer waiting")).toBeVisible();
});

test("a stranger is let in by the owner", async ({ page, open }) => {
  await open("busy", "/people");
  await expect(page.getByText("77120")).toBeVisible();
  await page.getByRole("button", { name: "Let in" }).click();
  await expect(page.getByText("Nobody is waiting")).toBeVisible();
});

test("an explanation is a page of its own, with the rule and the line", async ({ page, open }) => {
  await open("busy", "/security?tab=explain");
  await page.getByRole("textbox", { name: "Who" }).fill("telegram:1187");
  await page.getByRole("textbox", { name: "Tool" }).fill("exec");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText("fased.json:9")).toBeVisible();
  await expect(page).toHaveURL(/from=telegram%3A1187&tool=exec/);
  await page.getByRole("textbox", { name: "Who" }).fill("nobody");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText("explain.unknown_person")).toBeVisible();
});

test("a key is tested live: a bad one is refused with the reason, a good one is kept", async ({ page, open }) => {
  await open("busy", "/system?tab=models");
  await page.getByRole("textbox", { name: "API key" }).fill("sk-bad");
  await page.getByRole("button", { name: "Test and save" }).click();
  await expect(page.getByText("model.unauthorized")).toBeVisible();
  await page.getByRole("textbox", { name: "API key" }).fill("sk-good");
  await page.getByRole("button", { name: "Test and save" }).click();
  await expect(page.getByText("anthropic/claude-sonnet answered in 840 ms. Saved.")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "API key" })).toHaveValue("");
});

test("a widening is shown cell by cell before it is accepted", async ({ page, open }) => {
  await open("widened", "/chat");
  await page.getByRole("button", { name: "Review the change" }).click();
  await expect(page.getByText("Strangers on Telegram are let in without a code.")).toBeVisible();
  await expect(page.getByText("HTTP calls may no longer run commands.")).toBeVisible();
  await page.getByRole("button", { name: "Accept this change" }).click();
  await expect(page.getByText("Nothing waits for your consent")).toBeVisible();
  await expect(page.getByText("The config file now allows more")).toHaveCount(0);
});

test("in recovery mode every page says so, and the config can be mended", async ({ page, open }) => {
  await open("recovery", "/approvals");
  await expect(page.getByText("Recovery mode").first()).toBeVisible();
  await page.getByRole("button", { name: "Show the problems" }).first().click();
  await expect(page.getByText(/did you mean/)).toBeVisible();
  const editor = page.getByRole("textbox", { name: "Config file" });
  await editor.fill((await editor.inputValue()).replace("gatewey", "gateway"));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("No errors")).toBeVisible();
});

test("a message without an answer has its reason and its fix, one click from every page", async ({ page, open }) => {
  await open("busy", "/system");
  await page.getByRole("link", { name: "2 messages without an answer" }).click();
  await expect(page.getByText("The sender is not paired yet")).toBeVisible();
  await expect(page.getByText(/fased pairing approve telegram/)).toBeVisible();
});

test("the log is filtered in place", async ({ page, open }) => {
  await open("busy", "/system?tab=logs");
  await page.getByRole("searchbox", { name: "Filter" }).fill("model call");
  await expect(page.getByRole("log")).toContainText("model call failed");
  await expect(page.getByRole("log")).not.toContainText("listening");
});
