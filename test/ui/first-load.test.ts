import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { expect, test } from "vitest";

const firstLoadBytesMax = 150 * 1024;

test("the first load of the page stays below 150 kB, holds no other origin and carries its policy", async () => {
  const configFile = fileURLToPath(new URL("../../ui/vite.config.ts", import.meta.url));
  const built = (await build({ configFile, logLevel: "silent", build: { write: false } })) as Rollup.RollupOutput;
  const texts = built.output.map((file) => String(file.type === "chunk" ? file.code : file.source));
  const bytes = texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeLessThan(firstLoadBytesMax);
  const page = texts[built.output.findIndex((file) => file.fileName === "index.html")];
  expect(page).toContain("require-trusted-types-for");
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page).not.toMatch(/<script(?![^>]*src=)/);
});
