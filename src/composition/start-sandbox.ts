/** The sandbox of this machine, tried once at start. */
import { type Clock, systemClock } from "../platform/clock.ts";
import { type Host, hostFacts } from "../platform/host.ts";
import { type StatePaths, statePaths } from "../platform/state-paths.ts";
import { createSandbox, type Sandbox, type SandboxReport } from "../tools/exec/sandbox.ts";

/** Name and mail of commits where neither the repository nor the owner has set them. */
export function gitIdentity({ user, hostname }: Host): { readonly name: string; readonly email: string } {
  return { name: user, email: `${user}@${hostname}` };
}

export function hostSandbox(paths: StatePaths, host: Host, clock: Clock): Sandbox {
  return createSandbox({
    clock,
    folder: paths.sandboxes,
    hiddenPaths: [paths.root],
    architecture: host.arch,
    timeZone: host.zone,
    git: gitIdentity(host),
  });
}

/** Tries the sandbox for commands that need no Gateway. Never rejects. */
export function trySandbox(stateDirectory: string): Promise<SandboxReport> {
  return hostSandbox(statePaths(stateDirectory), hostFacts(), systemClock).probe();
}
