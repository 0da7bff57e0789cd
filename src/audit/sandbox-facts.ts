/** What can be told about the sandbox without starting it: enough for a quick audit; `--deep` tries it. */
import { findBubblewrap, hostSettings, type SandboxReport } from "../tools/exec/sandbox.ts";
import { bubblewrapMissing, explainFailure, type SandboxProblem } from "../tools/exec/sandbox-problem.ts";
import type { SandboxFacts } from "./facts.ts";

/** `unproven` where the program or the kernel's permission is missing; else `not tried`. */
export async function hostSandboxFacts(): Promise<SandboxFacts> {
  if ((await findBubblewrap()) === undefined) return unproven(bubblewrapMissing);
  const host = await hostSettings();
  if (host["userNamespaces"] === "0" || host["maximum"] === "0") {
    return unproven(explainFailure({ code: undefined, output: "namespace", host }));
  }
  return {
    state: "not tried",
    code: "sandbox.not_probed",
    reason: "the sandbox has not been tried by this audit",
    fix: "try it: fased security audit --deep",
  };
}

const unproven = (problem: SandboxProblem): SandboxFacts => ({ state: "unproven", ...problem });

/** What a probe, or the running Gateway, says. */
export function probedSandboxFacts(report: SandboxReport): SandboxFacts {
  if (report.state === "unproven") return report;
  return { state: "proven", code: "sandbox.proven", reason: "it proved itself", fix: "" };
}
