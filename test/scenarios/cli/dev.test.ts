/** `npm run dev`: the Gateway and the page from their sources, apart from the state of the person who works on them. */
import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { repositoryRoot } from "../../architecture/source.ts";
import { createProgram, type FasedProgram } from "../../servers/fased-program.ts";
import { freePort } from "../../servers/free-port.ts";

const timeoutMs = 60_000;

let fased: FasedProgram | undefined;
afterEach(() => fased?.remove());

test(
  "it runs the sources on a state of its own, starts again when one changes, and ends at one signal",
  async () => {
    fased = createProgram({
      argv: [process.execPath, join(repositoryRoot, "scripts/dev.ts")],
      environment: { PATH: `${join(repositoryRoot, "node_modules/.bin")}:/usr/bin:/bin` },
    });
    const port = await freePort();
    const dev = fased.start("--port", String(port));
    await dev.says("Ctrl-C stops it.");
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()).toMatchObject({ ok: true });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain("<!doctype html>");
    expect(existsSync(`${fased.state}-dev`)).toBe(true);
    expect(existsSync(fased.state)).toBe(false);

    utimesSync(join(repositoryRoot, "src/main.ts"), new Date(), new Date());
    await dev.says("Restarting");
    await dev.says("Stopping; running turns may finish.");
    await vi.waitFor(() => expect(dev.printed().split("Ctrl-C stops it.")).toHaveLength(3), { timeout: timeoutMs });

    dev.signal("SIGINT");
    await dev.ended;
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  },
  timeoutMs,
);
