import { describe, expect, test } from "vitest";
import { isControlPath, isInertGitFile } from "./control-files.ts";

describe("control files", () => {
  test.each([
    "AGENTS.md",
    "agents.md",
    "MEMORY.md",
    "skills/x/SKILL.md",
    "hooks/a",
    ".fased/x",
    ".git/hooks/pre-commit",
    ".git/config",
    "a/b/.git/hooks/post-checkout",
    ".GIT/config",
    ".git/modules/sub/config",
    ".git/modules/a/b/hooks/x",
    ".git/worktrees/w/config.worktree",
    "sub/.git",
  ])("%s is one", (path) => {
    expect(isControlPath(path)).toBe(true);
  });

  test.each([
    "notes.md",
    "docs/AGENTS.md",
    "src/hooks/use-x.ts",
    "src/skills.ts",
    ".git/HEAD",
    ".git/objects/ab/c",
    ".github/config",
    "a.git/x",
  ])("%s is an ordinary file", (path) => {
    expect(isControlPath(path)).toBe(false);
  });
});

describe("what a git control file can do", () => {
  const plain =
    '[core]\n\trepositoryformatversion = 0\n\tbare = false\n[user]\n\tname = A\n[branch "main"]\n\tremote = origin\n';

  test("nothing, when it is a sample or has inert keys only", () => {
    expect(isInertGitFile(".git/hooks/pre-commit.sample", "#!/bin/sh\nevil")).toBe(true);
    expect(isInertGitFile("a/.git/config", plain)).toBe(true);
  });

  test.each([
    "[core]\n\thooksPath = /tmp",
    "[core]\n\tfsmonitor = ./evil",
    "[core] sshCommand = evil",
    "[alias]\n\tst = !evil",
    "[include]\n\tpath = evil",
    '[includeIf "gitdir:/"]\n\tpath = evil',
    '[filter "x"]\n\tclean = evil',
    '[remote "o"]\n\turl = ext::sh -c evil',
    "[core]\n\tbare = false \\\n[alias]",
    "[user] name = x\n[core]\neditor=evil",
  ])("something, when it says %j", (text) => {
    expect(isInertGitFile(".git/config", text)).toBe(false);
  });

  test("something, when it is a hook", () => {
    expect(isInertGitFile(".git/hooks/pre-commit", "#!/bin/sh\n")).toBe(false);
  });
});
