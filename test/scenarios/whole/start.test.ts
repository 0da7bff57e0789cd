import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startGateway } from "../../../src/composition/start-gateway.ts";
import type { Started } from "../../../src/composition/start-options.ts";
import { ask, configWith, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { freePort } from "../../servers/free-port.ts";

let whole: Whole | undefined;
const folders: string[] = [];
afterEach(async () => {
  await whole?.remove();
  whole = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newState(): string {
  const state = mkdtempSync(join(tmpdir(), "fased-start-"));
  folders.push(state);
  return state;
}

function start(state: string, port = 0): Promise<Started> {
  return startGateway({
    environment: { PATH: "/usr/bin:/bin", FASED_STATE_DIR: state },
    flags: { port },
    uiRoot: state,
  });
}

describe("while it starts", () => {
  test("it lives but is not ready before its channels are started, and then it is", async () => {
    const port = await freePort();
    const asked: number[] = [];
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    const started = await startGateway({
      environment: { PATH: "/usr/bin:/bin", FASED_STATE_DIR: newState() },
      flags: { port },
      uiRoot: "/nonexistent",
      channels: [
        async () => {
          asked.push(await ask("/healthz"), await ask("/readyz"));
          return [];
        },
      ],
    });
    try {
      asked.push(await ask("/readyz"));
    } finally {
      await started.close("test");
    }
    expect(asked).toEqual([200, 503, 200]);
  });
});

describe("a second Gateway on the same state", () => {
  test("does not start, names the first one, and leaves it alone", async () => {
    whole = await startWhole({ config: configWith("") });
    await expect(start(whole.state)).rejects.toMatchObject({
      code: "lock.held",
      message: expect.stringMatching(new RegExp(`pid ${process.pid}.*FASED_STATE_DIR`)),
    });
    expect(await ask(await whole.operator(), "help")).not.toBe("");
  });

  test("starts when the first one has stopped", async () => {
    whole = await startWhole({ config: configWith("") });
    whole = await whole.restart();
    expect(whole.started.mode).toBe("normal");
  });
});

describe("a port that somebody else holds", () => {
  test("keeps the Gateway from starting, says which one, and frees the state for the next try", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const state = newState();
    await expect(start(state, port)).rejects.toMatchObject({
      code: "gateway.port_in_use",
      message: expect.stringMatching(new RegExp(`port ${port}.*--port`)),
    });
    other.close();
    await once(other, "close");
    const started = await start(state, port);
    expect(started.port).toBe(port);
    await started.close("test");
  });
});

describe("a first start", () => {
  test("writes a config that the next start reads, with its token kept out of it", async () => {
    whole = await startWhole();
    expect(whole.started).toMatchObject({ mode: "normal", firstRun: true });
    whole = await whole.restart();
    expect(whole.started).toMatchObject({ mode: "normal", firstRun: false });
  });
});

describe("a workspace that cannot be opened", () => {
  test("does not lock the owner out: status names it, the turn says what is wrong, mending it needs no restart", async () => {
    const place = join(newState(), "desk");
    writeFileSync(place, "a file, where a folder should be");
    whole = await startWhole({
      config: configWith("").replace("agents: {", `agents: { list: [{ id: "main", workspace: "${place}" }],`),
    });
    const operator = await whole.operator();
    const { agents } = await operator.call<{ agents: { workspace: string }[] }>("agents.list", {});
    expect(agents.map(({ workspace }) => workspace)).toEqual([place]);
    expect(await operator.call("status", {})).toMatchObject({ mode: "normal", workspace: place });
    expect(await ask(operator, "list files")).toContain(place);
    rmSync(place);
    expect(await ask(operator, "list files")).not.toContain("cannot");
    expect(existsSync(place)).toBe(true);
  });
});
