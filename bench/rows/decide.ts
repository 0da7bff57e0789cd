import { execFileSync } from "node:child_process";
import type { Lab } from "../lab.ts";
import type { Result } from "../result.ts";

/** In a process of its own, on the Node that Fased runs on. */
export async function measureDecide(lab: Lab): Promise<Result[]> {
  const output = execFileSync(lab.productNode, [lab.decideProgram, lab.counts], { encoding: "utf8" });
  const { microseconds, requests, rules } = JSON.parse(output) as Record<string, number>;
  if (microseconds === undefined) throw new Error(`no figure in: ${output}`);
  const note = `mean of ${requests} kinds of request, ${rules} rules, first config; median of the batches`;
  return [{ id: "decide", value: microseconds, note }];
}
