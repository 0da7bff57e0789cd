import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileCap } from "../../platform/file-cap.ts";
import { FileCapError } from "../../platform/file-cap-error.ts";
import { namesInRoot } from "./root-names.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fased-names-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("namesInRoot", () => {
  it("keeps what stands in the root, whatever it is, and paths through folders", async () => {
    writeFileSync(join(root, "AGENTS.md"), "");
    mkdirSync(join(root, "skills"));
    symlinkSync("nowhere", join(root, "SOUL.md"));
    const wanted = ["USER.md", "SOUL.md", "skills", "shared/house.md", "AGENTS.md"];
    expect(await namesInRoot(openFileCap(root), wanted)).toEqual(["SOUL.md", "skills", "shared/house.md", "AGENTS.md"]);
  });

  it("rules nothing out where the root holds too much, and hides no other failure", async () => {
    const failing = (code: "too-large" | "outside") => ({
      ...openFileCap(root),
      list: () => Promise.reject(new FileCapError(code, "of the test")),
    });
    expect(await namesInRoot(failing("too-large"), ["a", "b"])).toEqual(["a", "b"]);
    await expect(namesInRoot(failing("outside"), ["a"])).rejects.toMatchObject({ code: "outside" });
  });
});
