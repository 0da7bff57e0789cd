import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { firstConfigText, writeFirstRun } from "./first-run.ts";
import { configPaths, loadConfig, textHash } from "./load.ts";

let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "fased-config-"));
});

afterEach(() => {
  rmSync(state, { recursive: true });
});

const environment = (more: Record<string, string> = {}) => ({ HOME: "/nowhere", FASED_STATE_DIR: state, ...more });
const load = (more: Record<string, string> = {}) => loadConfig({ environment: environment(more) });
const write = (name: string, text: string) => writeFileSync(join(state, name), text, { mode: 0o600 });
const codes = (loaded: ReturnType<typeof load>) => loaded.problems.map(({ code, severity }) => `${severity} ${code}`);

describe("where the config lies", () => {
  test("flags beat the environment, which beats the home folder", () => {
    const at = (flags: object, more: Record<string, string> = {}) => {
      const { state: folder, config } = configPaths({ environment: { HOME: "/home/me", ...more }, flags });
      return [folder, config];
    };
    expect(at({})).toEqual(["/home/me/.fased", "/home/me/.fased/fased.json"]);
    expect(at({ profile: "work" }, { FASED_STATE_DIR: "/s" })).toEqual([
      "/home/me/.fased-work",
      "/home/me/.fased-work/fased.json",
    ]);
    expect(at({ dev: true })).toEqual(["/home/me/.fased-dev", "/home/me/.fased-dev/fased.json"]);
    expect(at({}, { FASED_STATE_DIR: "/s" })).toEqual(["/s", "/s/fased.json"]);
    expect(at({}, { FASED_STATE_DIR: "/s", FASED_CONFIG_PATH: "/etc/f.json" })).toEqual(["/s", "/etc/f.json"]);
  });

  test("contradicting or unsafe profiles are refused", () => {
    expect(() => configPaths({ environment: {}, flags: { profile: "a", dev: true } })).toThrow("exclude each other");
    expect(() => configPaths({ environment: {}, flags: { profile: "../x" } })).toThrow("cannot be a profile");
  });
});

describe("what is read", () => {
  test("an absent file is an empty config", () => {
    expect(load()).toMatchObject({ status: "absent", problems: [], text: "", hash: textHash("") });
  });

  test("variables come from the environment, then from the .env of the state directory", () => {
    write(".env", "FASED_GATEWAY_TOKEN=from-file\nOTHER=x\n");
    write("fased.json", `{ gateway: { auth: { token: "$\{FASED_GATEWAY_TOKEN}-$\{OTHER}" } } }`);
    expect(load().config.gateway.auth.token?.reveal()).toBe("from-file-x");
    expect(load({ OTHER: "y" }).config.gateway.auth.token?.reveal()).toBe("from-file-y");
  });

  test("the environment's token beats the file, the .env only stands in, and neither is shown", () => {
    write(".env", "FASED_GATEWAY_TOKEN=from-env-file\n");
    write("fased.json", "{ gateway: { auth: { token: 'written' } } }");
    expect(load().config.gateway.auth.token?.reveal()).toBe("written");
    expect(load({ FASED_GATEWAY_TOKEN: "given" }).config.gateway.auth.token?.reveal()).toBe("given");
    write("fased.json", "{}");
    expect(load().config.gateway.auth.token?.reveal()).toBe("from-env-file");
    expect(JSON.stringify(load().config)).not.toContain("from-env-file");
  });

  test("the port comes from the flag, the variable, the file, in this order", () => {
    write("fased.json", "{ gateway: { port: 1111 } }");
    expect(load().config.gateway.port).toBe(1111);
    expect(load({ FASED_GATEWAY_PORT: "2222" }).config.gateway.port).toBe(2222);
    const flagged = loadConfig({ environment: environment({ FASED_GATEWAY_PORT: "2222" }), flags: { port: 3333 } });
    expect(flagged.config.gateway.port).toBe(3333);
    expect(codes(load({ FASED_GATEWAY_PORT: "many" }))).toEqual(["fatal config.wrong_value"]);
  });
});

