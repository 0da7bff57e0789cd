/** Paths as models write them, made relative to the workspace and normalised. */
import { FileCapError } from "../../platform/file-cap-error.ts";
import { pathComponents } from "../../platform/file-walk.ts";
import { visibleLine } from "../../platform/visible-text.ts";
import { ToolError, type ToolTurn } from "../tool.ts";

/** Relative path with `/`; empty for the workspace itself. `/workspace/…` is how the sandbox names it. Throws ToolError. */
export function workspacePath(turn: ToolTurn, path: string): string {
  const { root } = turn.workspace;
  const inside = path === "/workspace" ? "." : path.startsWith("/workspace/") ? path.slice("/workspace/".length) : path;
  try {
    return pathComponents([root], inside === "" ? "." : inside).join("/");
  } catch (error) {
    if (error instanceof FileCapError) throw new ToolError(`file.${error.code}`, error.message);
    throw error;
  }
}

/** A file name for a person or a model: hidden and reordering characters visible, quoted when it is unusual. */
export function shownPath(path: string): string {
  const visible = visibleLine(path);
  return visible === path && /^[^\s"'`]+$/.test(path) ? path : JSON.stringify(visible);
}
