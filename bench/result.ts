import type { Limit } from "./goals.ts";

/** One figure, or why there is none. */
export type Result =
  | {
      readonly id: string;
      readonly value: number;
      /** In place of the goal's own: where the disk is slower than the goal assumes. */
      readonly limit?: Limit;
      readonly note?: string;
    }
  | { readonly id: string; readonly problem: string };

/** Where a run took place. */
export type Machine = {
  readonly date: string;
  readonly commit: string;
  readonly processor: string;
  readonly memory: string;
  readonly system: string;
  /** The Node that Fased runs on, and the one that drives it. */
  readonly node: string;
  readonly driverNode: string;
  readonly stateDisk: string;
  readonly fsyncP50Ms: number;
  /** One-minute load average before the first row. */
  readonly loadBefore: number;
};

export type Report = {
  readonly machine?: Machine;
  readonly mode?: "full" | "quick";
  readonly results: readonly Result[];
};
