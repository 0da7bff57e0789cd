/** The corpus of configurations with the findings that the audit must, and must not, report. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Report } from "../../src/audit/finding.ts";
import { repositoryRoot } from "../architecture/source.ts";
import { auditOf, auditOnDisk, idsOf, type TestFile } from "./audited.ts";

type Case = {
  readonly name: string;
  readonly config: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: readonly TestFile[];
  readonly options?: { readonly stateDir?: string; readonly deep?: boolean };
  readonly expect: readonly { readonly checkId: string; readonly severity: string }[];
  readonly absent: readonly string[];
};

const path = join(repositoryRoot, "test/fixtures/audit-cases.json");
const cases = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];

function reportFor({ config, env = {}, files, options }: Case): Report | Promise<Report> {
  // The file on disk stands for its mode; what it says is `config`.
  const written = files?.map((file) =>
    file.path === "fased.json" ? { ...file, content: JSON.stringify(config) } : file,
  );
  if (written) return auditOnDisk({ files: written, environment: env });
  return auditOf({ config, environment: env, ...(options?.stateDir ? { state: options.stateDir } : {}) });
}

describe("the corpus", () => {
  test.each(cases)("$name", async (one) => {
    const report = await reportFor(one);
    const ids = idsOf(report);
    const missing = one.expect
      .map(({ checkId, severity }) => `${checkId}: ${severity}`)
      .filter((id) => !ids.includes(id));
    const unwanted = report.findings.map(({ checkId }) => checkId).filter((id) => one.absent.includes(id));
    expect({ missing, unwanted }).toEqual({ missing: [], unwanted: [] });
  });

  test("every case is run", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(45);
  });
});
