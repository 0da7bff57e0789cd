/** Why a sandbox did not start, and what the operator can do. Pure. */

export type SandboxProblem = { readonly code: string; readonly reason: string; readonly fix: string };

export const bubblewrapMissing: SandboxProblem = {
  code: "sandbox.bubblewrap_missing",
  reason: "bubblewrap is not installed",
  fix: "apt-get install -y --no-install-recommends bubblewrap",
};

export type FailureFacts = {
  readonly code: number | undefined;
  readonly output: string;
  /** Values of the kernel settings `userNamespaces`, `appArmor` and `maximum`; empty where the file is absent. */
  readonly host: Readonly<Record<string, string>>;
};

const reasonCharsMax = 300;

/** From bubblewrap's words and the kernel's settings to one reason and one line that changes it. */
export function explainFailure({ code, output, host }: FailureFacts): SandboxProblem {
  const said = output.trim().split("\n").at(-1)?.slice(0, reasonCharsMax) ?? "";
  if (!/namespace|uid map|gid map|setting up|Operation not permitted|Permission denied|loopback/i.test(said)) {
    return {
      code: "sandbox.failed",
      reason: `bubblewrap ended${code === undefined ? "" : ` with code ${code}`}${said === "" ? "" : `: ${said}`}`,
      fix: "run `bwrap --unshare-all --ro-bind / / true` as the Gateway's user to see the cause",
    };
  }
  const denied = (reason: string, fix: string): SandboxProblem => ({
    code: "sandbox.user_namespaces_denied",
    reason,
    fix,
  });
  if (host["userNamespaces"] === "0") {
    return denied("the kernel forbids user namespaces", "sysctl -w kernel.unprivileged_userns_clone=1");
  }
  if (host["maximum"] === "0") {
    return denied("the kernel allows no user namespaces", "sysctl -w user.max_user_namespaces=10000");
  }
  if (host["appArmor"] === "1") {
    return denied(
      "AppArmor restricts user namespaces",
      "give /usr/bin/bwrap an AppArmor profile with `userns,` or: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    );
  }
  return denied(
    `user namespaces are denied here, as inside most containers: ${said}`,
    "start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined, or run the Gateway outside it",
  );
}
