import { expect, test } from "vitest";
import { explainFailure } from "./sandbox-problem.ts";

const output = "bwrap: setting up uid map: Permission denied";

test.each([
  [{ userNamespaces: "0" }, "the kernel forbids user namespaces", /unprivileged_userns_clone=1/],
  [{ maximum: "0" }, "the kernel allows no user namespaces", /max_user_namespaces/],
  [{ appArmor: "1" }, "AppArmor restricts user namespaces", /AppArmor profile/],
  [{}, `user namespaces are denied here, as inside most containers: ${output}`, /--security-opt/],
])("with %j it says so, with the line that changes it", (host, reason, fix) => {
  expect(explainFailure({ code: 1, output, host: host as Record<string, string> })).toEqual({
    code: "sandbox.user_namespaces_denied",
    reason,
    fix: expect.stringMatching(fix),
  });
});

test("any other end is told as it is", () => {
  expect(explainFailure({ code: 1, output: "bwrap: execvp /bin/sh: No such file", host: {} }).reason).toBe(
    "bubblewrap ended with code 1: bwrap: execvp /bin/sh: No such file",
  );
});
