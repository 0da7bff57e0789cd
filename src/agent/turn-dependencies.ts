/** What the turn loop is given: ports, built once by the composition root. */
import type { Config } from "../config/schema.ts";
import type { Clock } from "../platform/clock.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { RunSteps } from "../sessions/run-steps.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { ToolRunner } from "../tools/dispatch-contract.ts";
import type { ToolTurn } from "../tools/tool.ts";
import type { ModelSource } from "./model.ts";
import type { TurnEvent, TurnInput } from "./turn-contract.ts";
import type { LabelledText } from "./window.ts";

export type TurnDependencies = {
  readonly sessions: (agent: string) => SessionStore;
  readonly steps: RunSteps;
  readonly tools: ToolRunner;
  readonly models: ModelSource;
  readonly workspace: (agent: string) => ToolTurn["workspace"];
  readonly systemPrompt: (input: TurnInput) => Promise<LabelledText>;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly config: () => Config;
};

export type OnTurnEvent = (event: TurnEvent) => void;
