/**
 * The command as one file and a chunk for each subcommand, packages and all: node takes longer to find a hundred modules than to run them.
 */
import { defineConfig } from "rolldown";

export default defineConfig({
  input: { bin: "src/cli/bin.ts", "shard-worker": "src/cli/shard-worker.ts", "slice-worker": "src/cli/slice-worker.ts" },
  platform: "node",
  output: { dir: "dist/cli", format: "esm", chunkFileNames: "[name].js", comments: false },
  logLevel: "warn",
});
