import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { audit } from "../../src/audit/audit.ts";
import { changedReach } from "../../src/audit/changed-reach.ts";
import { findingKeys } from "../../src/audit/finding-keys.ts";
import { type Fix, fixesOf } from "../../src/audit/fix.ts";
import { gatherFacts } from "../../src/audit/gather.ts";
import { listedAt } from "../../src/config/listed/set-aside.ts";
import { loadConfig } from "../../src/config/load.ts";
import { parsePath } from "../../src/config/path.ts";
import { keysAt, schemaAt } from "../../src/config/schema-keys.ts";
import { createFakeClock } from "../fakes/fake-clock.ts";
import { proven } from "./audited.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "fased-fix-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(state, name), text, { mode: 0o600 });

/** The fixes that are shown, by the id of their finding; ids above `info` without one. */
async function fixesFor(config: string): Promise<{ fixes: Record<string, Fix>; without: readonly string[] }> {
  write("fased.json", config);
  const environment = { FASED_STATE_DIR: state };
  const loaded = loadConfig({ environment });
  const facts = await gatherFacts({ loaded, environment, clock: createFakeClock(), sandbox: proven });
  const { findings } = audit(facts, 0);
  const found = fixesOf(findings, facts);
  const fixes = Object.fromEntries([...found].map(([{ checkId }, fix]) => [checkId, fix]));
  const loud = findings.filter(({ severity }) => severity !== "info").map(({ checkId }) => checkId);
  return { fixes, without: loud.filter((id) => !(id in fixes)) };
}

const base = 'gateway: { auth: { token: "0123456789abcdef0123456789abcdef" } }';

test("an open channel is closed together with its list; the diff hides secrets, and says whom it takes what from", async () => {
  const { fixes } = await fixesFor(`{ ${base},
  tools: { profile: "coding", elevated: { enabled: false } },
  channels: { telegram: { botToken: "123456:secret",
    // everyone
    dmPolicy: "open", allowFrom: ["*", "55"] } } }
`);
  const fix = fixes["reach.stranger_write"];
  expect(fix?.patch).toEqual({ channels: { telegram: { dmPolicy: "pairing", allowFrom: ["55"] } } });
  expect(fix?.diff).toBe(
    [
      "@@ -2 +2 @@",
      '   tools: { profile: "coding", elevated: { enabled: false } },',
      '   channels: { telegram: { botToken: "__FASED_REDACTED__",',
      "     // everyone",
      '-    dmPolicy: "open", allowFrom: ["*", "55"] } } }',
      '+    dmPolicy: "pairing", allowFrom: ["55"] } } }',
    ].join("\n"),
  );
  const rows = fix ? changedReach(fix.policy, fix.narrowed) : [];
  expect(rows.map(({ who }) => who)).toContain("stranger@telegram");
  expect(rows.every(({ who }) => who.startsWith("stranger@"))).toBe(true);
  expect(fixes["channels.telegram.dm.open"]?.diff).toBe(fix?.diff);
});

test("groups, flags and modes have their fix; each key is set once for all findings about it", async () => {
  const { fixes } = await fixesFor(`{ ${base.replace("auth:", "controlUi: { allowInsecureAuth: true }, auth:")},
  tools: { profile: "coding", elevated: { enabled: true } }, logging: { redactSensitive: "off" },
  security: { informationFlow: { mode: "observe" } },
  channels: { telegram: { groupPolicy: "open", groupAllowFrom: ["*"] } } }`);
  const patches = Object.fromEntries(Object.entries(fixes).map(([id, { patch }]) => [id, patch]));
  expect(patches).toMatchObject({
    "gateway.control_ui.insecure_auth": { gateway: { controlUi: { allowInsecureAuth: false } } },
    "logging.redact_off": { logging: { redactSensitive: "tools" } },
    "security.flow_observed": { security: { informationFlow: { mode: "enforce" } } },
    "security.exposure.open_groups_with_elevated": { tools: { elevated: { enabled: false } } },
    "reach.member_write": { channels: { telegram: { groupPolicy: "allowlist", groupAllowFrom: null } } },
  });
});

test("what an included file says is not mended in another file", async () => {
  write("people.json5", '{ telegram: { dmPolicy: "open", allowFrom: ["*"] } }');
  const { fixes, without } = await fixesFor(
    `{ ${base}, tools: { profile: "coding", elevated: { enabled: false } }, channels: { $include: "./people.json5" } }`,
  );
  expect(fixes).toEqual({});
  expect(without).toContain("reach.stranger_write");
});

test("every key that a finding is about is a key of the config", () => {
  const unknown = Object.values(findingKeys)
    .flat()
    .map(parsePath)
    .filter((path) => schemaAt(path) === undefined && listedAt(path) === undefined && keysAt(path) === undefined);
  expect(unknown).toEqual([]);
});
