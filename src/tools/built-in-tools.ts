/** The tools of the product: one line each. */
import { mildestCommand } from "./exec/command-plan.ts";
import { type ExecPorts, execTool } from "./exec/exec.ts";
import { processTool } from "./exec/process.ts";
import { editTool } from "./files/edit.ts";
import { readTool } from "./files/read.ts";
import { writeTool } from "./files/write.ts";
import { type Messenger, messageTool } from "./message.ts";
import { type OpenPorts, openTool } from "./open.ts";
import { createRegistry, register, type ToolRegistry } from "./registry.ts";
import { type RemindPorts, remindTool } from "./remind.ts";
import { sessionStatusTool } from "./session-status.ts";
import { type FetchPorts, webFetchTool } from "./web/web-fetch.ts";

export type ToolPorts = ExecPorts & OpenPorts & RemindPorts & FetchPorts & { readonly messenger: Messenger };

export function createBuiltInTools(ports: ToolPorts): ToolRegistry {
  const { journal, jobs, clock, sandbox } = ports;
  return createRegistry([
    register(readTool(journal)),
    register(writeTool(journal)),
    register(editTool(journal)),
    register(execTool(ports), (turn) =>
      mildestCommand(turn, { sandbox: sandbox.report(), tasks: ports.tasks(turn.agent) }),
    ),
    register(processTool(jobs, clock)),
    register(webFetchTool(ports), mildestFetch),
    register(messageTool(ports.messenger)),
    register(remindTool(ports)),
    register(openTool(ports)),
    register(sessionStatusTool(ports)),
  ]);
}

const mildestFetch = {
  kind: "egress",
  method: "GET",
  hasBodyOrHeaders: false,
  secretInRequest: false,
  urlNamed: true,
  countThisTurn: 0,
} as const;
