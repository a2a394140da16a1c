/** How vitest runs: the tests of `test/` on the sources, no build needed, in as many processes as a small machine has cores. */
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes, most of them waited. */
const LONG = ["test/apply/live/matrix.test.ts"];

/** They come first: at the end one worker would wait for them alone. */
class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((path) => moduleId.endsWith(path));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongOnesFirst },
    // Whole rulesets of ten thousand rules go through every stage; a slow machine may take a while over the largest.
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
