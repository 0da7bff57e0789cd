import { expect, type Page } from "@playwright/test";
import type { Situation } from "./gateway/scripted-gateway.ts";

/** A page in a situation, and the words that prove that its data is there. */
export type Stop = {
  readonly name: string;
  readonly situation: Situation;
  readonly path: string;
  readonly shows: readonly string[];
  readonly prepare?: (page: Page) => Promise<void>;
};

const openTool = async (page: Page) => {
  await page.getByRole("button", { name: /edit notes\.md/ }).click();
};

export const tour: readonly Stop[] = [
  { name: "chat", situation: "busy", path: "/chat", shows: ["214 tests", "npm test", "Run a command on the host"] },
  { name: "chat-tool", situation: "widened", path: "/chat", shows: ["Planned for 22 November."], prepare: openTool },
  { name: "chat-empty", situation: "fresh", path: "/chat", shows: ["Talk to your agent", "list files"] },
  {
    name: "chat-context",
    situation: "busy",
    path: "/chat?detail=context",
    shows: ["docs.example.org", "has outside content (2)"],
  },
  {
    name: "approvals",
    situation: "busy",
    path: "/approvals?item=ap-1",
    shows: ["git push origin main", "amber-fjord-lantern", "On the host itself"],
  },
  {
    name: "approvals-hostile",
    situation: "hostile",
    path: "/approvals?item=ap-hostile",
    shows: ["right-to-left override", "65,536"],
  },
  { name: "approvals-empty", situation: "fresh", path: "/approvals", shows: ["Nothing waits for you"] },
  { name: "senders", situation: "busy", path: "/people", shows: ["Guest", "77120", "Let in"] },
  { name: "channels", situation: "busy", path: "/people?tab=channels", shows: ["Telegram", "refused the connection"] },
  { name: "devices", situation: "busy", path: "/people?tab=devices", shows: ["Firefox", "fased on garden"] },
  {
    name: "findings",
    situation: "busy",
    path: "/security",
    shows: [
      "can run commands",
      "A stranger on Telegram can make agent main",
      "dm.open",
      "fased.json:7",
      "Make this change",
    ],
  },
  {
    name: "explain",
    situation: "busy",
    path: "/security?tab=explain&from=telegram:1187&tool=exec",
    shows: ["tools.not_in_profile", "fased.json:9"],
  },
  {
    name: "who-can",
    situation: "busy",
    path: "/security?tab=who-can&tool=exec",
    shows: ["operator over HTTP", "denied"],
  },
  {
    name: "why",
    situation: "busy",
    path: "/security?tab=why",
    shows: ["The sender is not paired yet", "group.mention_required"],
  },
  { name: "ledger", situation: "busy", path: "/security?tab=ledger", shows: ["flow.sandboxed", "npm test"] },
  { name: "status", situation: "busy", path: "/system", shows: ["bubblewrap", "offline assistant"] },
  { name: "models", situation: "busy", path: "/system?tab=models", shows: ["qwen3:8b", "the key was revoked"] },
  { name: "config", situation: "busy", path: "/system?tab=config", shows: ["No errors"] },
  {
    name: "policy",
    situation: "widened",
    path: "/system?tab=policy",
    shows: ["Strangers on Telegram are let in", "Accept this change"],
  },
  { name: "logs", situation: "busy", path: "/system?tab=logs", shows: ["listening", "model call failed"] },
  {
    name: "recovery",
    situation: "recovery",
    path: "/system?tab=config",
    shows: ["Recovery mode", "did you mean", "line 4"],
  },
];

export async function assertShows(page: Page, stop: Stop): Promise<void> {
  for (const words of stop.shows) await expect(page.getByText(words).filter({ visible: true }).first()).toBeVisible();
}
