import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Files share one process: no module is mocked, so nothing leaks, and a file costs 1 ms instead of 150.
    isolate: false,
    passWithNoTests: false,
    include: ["src/**/*.test.ts", "ui/src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["test/e2e/**", "node_modules/**"],
    // Real processes and servers on a busy machine with two cores.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});
