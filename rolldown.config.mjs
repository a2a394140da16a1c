/**
 * The command as one file and a chunk for each subcommand, packages and all: node takes longer to find a hundred modules than to run them. Beside it the
 * scripts of the report's page: one goes into every page that `review --html` writes, one into that of `review --serve`.
 */
import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const licence = readFileSync(new URL("node_modules/preact/LICENSE", import.meta.url), "utf8").trim();

/** A page's script; the licence of what is built in has to be in every copy. */
const makePage = (input) => ({
  input,
  platform: "browser",
  output: {
    dir: "dist/cli/page",
    format: "iife",
    minify: true,
    comments: false,
    postBanner: `/* Preact is built in.\n${licence} */`,
  },
  logLevel: "warn",
});

/** The scripts of the page, as a file and as it is served for editing; tests build them from here, too. */
export const pages = {
  page: makePage({ page: "src/report/page/main.tsx" }),
  served: makePage({ served: "src/report/page/edit/main.tsx" }),
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
  ...Object.values(pages),
]);
