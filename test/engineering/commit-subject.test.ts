import { expect, test } from "vitest";
import { subjectProblem } from "../../scripts/commit-subject.ts";

test.each([
  "policy: deny when a rule throws",
  "sessions, agent: labels survive a restart",
  "build: tool chain, labels and the words of a request",
  "channels: Telegram, behind an emulated Bot API",
])("accepts %s", (subject) => {
  expect(subjectProblem(subject)).toBeUndefined();
});

test.each([
  ["deny when a rule throws", "does not read"],
  ["feat(policy): deny", "does not read"],
  ["kitchen: deny when a rule throws", "names `kitchen`"],
  ["policy: deny when a rule throws.", "full stop"],
  ["policy: fix", "says nothing"],
  [`policy: ${"a".repeat(100)}`, "longer than 100"],
])("refuses %s", (subject, problem) => {
  expect(subjectProblem(subject)).toContain(problem);
});
