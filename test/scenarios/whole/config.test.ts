import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ask, configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";

let whole: Whole;
afterEach(async () => whole.remove());

const owner = `security: { owners: [{ channel: "telegram", id: "1" }] },`;
const telegramWith = (settings: string) => configWith(`${owner} channels: { telegram: { ${settings} } },`);

type Problem = { readonly code: string; readonly message: string; readonly fix: string; path?: string; line?: number };
type Status = { readonly mode: string; readonly problems: readonly Problem[] };

function write(text: string): void {
  writeFileSync(join(whole.state, "fased.json"), text);
}

describe("recovery mode", () => {
  test("a broken file: no channels, no tools; each problem with its path, line and fix; mending it ends recovery", async () => {
    const sound = telegramWith("");
    const broken = sound
      .replace('dmScope: "per-channel-peer"', 'dmScop: "per-channel-peer"')
      .replace('"loopback"', "5");
    whole = await startWhole({ config: broken, channels: ["telegram"], files: { "notes.md": "the tide\n" } });
    expect(whole.started.mode).toBe("recovery");
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "read notes.md" });

    const operator = await whole.operator();
    const status = await operator.call<Status>("status", {});
    expect(status.mode).toBe("recovery");
    const told = status.problems.map(({ path, line, fix }) => ({ path, line, fix: fix !== "" }));
    expect(told).toEqual(
      expect.arrayContaining([
        { path: "gateway.bind", line: 2, fix: true },
        { path: "session.dmScop", line: 3, fix: true },
      ]),
    );
    expect(status.problems.find(({ path }) => path === "session.dmScop")?.fix).toContain("dmScope");
    await expect(ask(operator, "read notes.md")).rejects.toMatchObject({
      details: { code: "gateway.recovery_mode" },
    });
    expect(telegram.heard).toEqual([]);
    expect(readFileSync(join(whole.state, "fased.json"), "utf8")).toBe(broken);

    write(sound);
    await eventuallyAsync(async () => (await operator.call<Status>("status", {})).mode === "normal");
    expect(await ask(operator, "read notes.md")).toContain("the tide");
  });

  test("text that is no JSON5 at all still starts a page that says where it is broken", async () => {
    whole = await startWhole({ config: "{ gateway: {\n  bind: \n}" });
    const { mode, problems } = whole.started;
    expect(mode).toBe("recovery");
    expect(problems).toMatchObject([{ severity: "fatal", line: expect.any(Number), fix: expect.stringMatching(/./) }]);
    expect(whole.started.loginLink()).toMatch(/^http:\/\//);
  });

  test("an environment variable that is not set is named, with the line that uses it", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference in the config, not in this text
    const config = telegramWith("").replace("ownerScope", 'mainKey: "${FASED_NOT_SET}", ownerScope');
    whole = await startWhole({ config });
    expect(whole.started.mode).toBe("recovery");
    const [problem] = whole.started.problems.filter(({ severity }) => severity === "fatal");
    expect(problem?.message).toContain("FASED_NOT_SET");
    expect(problem).toMatchObject({ line: 3, path: "session.mainKey" });
  });

  test("a file that is included is followed like the one that includes it", async () => {
    whole = await startWhole({ config: telegramWith(""), channels: ["telegram"] });
    const operator = await whole.operator();
    const telegram = whole.channel("telegram");
    const part = join(whole.state, "telegram.json5");
    const openTo = (policy: string) => writeFileSync(part, `{ dmPolicy: "${policy}" }`, { mode: 0o600 });
    openTo("pairing");
    write(configWith(`${owner} channels: { telegram: { $include: "telegram.json5" } },`));
    await telegram.say({ from: "88", text: "help" });
    await eventually(() => telegram.heard.length > 0, "a pairing code");
    openTo("disabled");
    await eventuallyAsync(async () => {
      await telegram.say({ from: "99", text: "help" });
      return JSON.stringify(await operator.call("messages.why", {})).includes("dm.disabled");
    });
  });

  test("an error in one channel's section switches off that channel alone", async () => {
    whole = await startWhole({
      config: configWith(`${owner} channels: { irc: { dmPolicy: "sometimes" }, telegram: {} },`),
      channels: ["telegram"],
    });
    expect(whole.started.mode).toBe("normal");
    expect(whole.started.problems).toMatchObject([{ path: "channels.irc.dmPolicy", severity: "section" }]);
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "help" });
    await eventually(() => telegram.heard.length > 0, "an answer on the sound channel");
  });

  test("a file that breaks while the Gateway runs is reported, and what was in force stays in force", async () => {
    whole = await startWhole({ config: telegramWith(""), channels: ["telegram"] });
    const operator = await whole.operator();
    write(telegramWith("").replace("dmScope", "dmScop"));
    await eventuallyAsync(async () => {
      const { problems } = await operator.call<Status>("status", {});
      return problems.some(({ path }) => path === "session.dmScop");
    });
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "help" });
    await eventually(() => telegram.heard.length > 0, "an answer to the owner");
    await telegram.say({ from: "66", text: "help" });
    await eventually(() => telegram.heard.some(({ target }) => target.chat === "66"), "a pairing code, not an answer");
    expect(telegram.heard.find(({ target }) => target.chat === "66")?.text).toContain("Pairing code");
  });
});

