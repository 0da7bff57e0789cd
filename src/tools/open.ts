import * as z from "zod";
import type { Label } from "../policy/label.ts";
import { ToolError, type ToolPlan, type ToolSpec, type ToolTurn } from "./tool.ts";

export type OpenedSource = { readonly text: string; readonly label: Label; readonly origin?: string };

export type OpenPorts = {
  /** The source behind a handle of this very session; undefined when there is none. */
  source(turn: Pick<ToolTurn, "agent" | "session">, handle: string): OpenedSource | undefined;
};

const parameters = z.strictObject({
  handle: z.string().min(1).max(64).describe("Handle of a source of an earlier turn."),
});

/** `open`: brings a source of an earlier turn back into the window, with the label it had. */
export function openTool(ports: OpenPorts): ToolSpec<z.output<typeof parameters>> {
  const find = (handle: string, turn: ToolTurn): OpenedSource => {
    const source = ports.source(turn, handle);
    if (source !== undefined) return source;
    throw new ToolError("open.unknown", `there is no source ${JSON.stringify(handle)} in this conversation`);
  };
  return {
    name: "open",
    description: "Shows a source of an earlier turn again (a page, an attachment, a result), by its handle.",
    parameters,
    plan: async ({ handle }, turn): Promise<ToolPlan> => {
      find(handle, turn);
      return {
        sink: { kind: "free", reads: "plain" },
        sandbox: "off",
        canonical: { handle },
        card: {
          title: "Open a source again",
          exactly: [{ label: "Handle", text: handle, mono: true }],
          where: "gateway",
        },
        summary: `open ${handle}`,
      };
    },
    run: async (_call, { handle }, turn) => ({ ...find(handle, turn), failed: false }),
  };
}
