/** What a start is told, and what it answers. */
import type { ConfigFlags } from "../config/load.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { Clock } from "../platform/clock.ts";
import type { Environment } from "../platform/host.ts";
import type { SandboxReport } from "../tools/exec/sandbox.ts";
import type { ChannelFactory } from "./channels.ts";

export type StartFlags = ConfigFlags;

export type StartOptions = {
  readonly environment: Environment;
  readonly flags: StartFlags;
  /** Readable log lines. */
  readonly console?: (line: string) => void;
  /** Folder of the built page. */
  readonly uiRoot: string;
  readonly clock?: Clock;
  readonly channels?: readonly ChannelFactory[];
};

export type Started = {
  readonly mode: "normal" | "recovery";
  readonly firstRun: boolean;
  readonly port: number;
  /** Where the Control UI is. */
  readonly url: string;
  /** A link that logs one browser in, good once and for a minute. */
  loginLink(): string;
  readonly sandbox: SandboxReport;
  readonly problems: readonly ConfigProblem[];
  /** Finishes or parks what runs, then closes everything. */
  close(reason: string): Promise<void>;
};
