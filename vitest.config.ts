/** How vitest runs: the tests of `test/` on the sources, no build needed, in as many processes as a small machine has cores. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Whole rulesets of ten thousand rules go through every stage; a slow machine may take a while over the largest.
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
