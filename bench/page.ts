/** docs/performance.md holds the table of docs/performance.json between two markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "./result.ts";
import { markdownTable } from "./table.ts";

const markers = { start: "<!-- table: written by `npm run bench -- --write` -->", end: "<!-- end of table -->" };

const dataPath = (root: string) => join(root, "docs/performance.json");
const pagePath = (root: string) => join(root, "docs/performance.md");

export function readReport(root: string): Report {
  return JSON.parse(readFileSync(dataPath(root), "utf8")) as Report;
}

export const readPage = (root: string): string => readFileSync(pagePath(root), "utf8");

/** The page with this table. Throws when a marker is missing. */
export function pageWith(page: string, report: Report): string {
  const start = page.indexOf(markers.start);
  const end = page.indexOf(markers.end);
  if (start < 0 || end < start) throw new Error("docs/performance.md has lost the markers of its table");
  return `${page.slice(0, start + markers.start.length)}\n\n${markdownTable(report)}\n\n${page.slice(end)}`;
}

export function writeReport(root: string, report: Report): void {
  writeFileSync(dataPath(root), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(pagePath(root), pageWith(readPage(root), report));
}
