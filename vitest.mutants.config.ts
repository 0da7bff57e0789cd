import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Quick tables first: most mutants die there, and a run ends at its first failure. */
const order = ["src/policy/", "test/golden/", "test/properties/policy-s", "test/properties/"];

const placeOf = ({ moduleId }: TestSpecification) => order.findIndex((start) => moduleId.includes(start));

class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => placeOf(a) - placeOf(b));
  }
}

/** The tests that judge the mutants of src/policy: those beside it, and the laws and tables over it. */
export default defineConfig({
  test: {
    isolate: false,
    include: [
      "src/policy/**/*.test.ts",
      "test/properties/policy*.test.ts",
      "test/golden/access.test.ts",
      "test/golden/policy-shape.test.ts",
    ],
    testTimeout: 60_000,
    sequence: { sequencer: QuickestFirst },
  },
});
