import * as z from "zod";
import type { Approvals } from "./approvals.ts";
import type { Jobs } from "./exec/jobs.ts";
import type { Sandbox } from "./exec/sandbox.ts";
import type { Reminders } from "./reminders.ts";
import type { ToolPlan, ToolSpec, ToolTurn } from "./tool.ts";

export type StatusPorts = {
  readonly approvals: Approvals;
  readonly sandbox: Sandbox;
  readonly jobs: Jobs;
  readonly reminders: Reminders;
};

const parameters = z.strictObject({});

/** `session_status`: what this conversation is, and what waits in it. */
export function sessionStatusTool(ports: StatusPorts): ToolSpec<z.output<typeof parameters>> {
  return {
    name: "session_status",
    description: "Tells agent, model, sandbox, what the conversation contains and what waits.",
    parameters,
    plan: async (_input, turn): Promise<ToolPlan> => ({
      sink: { kind: "free", reads: "plain" },
      sandbox: "off",
      canonical: { session: turn.session },
      card: { title: "Status of this conversation", exactly: [], where: "gateway" },
      summary: "status",
    }),
    run: async (_call, _input, turn) => ({
      text: statusLines(ports, turn).join("\n"),
      label: { integrity: "owner", readers: turn.audience, secret: false, sources: [] },
      failed: false,
    }),
  };
}

function statusLines({ approvals, sandbox, jobs, reminders }: StatusPorts, turn: ToolTurn): string[] {
  const report = sandbox.report();
  const { session } = turn;
  const running = jobs.list(session).filter((job) => job.end === undefined).length;
  return [
    `agent: ${turn.agent}`,
    `session: ${session}`,
    `model provider: ${turn.provider}`,
    `conversation: ${containsText(turn)}`,
    `sandbox: ${report.state === "proven" ? "proven" : `not available, ${report.reason}. Fix: ${report.fix}`}`,
    `background commands: ${running}`,
    `waiting approvals: ${approvals.list({ state: "waiting", session }).length}`,
    `reminders: ${reminders.waiting(session).length}`,
    `time: ${new Date(turn.clock.now()).toISOString()}`,
  ];
}

function containsText(turn: ToolTurn): string {
  const { integrity, secret, sources } = turn.window.label();
  const content = integrity === "owner" ? "clean" : `has ${integrity} content (${sources.length} sources)`;
  return secret ? `${content}, holds a secret` : content;
}
