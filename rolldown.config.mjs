/**
 * The command as one file and a chunk for each subcommand, packages and all: node takes longer to find a hundred modules than to run them. Beside it the
 * script of the report's page, which goes into every page that `review --html` writes.
 */
import { existsSync, readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

/** Packages in the page's script: components, and what reads addresses there as in the command. */
const inPage = ["preact", "ip-cidr", "ip-address", "jsbn", "sprintf-js"];

/** Their licences; some packages name theirs, and have no text of it. */
function licenceOf(name) {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const { license, author } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const file = new URL("LICENSE", folder);
  // It goes into a comment, and so can't be one itself.
  const text = existsSync(file) ? `\n${readFileSync(file, "utf8").replace(/\/\*|\*\//g, "").trim()}` : "";
  return `${name} is built in (${license}, ${author?.name ?? author ?? "its authors"}).${text}`;
}

/** The page's script; tests build it from here, too. The licence of what is built in has to be in every copy. */
export const page = {
  input: { page: "src/report/page/main.tsx" },
  platform: "browser",
  output: {
    dir: "dist/cli/page",
    format: "iife",
    minify: true,
    comments: false,
    postBanner: `/* ${inPage.map(licenceOf).join("\n\n")} */`,
  },
  logLevel: "warn",
};

export default defineConfig([
  {
    input: {
      bin: "src/cli/bin.ts",
      "shard-worker": "src/cli/shard-worker.ts",
      "slice-worker": "src/cli/slice-worker.ts",
    },
    platform: "node",
    output: { dir: "dist/cli", format: "esm", chunkFileNames: "[name].js", comments: false },
    logLevel: "warn",
  },
  page,
]);
