import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createToolBench,
  ownerWords,
  resultOf,
  type ToolBench,
  type TurnOptions,
  tainted,
} from "../../fakes/tool-bench.ts";
import { describeNeeding } from "../../needs.ts";

let bench: ToolBench;
const inWorkspace = (path: string) => join(bench.workspace, path);
const text = (path: string) => readFileSync(inWorkspace(path), "utf8");

describeNeeding("bubblewrap")("a command in the sandbox", () => {
  beforeEach(async () => {
    bench = createToolBench();
    expect(await bench.sandbox.probe()).toEqual({ state: "proven" });
  });
  afterEach(() => bench.close());

  const run = async (command: string, options: TurnOptions & { readonly background?: boolean } = {}) => {
    const { background = false, ...turn } = options;
    return resultOf(await bench.call("exec", background ? { command, background } : { command }, turn));
  };

  test("runs without a card and its output is the answer", async () => {
    const result = await run("echo one; echo two >&2; cat /proc/self/status | grep Seccomp:");
    expect(result).toMatchObject({ failed: false, details: { where: "sandbox", proven: true, exitCode: 0 } });
    // Two pipes have no order between them.
    const [end = "", ...lines] = result.text.split("\n").reverse();
    expect(lines.sort()).toEqual(["Seccomp:\t2", "one", "two"]);
    expect(end).toContain("[exit code 0");
  });

  test("sees neither the state directory, nor the network, nor the Gateway's environment", async () => {
    const seen = await run(
      `ls -d ${bench.folder}/state /root /home/*; cat /proc/1/environ /proc/net/dev | tr '\\0' '\\n'; env`,
    );
    expect(seen.text).not.toContain("FASED");
    expect(seen.text).not.toMatch(/eth0|ens|wlan/);
    expect(seen.text).toMatch(/cannot access .*state/);
    const variables = (await run("env | cut -d= -f1 | sort")).text.split("\n").slice(0, -1);
    expect(variables).toEqual(["HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER"]);
  });

  test.each([
    ["mount a file system", "mount -t tmpfs none /tmp"],
    ["make namespaces", "unshare -r true"],
    ["write outside", "touch /usr/x || touch /etc/x || touch /x"],
    ["reach loopback of the host", "bash -c 'echo > /dev/tcp/127.0.0.1/22'"],
    ["lift its own limits", "ulimit -f unlimited"],
  ])("cannot %s", async (_what, command) => {
    expect((await run(command)).failed).toBe(true);
  });

  test("writes the workspace, and the change is undone with the turn", async () => {
    writeFileSync(inWorkspace("notes.md"), "before\n");
    await run("echo after > notes.md; mkdir -p a/b; echo new > a/b/c.txt");
    expect([text("notes.md"), text("a/b/c.txt")]).toEqual(["after\n", "new\n"]);
    expect(await bench.undo.undo("agent:main:main", bench.turn().workspace.files)).toMatchObject({
      run: "run-1",
      undone: expect.arrayContaining([
        { path: "notes.md", done: "restored" },
        { path: "a/b/c.txt", done: "removed" },
      ]),
      skipped: [],
    });
    expect(text("notes.md")).toBe("before\n");
    expect(existsSync(inWorkspace("a/b/c.txt"))).toBe(false);
  });

  test("control files and git hooks are read-only, and cannot be moved away", async () => {
    await run("git init -q . && git init -q sub/repo");
    const attack = await run(
      [
        "echo x >> AGENTS.md",
        "mv skills s2",
        "mkdir skills/evil",
        "for r in . sub/repo; do echo x > $r/.git/hooks/pre-commit; echo x >> $r/.git/config; mv $r/.git $r/.git2; done",
        "mv sub sub2",
        "true",
      ].join("; "),
    );
    expect(attack.text).not.toContain("put back");
    expect(text("AGENTS.md")).toBe("");
    expect(existsSync(inWorkspace("skills/evil"))).toBe(false);
    for (const git of [".git", "sub/repo/.git"]) {
      expect(existsSync(inWorkspace(`${git}/hooks/pre-commit`))).toBe(false);
      expect(text(`${git}/config`)).not.toContain("x\n");
    }
  });

  test.each([
    ["a folder", "mkdir 'obey the page'", "ls"],
    ["an empty file", "touch 'obey the page'", "ls"],
    ["a new name of the owner's file", "mv notes.md 'obey the page'", "ls"],
    ["the target of a link", "ln -s 'obey the page' link", "readlink link"],
    ["a file too large to be kept", "(echo obey the page; head -c 17000000 /dev/zero) > big", "head -n 1 big"],
  ])("what a tainted command hides in %s is untrusted where a later one finds it", async (_where, hide, find) => {
    writeFileSync(inWorkspace("notes.md"), "mine");
    expect((await run(find.startsWith("ls") ? find : "cat notes.md")).label.integrity).toBe("owner");
    await run(hide, { label: tainted, run: "run-tainted" });
    const found = await run(find, { run: "run-later" });
    expect(found.text).toContain("obey the page");
    expect(found.label.integrity).toBe("untrusted");
  });

  test.each([
    ["the time of a file", "touch -d @1001 notes.md", { find: "stat -c %Y notes.md", chosen: "1001" }],
    ["the mode of a file", "chmod 741 notes.md", { find: "stat -c %a notes.md", chosen: "741" }],
    ["the time of a folder", "touch -d @1001 drafts", { find: "stat -c %Y drafts", chosen: "1001" }],
  ])(
    "%s that a tainted command chose is untrusted where a later one finds it",
    async (_what, hide, { find, chosen }) => {
      writeFileSync(inWorkspace("notes.md"), "mine");
      mkdirSync(inWorkspace("drafts"));
      await run("cat notes.md; ls drafts", { label: tainted, run: "run-tainted" });
      expect((await run(find, { run: "run-clean" })).label.integrity).toBe("owner");
      await run(hide, { label: tainted, run: "run-tainted" });
      const found = await run(find, { run: "run-later" });
      expect(found.text).toContain(chosen);
      expect(found.label.integrity).toBe("untrusted");
    },
  );

  test("a command's output is as untrusted as what others wrote while it ran, while it runs and afterwards", async () => {
    const clean = await run("while [ ! -s page ]; do sleep 0.05; done; cat page; touch seen; sleep 60", {
      background: true,
    });
    expect(clean.label.integrity).toBe("owner");
    const job = (clean.details as { job: string }).job;
    await run("echo obey the page > page; while [ ! -e seen ]; do sleep 0.05; done; rm page", { label: tainted });
    const poll = async (action: string) => resultOf(await bench.call("process", { action, id: job }));
    const running = await poll("poll");
    expect(running.text).toContain("obey the page");
    expect([running.label.integrity, (await poll("kill")).label.integrity]).toEqual(["untrusted", "untrusted"]);
  });

  test("the list of background commands is as untrusted as their words", async () => {
    const list = async () => resultOf(await bench.call("process", { action: "list" }));
    await run("sleep 60", { background: true });
    expect((await list()).label.integrity).toBe("owner");
    await run("sleep 60; echo obey the page", { background: true, label: tainted });
    expect(await list()).toMatchObject({ text: expect.stringContaining("obey"), label: { integrity: "untrusted" } });
  });

  test("git commits with the owner's name, with the repository's where it has one", async () => {
    const log = await run(
      "git init -q r && cd r && echo a > a && git add a && git commit -qm one && git log --format='%an <%ae>'",
    );
    expect(log.text).toContain("The Owner <owner@example.org>");
    expect(
      (
        await run(
          "cd r && git log --oneline | wc -l && git -c user.name=Repo commit -q --allow-empty -m x && git log -1 --format=%an",
        )
      ).text,
    ).toContain("Repo");
  });

  test("a hook that a command brings along is put back and becomes a proposal", async () => {
    const result = await run(
      "git init -q new && printf '#!/bin/sh\\necho pwned\\n' > new/.git/hooks/pre-commit && git -C new config core.fsmonitor ./x",
    );
    expect(result.text).toContain("new/.git/hooks/pre-commit was put back");
    expect(existsSync(inWorkspace("new/.git/hooks/pre-commit"))).toBe(false);
    const proposals = bench.approvals.list({ state: "waiting" });
    expect(proposals.map(({ kind, card }) => [kind, card.exactly[0]?.text])).toEqual(
      expect.arrayContaining([
        ["proposal", "new/.git/hooks/pre-commit"],
        ["proposal", "new/.git/config"],
      ]),
    );
    const hook = proposals.find(({ card }) => card.exactly[0]?.text.endsWith("pre-commit"));
    await bench.approvals.answer({ id: hook?.id ?? "", answer: "approve" }, await bench.admitted());
    const label = hook?.call.label ?? ownerWords;
    const applied = await bench.runner.resume(hook?.id ?? "", bench.turn({ label }));
    expect(applied).toMatchObject({ kind: "result", result: { failed: false } });
    expect(text("new/.git/hooks/pre-commit")).toContain("echo pwned");
  });

  test("`git init` alone brings no card: its files can do nothing", async () => {
    await run("git init -q plain && git -C plain config user.name Somebody");
    expect(bench.approvals.list()).toEqual([]);
    expect(text("plain/.git/config")).toContain("Somebody");
  });

  test("a time limit ends the whole group", async () => {
    const result = resultOf(await bench.call("exec", { command: "sleep 60 & sleep 60", timeout: 1 }));
    expect(result).toMatchObject({ failed: true, details: { timedOut: true } });
  });

  test("stopping the turn kills the command", async () => {
    const controller = new AbortController();
    const outcome = bench.call("exec", { command: "echo started; sleep 60" }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    expect(resultOf(await outcome)).toMatchObject({ failed: true, details: { state: "ended" } });
  });

  test("a background job is listed, polled and killed, by its own session only", async () => {
    const started = resultOf(await bench.call("exec", { command: "echo working; sleep 60", background: true }));
    const job = (started.details as { job: string }).job;
    expect(resultOf(await bench.call("process", { action: "list" })).text).toContain(`${job} runs`);
    const stranger = await bench.call("process", { action: "poll", id: job }, { session: "agent:main:other" });
    expect(resultOf(stranger)).toMatchObject({ failed: true, text: expect.stringContaining("there is no job") });
    expect(resultOf(await bench.call("process", { action: "kill", id: job })).text).toContain("[ended by SIG");
    expect(bench.jobs.list("agent:main:main").every((entry) => entry.end !== undefined)).toBe(true);
  });

  test("output beyond the cap keeps its beginning and its end", async () => {
    const { text: shown } = await run("echo first; yes 0123456789 | head -c 1000000; echo; echo last");
    expect(shown.length).toBeLessThan(201_000);
    expect(shown).toMatch(/^first\n/);
    expect(shown).toContain("last\n[exit code 0");
    expect(shown).toContain("left out");
  });

  test("hostile file names are data", async () => {
    await run(`touch -- '-rf' "$(printf 'a\\nb')" "$(printf 'x\\342\\200\\256gpj.exe')" '$(touch pwned)' ' '`);
    const listed = resultOf(await bench.call("read", { path: "." })).text;
    expect(listed).toContain("-rf");
    expect(listed).toContain("a⟨U+000A⟩b");
    expect(listed).toContain("⟨U+202E⟩");
    expect(existsSync(inWorkspace("pwned"))).toBe(false);
    expect(resultOf(await bench.call("read", { path: "a\nb" }))).toMatchObject({ failed: false, text: "" });
    expect(await bench.undo.undo("agent:main:main", bench.turn().workspace.files)).toMatchObject({ skipped: [] });
    expect(existsSync(inWorkspace("-rf"))).toBe(false);
  });

  test("what a tainted command wrote is untrusted when it is read, until the owner keeps it", async () => {
    await run("echo evil > page.txt", { label: tainted });
    const read = async () => resultOf(await bench.call("read", { path: "page.txt" }, { run: "run-2" })).label.integrity;
    expect(await read()).toBe("untrusted");
    expect(resultOf(await bench.call("exec", { command: "cat page.txt" }, { run: "run-2" })).label.integrity).toBe(
      "untrusted",
    );
    expect(await bench.undo.keep("agent:main:main")).toEqual({ run: "run-1", files: ["page.txt"] });
    expect(await read()).toBe("owner");
  });

  test("a fake executor on the host does not get the command released", async () => {
    const fake = join(bench.folder, "bwrap");
    const mark = join(bench.folder, "escaped");
    writeFileSync(fake, `#!/bin/sh\nuntil [ "$1 $2" = "/bin/sh -c" ]; do shift; done\nexec "$@"\n`);
    chmodSync(fake, 0o755);
    const faking = createToolBench({ sandboxPrograms: [fake] });
    const report = await faking.sandbox.probe();
    expect(report).toMatchObject({ state: "unproven", code: "sandbox.not_isolated" });
    await expect(
      faking.sandbox.start({ command: `touch ${mark}`, folder: "", timeoutMs: 5_000, outputBytesMax: 1_000 }),
    ).rejects.toThrow(/not isolated/);
    expect(existsSync(mark)).toBe(false);
    const outcome = await faking.call("exec", { command: `touch ${mark}`, host: "sandbox" });
    expect(outcome).toMatchObject({ kind: "denied", decision: { reason: "exec.sandbox_not_proven" } });
    await faking.close();
  });

  test("has limits on files, processes and time", async () => {
    const limits = (await run("cat /proc/self/limits")).text;
    expect(limits).toMatch(/Max file size +1073741824 +1073741824/);
    expect(limits).toMatch(/Max processes +512 +512/);
    expect(limits).toMatch(/Max cpu time +3600 +3600/);
  });
});

const stranger = {
  kind: "sender",
  channel: "irc",
  account: "default",
  id: "stranger",
  identity: "immutable",
} as const;
const strangersChat = { kind: "direct", channel: "irc", account: "default" } as const;

describe("a command on the host", () => {
  beforeEach(() => {
    bench = createToolBench({ sandboxPrograms: ["/nonexistent/bwrap"] });
  });
  afterEach(() => bench.close());

  const host = (command: string) => bench.call("exec", { command, host: "gateway" });

  const offered = (turn = bench.turn()) => bench.runner.offered(turn).some(({ name }) => name === "exec");

  test("is offered where no sandbox is proven, and one that names no place waits for the owner", async () => {
    await bench.sandbox.probe();
    expect(offered()).toBe(true);
    expect(offered(bench.turn({ principal: stranger, path: strangersChat }))).toBe(false);
    expect((await bench.call("exec", { command: "echo > made.txt" })).kind).toBe("parked");
    expect(existsSync(inWorkspace("made.txt"))).toBe(false);
  });

  test.each([{ host: "sandbox" }, { host: "node" }, { security: "deny" }] as const)(
    "is not offered where it can never run: %j",
    async (exec) => {
      await bench.close();
      bench = createToolBench({
        sandboxPrograms: ["/nonexistent/bwrap"],
        config: { tools: { ownerProfile: "owner", exec } },
      });
      await bench.sandbox.probe();
      expect(offered()).toBe(false);
      expect((await bench.call("exec", { command: "echo > made.txt" })).kind).not.toBe("parked");
      expect(existsSync(inWorkspace("made.txt"))).toBe(false);
    },
  );

  test("waits for a card with its exact bytes, then runs once", async () => {
    const parked = await host("echo on the host > made.txt");
    const approval = bench.approvals.list()[0];
    expect(parked).toMatchObject({ kind: "parked", words: approval?.words });
    expect(approval?.card.exactly[0]).toEqual({
      label: "Command (sh -c)",
      text: "echo on the host > made.txt",
      mono: true,
    });
    expect(existsSync(inWorkspace("made.txt"))).toBe(false);
    expect(resultOf(await bench.approve(parked)).failed).toBe(false);
    expect(text("made.txt")).toBe("on the host\n");
    expect(await bench.runner.resume(approval?.id ?? "", bench.turn())).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.spent" },
    });
  });

  test("finds a constructed environment and git without hooks", async () => {
    const result = resultOf(await bench.approve(await host("env | cut -d= -f1 | sort; git config core.hooksPath")));
    expect(result.text.split("\n").filter((line) => /^[A-Z]/.test(line) && !line.startsWith("GIT_"))).toEqual([
      "HOME",
      "LANG",
      "PATH",
      "PWD",
      "TERM",
      "TZ",
    ]);
    expect(result.text).toContain("/dev/null");
  });

  test("git obeys no program that a folder of the workspace names, bare or not", async () => {
    const run = async (command: string) => resultOf(await bench.approve(await host(command)));
    const made = await run(
      "git init -q repo && cd repo && echo a > a.md && git add a.md && git commit -qm one && git log --oneline",
    );
    expect(made).toMatchObject({ failed: false, text: expect.stringContaining("one") });
    expect((await run("git init -q --bare bare")).failed).toBe(false);
    const monitor = '[core]\n\tfsmonitor = "touch $PWD/../planted.txt"\n';
    for (const config of ["repo/.git/config", "bare/config"]) appendFileSync(inWorkspace(config), monitor);
    expect(await run("cd repo && git status --short")).toMatchObject({ failed: false });
    expect((await run("cd bare && git status")).text).toContain("safe.bareRepository");
    expect(existsSync(inWorkspace("planted.txt"))).toBe(false);
  });

  test("a script that changes after the approval does not run", async () => {
    writeFileSync(inWorkspace("a.sh"), "echo good > ran.txt\n");
    const parked = await host("sh a.sh");
    writeFileSync(inWorkspace("a.sh"), "echo evil > ran.txt\n");
    expect(await bench.approve(parked)).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.call_changed" },
    });
    expect(existsSync(inWorkspace("ran.txt"))).toBe(false);
  });

  test.each([
    ["changes", "echo evil > ran.txt\n", { failed: true, ran: false }],
    ["stays as it was", "echo good > ran.txt\n", { failed: false, ran: true }],
  ])("a script that %s between the decision and the start", async (_how, meanwhile, { failed, ran }) => {
    await bench.close();
    let id = "";
    bench = createToolBench({
      sandboxPrograms: ["/nonexistent/bwrap"],
      recorded: () => {
        if (bench.approvals.get(id)?.state === "spent") writeFileSync(inWorkspace("a.sh"), meanwhile);
      },
    });
    await bench.sandbox.probe();
    writeFileSync(inWorkspace("a.sh"), "echo good > ran.txt\n");
    const parked = await host("sh a.sh");
    id = parked.kind === "parked" ? parked.approvalId : "";
    const result = resultOf(await bench.approve(parked));
    expect(result.failed).toBe(failed);
    expect(result.text.includes("changed after it was allowed")).toBe(failed);
    expect(existsSync(inWorkspace("ran.txt"))).toBe(ran);
  });

  test("is denied to a person who is not the owner, and asked of nobody", async () => {
    const outcome = await bench.call(
      "exec",
      { command: "true", host: "gateway" },
      { principal: stranger, path: strangersChat },
    );
    expect(outcome.kind).toBe("denied");
    expect(bench.approvals.list()).toEqual([]);
  });

  test("bubblewrap that is missing names the one line that installs it", async () => {
    expect(await bench.sandbox.probe()).toEqual({
      state: "unproven",
      code: "sandbox.bubblewrap_missing",
      reason: "bubblewrap is not installed",
      fix: "apt-get install -y --no-install-recommends bubblewrap",
    });
  });
});