describe("what the log shows", () => {
  const withLogging = (logging: string, key = "") =>
    configWith("").replace('logging: { consoleLevel: "warn" },', `logging: { ${logging} }, ${key}`);

  test("follows the config: patterns, and levels of the file and of the terminal", async () => {
    whole = await startWhole({ config: withLogging('consoleLevel: "warn"') });
    const operator = await whole.operator();
    const problems = () =>
      whole.log.filter((line) => line.includes("is not a key")).map((line) => /\S+: `\S+`/.exec(line)?.[0]);
    const fails = async (text: string, count: number) => {
      write(text);
      await eventually(() => problems().length === count, `problem ${count}`);
    };
    const settles = async (text: string) => {
      write(text);
      const hash = createHash("sha256").update(text).digest("hex");
      await eventuallyAsync(async () => (await operator.call<{ hash: string }>("config.get")).hash === hash);
    };
    await fails(withLogging('consoleLevel: "warn"', '"ticket-1": 1,'), 1);
    const masking = 'consoleLevel: "warn", redactPatterns: ["ticket-\\\\d+"]';
    await settles(withLogging(masking));
    await fails(withLogging(masking, '"ticket-2": 1,'), 2);
    expect(problems()).toEqual([expect.stringContaining("`ticket-1`"), expect.stringContaining("`***`")]);

    await settles(withLogging('consoleLevel: "error", level: "error"'));
    write(withLogging('consoleLevel: "error", level: "error"', '"ticket-3": 1,'));
    await eventuallyAsync(async () => {
      const { problems: found } = await operator.call<Status>("status", {});
      return found.some(({ path }) => path === "ticket-3");
    });
    expect(problems()).toHaveLength(2);
    const { lines } = await operator.call<{ lines: readonly string[] }>("logs.tail", {});
    expect(lines.join("\n")).not.toContain("ticket-3");
    expect(lines.join("\n")).toContain("ticket-1");
  });
});

type Pending = { readonly hash: string; readonly widened: readonly { who: string; what: string }[] } | null;

describe("a config edit that allows more", () => {
  test("waits for consent with the new cells shown; meanwhile the accepted policy holds; accepting lets it in", async () => {
    whole = await startWhole({ config: telegramWith(`dmPolicy: "disabled"`), channels: ["telegram"] });
    const operator = await whole.operator();
    const telegram = whole.channel("telegram");
    write(telegramWith(`dmPolicy: "open", allowFrom: ["*"]`));
    let pending: Pending = null;
    await eventuallyAsync(async () => {
      pending = await operator.call<Pending>("policy.pending", {});
      return pending !== null;
    });
    const shown = pending as unknown as NonNullable<Pending>;
    expect(JSON.stringify(shown.widened)).toMatch(/telegram/);
    await telegram.say({ from: "77", text: "help" });
    await eventuallyAsync(async () => JSON.stringify(await operator.call("messages.why", {})).includes("dm.disabled"));
    expect(telegram.heard).toEqual([]);

    await expect(operator.call("policy.accept", { hash: "0000000000000000" })).rejects.toThrow();
    await operator.call("policy.accept", { hash: shown.hash });
    await telegram.say({ from: "77", text: "help" });
    await eventually(() => telegram.heard.length > 0, "an answer to everyone");
  });

  test("a restart does not stand in for the consent", async () => {
    whole = await startWhole({ config: telegramWith(`dmPolicy: "disabled"`), channels: ["telegram"] });
    await whole.stop();
    write(telegramWith(`dmPolicy: "open", allowFrom: ["*"]`));
    whole = await whole.restart();
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "77", text: "help" });
    const operator = await whole.operator();
    await eventuallyAsync(async () => JSON.stringify(await operator.call("messages.why", {})).includes("dm.disabled"));
    expect(await operator.call<Pending>("policy.pending", {})).not.toBeNull();
    expect(whole.log.join("\n")).toContain("fased config accept");
    expect(telegram.heard).toEqual([]);
  });

  test("one that allows less applies at once", async () => {
    whole = await startWhole({ config: telegramWith(`dmPolicy: "open", allowFrom: ["*"]`), channels: ["telegram"] });
    const operator = await whole.operator();
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "77", text: "help" });
    await eventually(() => telegram.heard.length > 0, "an answer while it is open");
    const before = telegram.heard.length;
    const { policyEpoch } = await operator.call<{ policyEpoch: number }>("status", {});
    write(telegramWith(`dmPolicy: "disabled"`));
    await eventuallyAsync(async () => {
      return (await operator.call<{ policyEpoch: number }>("status", {})).policyEpoch !== policyEpoch;
    });
    expect(await operator.call<Pending>("policy.pending", {})).toBeNull();
    await telegram.say({ from: "77", text: "help" });
    await eventuallyAsync(async () => JSON.stringify(await operator.call("messages.why", {})).includes("dm.disabled"));
    expect(telegram.heard.length).toBe(before);
  });
});

async function eventuallyAsync(condition: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
