/** Commands that wait for the owner, with real programs: on a machine without a sandbox, and over restarts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { debianPackages, isInstalled } from "../../debian-packages.ts";
import { bubblewrap, withoutBubblewrap } from "../../servers/bubblewrap.ts";
import { createProgram, type FasedProgram, type RunningProgram } from "../../servers/fased-program.ts";

const timeoutMs = 60_000;

let fased: FasedProgram;
let gateway: RunningProgram;
afterEach(() => fased.remove());

const ran = (): string => {
  const path = join(fased.state, "workspace/ran.txt");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

type Card = { readonly id: string; readonly words: string; readonly exactly: readonly { readonly text: string }[] };

async function cards(): Promise<readonly Card[]> {
  const { code, out } = await fased.run("approvals", "list", "--json");
  expect(code).toBe(0);
  return (JSON.parse(out) as { approvals: Card[] }).approvals;
}

/** Asks for a command; resolves when it waits for the owner. */
async function asked(message: string): Promise<{ talk: RunningProgram; card: Card }> {
  const talk = fased.start("agent", "--message", message);
  await talk.says("Waits for your approval: fased approvals approve ");
  const [card, ...more] = await cards();
  expect(more).toEqual([]);
  if (!card) throw new Error("no card");
  expect(talk.printed()).toContain(card.words);
  return { talk, card };
}

const approve = ({ words }: Card) => fased.run("approvals", "approve", ...words.split(" "));

async function restarted(): Promise<void> {
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
  gateway = await fased.gateway();
}

const onHost = "run on the host: echo $((40+2)) >> ran.txt; cat ran.txt";

describe("a command on the host, asked for and approved at the terminal", () => {
  beforeEach(async () => {
    fased = createProgram();
    gateway = await fased.gateway();
  });

  test(
    "waits with its exact bytes, runs once after the yes, and the same yes does nothing again",
    async () => {
      const { talk, card } = await asked(onHost);
      expect(card.exactly.map(({ text }) => text)).toContain("echo $((40+2)) >> ran.txt; cat ran.txt");
      const shown = await fased.run("approvals", "show", card.id);
      expect(shown.out).toContain("┆ echo $((40+2)) >> ran.txt; cat ran.txt\n");
      expect(ran()).toBe("");

      expect(await approve(card)).toMatchObject({ code: 0, out: expect.stringContaining("Approved, for once") });
      expect(await talk.ended).toMatchObject({ code: 0, out: expect.stringContaining("42") });
      expect(await approve(card)).toMatchObject({ code: 1, err: expect.stringContaining("nothing that waits") });
      expect([ran(), await cards()]).toEqual(["42\n", []]);
    },
    timeoutMs,
  );

  test(
    "never runs after a no, and the agent is told",
    async () => {
      const { talk, card } = await asked(onHost);
      expect(await fased.run("approvals", "deny", card.id)).toMatchObject({ code: 0 });
      expect(await talk.ended).toMatchObject({ code: 0, out: expect.stringContaining("the owner said no") });
      expect([ran(), await cards()]).toEqual(["", []]);
    },
    timeoutMs,
  );

  test(
    "waits over a restart, and over a kill; approved then, it runs once and the conversation has the answer",
    async () => {
      const { card } = await asked(onHost);
      await restarted();
      expect(await cards()).toEqual([card]);
      gateway.signal("SIGKILL");
      await gateway.ended;
      expect(await cards()).toEqual([expect.objectContaining({ id: card.id, words: card.words })]);
      gateway = await fased.gateway();
      expect(await cards()).toEqual([card]);
      expect(ran()).toBe("");

      expect((await approve(card)).code).toBe(0);
      await expect
        .poll(async () => (await fased.run("sessions", "show", "agent:main:main")).out, { timeout: 20_000 })
        .toMatch(/on the host[\s\S]*42/);
      await restarted();
      expect([ran(), await cards()]).toEqual(["42\n", []]);
    },
    timeoutMs,
  );
});

describe("a machine without bubblewrap", () => {
  beforeEach(async () => {
    const installed = debianPackages().some((found) => found.name === "bubblewrap" && isInstalled(found));
    fased = createProgram(installed ? { wrap: bubblewrap(...withoutBubblewrap) } : {});
    gateway = await fased.gateway();
  });

  test(
    "says at the first start that commands will ask, and how to get the sandbox; the audit is clean",
    async () => {
      expect(gateway.printed()).toContain(
        [
          "No sandbox: every command asks you first, because it would run on this machine itself.",
          "  Why: bubblewrap is not installed",
          "  Fix: apt-get install -y --no-install-recommends bubblewrap",
        ].join("\n"),
      );
      expect(readFileSync(join(fased.state, "fased.json"), "utf8")).toMatch(/mode: "off"[\s\S]*ask: "always"/);
      const { code, out } = await fased.run("security", "audit", "--strict=warn", "--json");
      const { findings } = JSON.parse(out) as { findings: { checkId: string; severity: string }[] };
      expect(code).toBe(0);
      expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
      expect(findings.map(({ checkId }) => checkId)).toContain("sandbox.not_proven");
      expect((await fased.run("status")).out).toMatch(/Sandbox +unproven: bubblewrap is not installed/);
    },
    timeoutMs,
  );

  test(
    "runs a plain command only after the yes, once",
    async () => {
      const { talk, card } = await asked("run echo $((40+2)) >> ran.txt; cat ran.txt");
      expect(ran()).toBe("");
      expect((await approve(card)).code).toBe(0);
      expect(await talk.ended).toMatchObject({ code: 0, out: expect.stringContaining("42") });
      expect(ran()).toBe("42\n");
    },
    timeoutMs,
  );

  test(
    "reads and writes files without asking",
    async () => {
      mkdirSync(join(fased.state, "workspace"), { recursive: true, mode: 0o700 });
      writeFileSync(join(fased.state, "workspace/notes.md"), "the tide is at 14:07\n");
      const { code, out } = await fased.run("agent", "--message", "read notes.md");
      expect({ code, cards: await cards() }).toEqual({ code: 0, cards: [] });
      expect(out).toContain("14:07");
    },
    timeoutMs,
  );
});
