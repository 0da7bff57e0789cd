/** The config on a machine that does not play along: a full or read-only disk, rights that are missing, foreign files. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../needs.ts";
import { bubblewrap, diskAt, lonelyUser, plainUser, readOnlyAt } from "../../servers/bubblewrap.ts";
import { createProgram, type FasedProgram } from "../../servers/fased-program.ts";

const timeoutMs = 60_000;
const config = "{ gateway: { port: 4000 } }\n";

let fased: FasedProgram;
let others: FasedProgram[];
beforeEach(() => {
  fased = createProgram();
  others = [fased];
  mkdirSync(fased.state, { mode: 0o700 });
  write("fased.json", config);
});
afterEach(async () => {
  chmodSync(fased.state, 0o700);
  for (const program of others) await program.remove();
});

const at = (name: string) => join(fased.state, name);
const write = (name: string, text: string) => writeFileSync(at(name), text, { mode: 0o600 });

function behind(changes: readonly string[], ...first: readonly string[]): FasedProgram {
  const wrap = [...bubblewrap(...changes), ...first];
  const program = createProgram({ wrap, environment: { HOME: fased.home } });
  others.push(program);
  return program;
}

const setPort = async (program: FasedProgram) => {
  const { code, out, err } = await program.run("config", "set", "gateway.port", "5000", "--json");
  return { code, out, err };
};
const failure = ({ out }: { out: string }) => (JSON.parse(out) as { error: { code: string; message: string } }).error;

describe("fased config set", () => {
  needs("bubblewrap")(
    "on a full disk changes nothing, leaves nothing behind and asks for space",
    async () => {
      // A disk of its own is empty: what is in front of the program fills it, what is behind tells what it holds then.
      const script = `
        printf '%s' '${config}' > ${at("fased.json")}; chmod 600 ${at("fased.json")}
        head -c 64K /dev/zero > ${at("filler")} 2>/dev/null
        "$@" > ${fased.home}/out; code=$?
        cat ${at("fased.json")}; ls -A ${fased.state}; exit $code`;
      const full = behind(diskAt(fased.state, 64 * 1024), "sh", "-c", script, "sh");
      const { code, out } = await setPort(full);
      expect(failure({ out: readFileSync(join(fased.home, "out"), "utf8") })).toMatchObject({
        code: "file.no_space",
        message: expect.stringContaining("free some space"),
      });
      expect(code).toBe(1);
      expect(out.startsWith(config)).toBe(true);
      expect(out).not.toMatch(/\.tmp$/m);
    },
    timeoutMs,
  );

  needs("bubblewrap")(
    "on a read-only disk says so",
    async () => {
      const result = await setPort(behind(readOnlyAt(fased.state)));
      expect(result.code).toBe(1);
      expect(failure(result)).toMatchObject({ code: "file.read_only" });
    },
    timeoutMs,
  );

  needs("bubblewrap")(
    "in a folder that its user may not write says so",
    async () => {
      chmodSync(fased.state, 0o500);
      const result = await setPort(behind(plainUser));
      expect(result.code).toBe(1);
      expect(failure(result)).toMatchObject({ code: "file.no_permission" });
      expect([readFileSync(at("fased.json"), "utf8"), readdirSync(fased.state)]).toEqual([config, ["fased.json"]]);
    },
    timeoutMs,
  );

  test(
    "anywhere else sets it",
    async () => {
      expect(await setPort(fased)).toMatchObject({ code: 0, err: "" });
      expect(readFileSync(at("fased.json"), "utf8")).toBe("{ gateway: { port: 5000 } }\n");
    },
    timeoutMs,
  );
});

/** A file of somebody else: root's for everybody, and for root one that it gives away. */
function theirs(text: string): string {
  if (process.getuid?.() !== 0) return "/etc/debian_version";
  const path = join(fased.home, "theirs");
  writeFileSync(path, text, { mode: 0o644 });
  chownSync(path, 4321, 4321);
  return path;
}

describe("a file that belongs to somebody else", () => {
  beforeEach(() => {
    write("fased.json", '{ gateway: { $include: "./gateway.json5" } }');
    write("gateway.json5", "{ port: 4000 }");
    write(".env", "FASED_GATEWAY_TOKEN=a-token-for-tests-that-is-long-enough\n");
  });

  type Report = { readonly status: string; readonly problems: { code: string; severity: string; file: string }[] };
  const validate = async (program: FasedProgram) => {
    const { code, out } = await program.run("config", "validate", "--json");
    return { code, ...(JSON.parse(out) as Report) };
  };

  needs("bubblewrap").each(["fased.json", "gateway.json5", ".env"])(
    "in the place of %s is not trusted: the Gateway only starts in recovery mode",
    async (name) => {
      const foreign = behind([...lonelyUser, "--ro-bind", theirs(readFileSync(at(name), "utf8")), at(name)]);
      const { code, status, problems } = await validate(foreign);
      expect({ code, status }).toEqual({ code: 1, status: "invalid" });
      expect(problems).toContainEqual(
        expect.objectContaining({
          code: "config.foreign_owner",
          severity: "fatal",
          file: at(name),
          fix: `make it yours: chown 12345 ${at(name)}`,
        }),
      );
      expect((await foreign.gateway()).printed()).toContain("recovery mode");
    },
    timeoutMs,
  );

  needs("bubblewrap")(
    "is told from one of a user who has a number and no account: that one starts",
    async () => {
      const own = behind(lonelyUser);
      expect(await validate(own)).toMatchObject({ code: 0, status: "ok", problems: [] });
      expect((await own.gateway()).printed()).toContain("Fased is running");
    },
    timeoutMs,
  );
});
