import { afterEach, beforeEach, expect, test } from "vitest";
import type { Prompts } from "../../../src/cli/prompts.ts";
import { type CliGateway, startCliGateway } from "../../fakes/cli-gateway.ts";

let gateway: CliGateway;

beforeEach(async () => {
  gateway = await startCliGateway();
});

afterEach(async () => {
  await gateway.stop();
});

test("the answer goes to standard output, tools go to standard error", async () => {
  expect(await gateway.run(["agent", "--message", "hello"])).toEqual({
    code: 0,
    out: "You said: hello\n",
    err: '→ read {"path":"notes.md"}\n',
  });
});

test("in JSON form the answer is one document", async () => {
  const { code, out, err } = await gateway.run(["agent", "--message", "hello", "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out)).toEqual({
    status: "answered",
    runId: expect.stringMatching(/^[\w-]+$/),
    sessionKey: "agent:main:main",
    text: "You said: hello",
    tools: [{ name: "read", arguments: { path: "notes.md" }, failed: false }],
  });
});

test("the message may come from standard input", async () => {
  const { out } = await gateway.run(["agent", "--message", "-"], { stdin: "from a pipe" });
  expect(out).toBe("You said: from a pipe\n");
  expect((await gateway.run(["agent", "--message", "-"], { stdin: " \n" })).code).toBe(2);
});

test("escape sequences of an agent do not reach the terminal", async () => {
  const { out } = await gateway.run(["agent", "--message", "\u001b[2Jgone\u202e"]);
  expect(out).toBe("You said: ⟨U+001B⟩[2Jgone⟨U+202E⟩\n");
});

test("a failed run is exit 1 with its reason, also in JSON", async () => {
  const failed = await gateway.run(["agent", "--message", "fail"]);
  expect(failed).toMatchObject({ code: 1, out: "" });
  expect(failed.err).toContain("Error: the model is down\nFix: ");
  const { code, out } = await gateway.run(["agent", "--message", "fail", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ status: "failed", code: "model.unavailable", error: "the model is down" });
});

/** The rest of a parked run, once its approval is settled. */
function goOnAfterApproval(): string[] {
  const decisions: string[] = [];
  let run: { readonly runId: string; readonly sessionKey: string } | undefined;
  gateway.events.subscribe((name, payload) => {
    const event = payload as Record<string, string>;
    if (name === "chat") run = { runId: String(event["runId"]), sessionKey: String(event["sessionKey"]) };
    if (name !== "exec.approval.resolved" || !run) return;
    decisions.push(String(event["decision"]));
    const message = { role: "assistant", content: [{ type: "text", text: "done" }] };
    gateway.events.publish("chat", { ...run, seq: 90, state: "final", message, stopReason: "stop" });
  });
  return decisions;
}

test("a run that needs approval waits, says so, and goes on when it is given elsewhere", async () => {
  goOnAfterApproval();
  const running = gateway.run(["agent", "--message", "park"]);
  await expect.poll(async () => (await gateway.run(["approvals", "list"])).out).toContain("amber-falcon");
  expect((await gateway.run(["approvals", "approve", "Amber-Falcon"])).code).toBe(0);
  expect(await running).toEqual({
    code: 0,
    out: "done\n",
    err: "Waits for your approval: fased approvals approve amber-falcon\n",
  });
});

test("at a terminal the card is shown and answered right there", async () => {
  const decisions = goOnAfterApproval();
  const asked: string[] = [];
  const prompts: Prompts = {
    say: () => undefined,
    confirm: async ({ message, suggested }) => {
      asked.push(`${message} ${suggested}`);
      return false;
    },
    text: () => Promise.reject(new Error("nothing is asked")),
    secret: () => Promise.reject(new Error("nothing is asked")),
    choose: () => Promise.reject(new Error("nothing is asked")),
  };
  const { code, out } = await gateway.run(["agent", "--message", "park"], { prompts });
  expect({ code, asked, decisions }).toEqual({ code: 0, asked: ["Let it run, once? no"], decisions: ["never"] });
  expect(out).toContain("run a command\nWhere: on the Gateway host, outside any sandbox\ncommand:\n  ┆ ls\n");
});

test("when time is up while it waits for approval, the words are said again and the exit code is 1", async () => {
  const { code, err } = await gateway.run(["agent", "--message", "park", "--timeout", "1"]);
  expect(code).toBe(1);
  expect(err).toContain("It still waits: fased approvals approve amber-falcon\n");
});

test("Ctrl-C stops the run and is exit 130", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const running = gateway.run(["agent", "--message", "wait"], {
    interrupts: { first: first.signal, second: second.signal },
  });
  await expect.poll(() => gateway.services.calls).toContain("runs.start");
  first.abort();
  await expect.poll(() => gateway.services.calls).toContain("chat.abort");
  gateway.events.subscribe(() => undefined);
  expect((await running).code).toBe(130);
}, 10_000);
