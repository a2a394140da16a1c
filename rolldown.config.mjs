/**
 * The command as one file and a chunk for each subcommand, packages and all: node takes longer to find a hundred modules than to run them. Beside it the
 * script of the report's page, which goes into every page that `review --html` writes.
 */
import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const licence = readFileSync(new URL("node_modules/preact/LICENSE", import.meta.url), "utf8").trim();

/** The page's script; tests build it from here, too. The licence of what is built in has to be in every copy. */
export const page = {
  input: { page: "src/report/page/main.tsx" },
  platform: "browser",
  output: {
    dir: "dist/cli/page",
    format: "iife",
    minify: true,
    comments: false,
    postBanner: `/* Preact is built in.\n${licence} */`,
  },
  logLevel: "warn",
};

export default defineConfig([
  {
    input: {
      bin: "src/cli/bin.ts",
      "shard-worker": "src/cli/shard-worker.ts",
      "slice-worker": "src/cli/slice-worker.ts",
      "proof-worker": "src/cli/serve/proof-worker.ts",
    },
    platform: "node",
    output: { dir: "dist/cli", format: "esm", chunkFileNames: "[name].js", comments: false },
    logLevel: "warn",
  },
  page,
]);
