import { defineConfig } from "@playwright/test";
import base from "../../playwright.config.ts";

/** Pictures for the documentation, taken by `npm run screens` only. */
export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "screens.ts",
  projects: (base.projects ?? []).map(({ grep: _grep, ...project }) => project),
});
