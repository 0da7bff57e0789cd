import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    isolate: false,
    passWithNoTests: false,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/e2e/**", "node_modules/**"],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary"] },
  },
});
