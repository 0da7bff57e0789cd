/** What must audit clean: the first config, and what the security page prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { firstConfigText } from "../../src/config/first-run.ts";
import { repositoryRoot } from "../architecture/source.ts";
import { above, auditOf, auditOnDisk, idsOf, proven } from "./audited.ts";

const fixture = (name: string) => readFileSync(join(repositoryRoot, "test/fixtures", name), "utf8");
const token = "0123456789abcdef0123456789abcdef";
const environment = { FASED_GATEWAY_TOKEN: token };
const missing = {
  state: "unproven",
  code: "sandbox.bubblewrap_missing",
  reason: "bubblewrap is not installed",
  fix: "install it",
} as const;

describe("an unchanged config audits with nothing above info", () => {
  test.each(["proven", "not proven"] as const)("the first config where the sandbox is %s", async (proof) => {
    const files = [
      { path: "fased.json", content: firstConfigText(proof) },
      { path: ".env", content: `FASED_GATEWAY_TOKEN=${token}\n` },
    ];
    const report = await auditOnDisk({ files, ...(proof === "proven" ? {} : { sandbox: missing }) });
    expect(above(report)).toEqual([]);
    expect(idsOf(report).includes("sandbox.not_proven: info")).toBe(proof === "not proven");
  });

  test.each(["proven", "unproven"] as const)("before the first start, where the sandbox is %s", async (state) => {
    const report = await auditOnDisk({ files: [], sandbox: state === "unproven" ? missing : proven });
    expect(above(report)).toEqual([]);
    expect(idsOf(report)).toContain("config.not_written: info");
    const empty = await auditOnDisk({ files: [{ path: "fased.json", content: "{}" }] });
    expect(idsOf(empty)).toContain("gateway.http.no_auth: warn");
    expect(idsOf(empty)).not.toContain("config.not_written: info");
  });

  test("the hardened example of the security page, with its printed token", () => {
    const report = auditOf({ config: fixture("hardened.json5") });
    expect(above(report)).toEqual([]);
    expect(idsOf(report)).toContain("gateway.token_is_example: info");
  });

  test("the reader block of the security page", () => {
    expect(above(auditOf({ config: fixture("reader.json5"), environment }))).toEqual([]);
  });

  test.each([
    ["Telegram", { telegram: { botToken: "1:x" } }],
    ["IRC", { irc: { host: "irc.example.org" } }],
  ])("the first config with %s set up", (_, channels) => {
    const config = firstConfigText("proven").replace(
      "channels: { ",
      `channels: { ${JSON.stringify(channels).slice(1, -1)}, `,
    );
    const [channel = ""] = Object.keys(channels);
    const grants = { paired: [{ channel, account: "default", id: "42" }] };
    expect(above(auditOf({ config, environment: environment, grants }))).toEqual([]);
  });
});

test("the printed token beyond loopback is critical", () => {
  const config = fixture("hardened.json5").replace('"loopback"', '"lan"');
  expect(idsOf(auditOf({ config }))).toContain("gateway.token_is_example: critical");
});
