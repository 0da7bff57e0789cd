/** The tools by name. A new tool is one file and one line in `built-in-tools.ts`. */
import * as z from "zod";
import { requireSeal } from "../guard/authorized.ts";
import type { Sink } from "../policy/sink.ts";
import type { AllowedCall, ToolPlan, ToolResult, ToolSpec, ToolTurn } from "./tool.ts";

/** A call whose arguments were parsed: it can be planned, and run with the seal. */
export type PreparedCall = {
  plan(turn: ToolTurn): Promise<ToolPlan>;
  run(call: AllowedCall, turn: ToolTurn): Promise<ToolResult>;
};

export type RegisteredTool = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the parameters. */
  readonly schema: object;
  /** The least that a call of it can be: where even this is denied, the tool is not offered. */
  readonly mildest: (turn: ToolTurn) => Pick<ToolPlan, "sink" | "sandbox">;
  parse(argumentsText: string): PreparedCall | { readonly problem: string };
};

export interface ToolRegistry {
  readonly names: readonly string[];
  find(name: string): RegisteredTool | undefined;
  all(): readonly RegisteredTool[];
}

const argumentsCharsMax = 1_000_000;
const problemsShownMax = 5;

const plainRead: Pick<ToolPlan, "sink" | "sandbox"> = { sink: { kind: "free", reads: "plain" }, sandbox: "off" };

/** Binds a tool's types, so that the registry can hold tools of different arguments. */
export function register<Arguments>(
  tool: ToolSpec<Arguments>,
  mildest: RegisteredTool["mildest"] | Sink = plainRead.sink,
): RegisteredTool {
  return {
    name: tool.name,
    description: tool.description,
    schema: z.toJSONSchema(tool.parameters, { io: "input", target: "draft-7" }),
    mildest: typeof mildest === "function" ? mildest : () => ({ sink: mildest, sandbox: "off" }),
    parse: (argumentsText) => {
      const parsed = parseArguments(tool, argumentsText);
      if ("problem" in parsed) return parsed;
      const { input } = parsed;
      return {
        plan: (turn) => tool.plan(input, turn),
        run: async (call, turn) => {
          requireSeal(call.authorized, "tool.call", tool.name);
          return tool.run(call, input, turn);
        },
      };
    },
  };
}

/** Throws when two tools have one name. */
export function createRegistry(tools: readonly RegisteredTool[]): ToolRegistry {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size !== tools.length) throw new Error("two tools have the same name");
  return { names: [...byName.keys()], find: (name) => byName.get(name), all: () => tools };
}

function parseArguments<Arguments>(
  tool: ToolSpec<Arguments>,
  text: string,
): { readonly input: Arguments } | { readonly problem: string } {
  if (text.length > argumentsCharsMax)
    return { problem: `the arguments are longer than ${argumentsCharsMax} characters` };
  let value: unknown;
  try {
    value = JSON.parse(text.trim() === "" ? "{}" : text);
  } catch {
    return { problem: "the arguments are not valid JSON" };
  }
  const parsed = tool.parameters.safeParse(value);
  if (parsed.success) return { input: parsed.data };
  const problems = parsed.error.issues.slice(0, problemsShownMax).map(({ path, message }) => {
    return `${path.length === 0 ? "the arguments" : `\`${path.join(".")}\``}: ${message}`;
  });
  return { problem: problems.join("; ") };
}
