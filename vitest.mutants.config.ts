import { defineConfig } from "vitest/config";

/** The tests that judge the mutants of src/policy: those beside it, and the laws and tables over it. */
export default defineConfig({
  test: {
    isolate: false,
    include: ["src/policy/**/*.test.ts", "test/properties/policy*.test.ts", "test/golden/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