describe("what is refused", () => {
  test("a file that is a folder, is not UTF-8 or is too large", () => {
    mkdirSync(join(state, "fased.json"));
    expect(load()).toMatchObject({ status: "invalid", problems: [{ code: "config.unreadable" }] });
    rmSync(join(state, "fased.json"), { recursive: true });
    writeFileSync(join(state, "fased.json"), Buffer.from([0x7b, 0xff, 0x7d]), { mode: 0o600 });
    expect(codes(load())).toEqual(["fatal config.unreadable"]);
    write("fased.json", `// ${"x".repeat(2 * 1024 * 1024)}\n{}`);
    expect(codes(load())).toEqual(["fatal config.unreadable"]);
  });

  test("a config that everyone may change; one that its group may change is told", () => {
    write("fased.json", "{}");
    chmodSync(join(state, "fased.json"), 0o666);
    expect(codes(load())).toEqual(["fatal config.world_writable"]);
    chmodSync(join(state, "fased.json"), 0o660);
    expect(codes(load())).toEqual(["info config.group_writable"]);
    expect(load().status).toBe("ok");
  });

  test("includes outside the folder, by path or by symlink, and missing ones", () => {
    mkdirSync(join(state, "inside"));
    const outside = mkdtempSync(join(tmpdir(), "fased-outside-"));
    writeFileSync(join(outside, "x.json5"), "{ port: 1 }");
    symlinkSync(join(outside, "x.json5"), join(state, "inside", "link.json5"));
    write("inside/good.json5", "{ port: 7 }");
    const including = (specifier: string) => {
      write("fased.json", JSON.stringify({ gateway: { $include: specifier } }));
      return load();
    };
    expect(including("./inside/good.json5").config.gateway.port).toBe(7);
    expect(including("inside/../inside/good.json5").status).toBe("ok");
    expect(codes(including(join(outside, "x.json5")))).toEqual(["fatal config.include_outside"]);
    expect(codes(including("../../etc/hostname"))).toHaveLength(1);
    expect(codes(including("./inside/link.json5"))).toEqual(["fatal config.include_outside"]);
    expect(codes(including("./missing.json5"))).toEqual(["fatal config.include_unreadable"]);
    expect(codes(including("./fased.json"))).toEqual(["fatal config.include_cycle"]);
    rmSync(outside, { recursive: true });
  });
});

describe("the first run", () => {
  test("writes the safe config and a token, private, and touches nothing the second time", async () => {
    const paths = configPaths({ environment: environment() });
    expect(await writeFirstRun(paths, "proven")).toEqual({ config: "written", token: "written" });
    const before = [readFileSync(paths.config, "utf8"), readFileSync(paths.envFile, "utf8")];
    expect(await writeFirstRun(paths, "not proven")).toEqual({ config: "kept", token: "kept" });
    expect([readFileSync(paths.config, "utf8"), readFileSync(paths.envFile, "utf8")]).toEqual(before);
    expect([paths.config, paths.envFile].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    const loaded = load();
    expect(loaded).toMatchObject({ status: "ok", problems: [], listedOnly: [] });
    expect(loaded.config.gateway.auth.token?.reveal()).toMatch(/^[\w-]{43}$/);
    expect(before[0]).not.toContain(loaded.config.gateway.auth.token?.reveal());
  });

  test("its config says what the design says, and asks every time where no sandbox proved itself", () => {
    write(".env", "FASED_GATEWAY_TOKEN=x\n");
    write("fased.json", firstConfigText("proven"));
    expect(load().written).toEqual({
      gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: `$\{FASED_GATEWAY_TOKEN}` } },
      session: { dmScope: "per-channel-peer", ownerScope: "main" },
      security: { owners: [], informationFlow: { mode: "enforce" } },
      agents: { defaults: { sandbox: { mode: "all", scope: "agent", workspaceAccess: "rw" } } },
      tools: {
        profile: "messaging",
        ownerProfile: "owner",
        fs: { workspaceOnly: true },
        exec: { host: "auto", security: "allowlist", ask: "on-miss" },
        elevated: { enabled: false },
        sandbox: { tools: { allow: ["*"], deny: [] } },
      },
      channels: { defaults: { groupPolicy: "allowlist" } },
      logging: { redactSensitive: "tools" },
      discovery: { mdns: { mode: "off" } },
    });
    write("fased.json", firstConfigText("not proven"));
    expect(load().config.agents.defaults.sandbox.mode).toBe("off");
    expect(load().config.tools.exec).toMatchObject({ host: "auto", security: "allowlist", ask: "always" });
  });

  test("keeps what the .env already says", async () => {
    write(".env", "# mine\nOTHER=1");
    await writeFirstRun(configPaths({ environment: environment() }), "proven");
    expect(readFileSync(join(state, ".env"), "utf8")).toMatch(/^# mine\nOTHER=1\nFASED_GATEWAY_TOKEN=[\w-]{43}\n$/);
  });
});
