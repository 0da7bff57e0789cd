/** A run as a terminal shows it: text as it comes, a line for each tool, and a question when it waits for approval. */

import type { ApprovalView } from "../gateway/approval-service.ts";
import type { AgentEvent, ChatEvent } from "../gateway/events.ts";
import { approvalCardLines } from "./approval-card.ts";
import type { CliContext } from "./context.ts";
import type { GatewayConnection, GatewayEvent } from "./gateway-client.ts";
import { safeText } from "./text-table.ts";

export type RunStatus = "answered" | "stopped" | "failed" | "waiting" | "out-of-time";

export type ToolLine = { readonly name: string; readonly arguments: unknown; readonly failed: boolean | undefined };

export type RunAnswer = {
  readonly status: RunStatus;
  readonly runId: string;
  readonly sessionKey: string;
  readonly text: string;
  readonly tools: readonly ToolLine[];
  /** Words of the approval that it waits for. */
  readonly waitsFor?: string;
  readonly error?: string;
  readonly code?: string;
};

export type RunView = {
  onEvent(event: GatewayEvent): void;
  /** From now on the run is known; what came before is looked through. */
  begin(run: { readonly runId: string; readonly sessionKey: string }): void;
  end(status: RunStatus): void;
  readonly ended: Promise<void>;
  answer(): RunAnswer;
};

/** Events that can arrive before the answer that names the run. */
const earlyEventsMax = 10_000;

export function createRunView(context: CliContext, gateway: GatewayConnection): RunView {
  return new TerminalRun(context, gateway);
}

class TerminalRun implements RunView {
  readonly ended: Promise<void>;
  readonly #context: CliContext;
  readonly #gateway: GatewayConnection;
  readonly #early: GatewayEvent[] = [];
  readonly #tools = new Map<string, ToolLine>();
  #run: { readonly runId: string; readonly sessionKey: string } | undefined;
  #settle: () => void = () => undefined;
  #status: RunStatus | undefined;
  #text = "";
  /** Whether the cursor stands after text of the answer. */
  #midLine = false;
  #final: string | undefined;
  #waitsFor: string | undefined;
  #failure: { readonly error: string; readonly code?: string } | undefined;

  constructor(context: CliContext, gateway: GatewayConnection) {
    this.#context = context;
    this.#gateway = gateway;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  begin(run: { readonly runId: string; readonly sessionKey: string }): void {
    this.#run = run;
    for (const event of this.#early.splice(0)) this.onEvent(event);
  }

  onEvent(event: GatewayEvent): void {
    if (!this.#run) {
      if (this.#early.length < earlyEventsMax) this.#early.push(event);
      return;
    }
    const payload = event.payload as { readonly runId?: string } | undefined;
    if (payload?.runId !== this.#run.runId) return;
    if (event.event === "chat") this.#onChat(event.payload as ChatEvent);
    if (event.event === "agent") this.#onAgent(event.payload as AgentEvent);
  }

  end(status: RunStatus): void {
    if (this.#status) return;
    this.#status = status === "out-of-time" && this.#waitsFor !== undefined ? "waiting" : status;
    this.#endLine();
    if (this.#status === "waiting") this.#note(`It still waits: fased approvals approve ${this.#waitsFor}`);
    if (this.#status === "out-of-time") this.#note("No answer yet; the run goes on. See `fased sessions list`.");
    this.#settle();
  }

  answer(): RunAnswer {
    const { runId = "", sessionKey = "" } = this.#run ?? {};
    return {
      status: this.#status ?? "out-of-time",
      ...{ runId, sessionKey, text: this.#final ?? this.#text, tools: [...this.#tools.values()] },
      ...(this.#waitsFor === undefined ? {} : { waitsFor: this.#waitsFor }),
      ...this.#failure,
    };
  }

  #onChat(event: ChatEvent): void {
    switch (event.state) {
      case "delta":
        this.#write(event.deltaText);
        return;
      case "final":
        if (event.stopReason === "parked") return;
        this.#finish("answered", textOf(event.message));
        return;
      case "aborted":
        this.#finish("stopped", textOf(event.message));
        return;
      case "error":
        this.#failure = failureOf(event.errorMessage);
        this.end("failed");
    }
  }

  #finish(status: RunStatus, text: string | undefined): void {
    this.#waitsFor = undefined;
    this.#final = text;
    // Answers of the Gateway itself, such as to a command, are not streamed.
    if (this.#text === "" && text) this.#write(text);
    this.end(status);
  }

  #write(delta: string): void {
    this.#text += delta;
    this.#midLine = !delta.endsWith("\n");
    if (this.#context.print.form === "text") this.#context.stdout.write(safeText(delta));
  }

  #onAgent({ stream, data }: AgentEvent): void {
    if (stream === "tool") this.#onTool(data as ToolData);
    if (stream === "lifecycle" && data["phase"] === "parked") this.#onParked(String(data["words"] ?? ""), data);
  }

  #onTool({ phase, toolCallId, name, args, isError }: ToolData): void {
    if (phase === "start") {
      this.#waitsFor = undefined;
      this.#tools.set(toolCallId, { name, arguments: args, failed: undefined });
      this.#note(`→ ${name} ${brief(args)}`);
    }
    const known = this.#tools.get(toolCallId);
    if (phase !== "result" || !known) return;
    this.#tools.set(toolCallId, { ...known, failed: isError === true });
    if (isError) this.#note(`✗ ${known.name} failed`);
  }

  #onParked(words: string, { approvalId }: Readonly<Record<string, unknown>>): void {
    this.#waitsFor = words;
    this.#note(`Waits for your approval: fased approvals approve ${words}`);
    if (typeof approvalId !== "string") return;
    void this.#ask(approvalId).catch((error) => this.#note(`It could not be asked here: ${(error as Error).message}`));
  }

  /** Where a person watches, the card is shown and answered right here. */
  async #ask(id: string): Promise<void> {
    const { print, prompts } = this.#context;
    if (!print.interactive || !prompts) return;
    const approval = await this.#gateway.call<ApprovalView>("exec.approval.get", { id });
    if (approval.state !== "pending") return;
    for (const line of approvalCardLines(approval, print.style)) print.line(line);
    const allowed = await (await prompts()).confirm({ message: "Let it run, once?", suggested: "no" });
    await this.#gateway.call("exec.approval.resolve", { id, decision: allowed ? "allow-once" : "deny" });
  }

  /** On a line of its own beside the answer. */
  #note(text: string): void {
    this.#endLine();
    this.#context.print.note(safeText(text));
  }

  #endLine(): void {
    if (this.#midLine) this.#context.print.line();
    this.#midLine = false;
  }
}

type ToolData = {
  readonly phase: "start" | "update" | "result";
  readonly toolCallId: string;
  readonly name: string;
  readonly args?: unknown;
  readonly isError?: boolean;
};

const briefMax = 100;

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length <= briefMax ? text : `${text.slice(0, briefMax)}…`;
}

function textOf(message: unknown): string | undefined {
  const blocks = (message as { readonly content?: readonly { readonly text?: string }[] } | undefined)?.content;
  return blocks?.map(({ text }) => text ?? "").join("");
}

/** The message ends with its code in brackets. */
function failureOf(message: string): { readonly error: string; readonly code?: string } {
  const [, error = message, code] = /^(.*) \(([a-z_]+\.[a-z_]+)\)$/s.exec(message) ?? [];
  return code === undefined ? { error } : { error, code };
}
