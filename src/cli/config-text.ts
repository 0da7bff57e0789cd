/** Problems of the config as lines for a terminal. */
import { basename } from "node:path";
import type { ConfigProblem } from "../config/problem.ts";
import type { Environment } from "../platform/host.ts";
import { visibleLine } from "../platform/visible-text.ts";
import type { Style } from "./printer.ts";

const marks = { fatal: "✗", section: "!", refused: "!", info: "·" } as const;
const paints = { fatal: "error", section: "warn", refused: "warn", info: "muted" } as const;

/** What, where, and what to do. */
export function problemLines(
  { severity, path, file, line, column, message, fix }: ConfigProblem,
  style: Style,
): string[] {
  const paint = style[paints[severity]];
  const where = style.muted(`${basename(file)}:${line}:${column}`);
  const title = style.strong(visibleLine(path || basename(file)));
  return [`${paint(marks[severity])} ${title}  ${where}`, `  ${visibleLine(message)}`, `  Fix: ${visibleLine(fix)}`];
}

/** `~` for the home folder. */
export function shortPath(path: string, environment: Environment): string {
  const home = environment["HOME"];
  return home && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
