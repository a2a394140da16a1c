/**
 * The command as one file and a chunk for each subcommand: node takes longer to find a hundred modules than to run them.
 */
import { defineConfig } from "rolldown";
import manifest from "./package.json" with { type: "json" };

export default defineConfig({
  input: { bin: "src/cli/bin.ts", "shard-worker": "src/cli/shard-worker.ts", "slice-worker": "src/cli/slice-worker.ts" },
  platform: "node",
  external: Object.keys(manifest.dependencies),
  output: { dir: "dist/cli", format: "esm", chunkFileNames: "[name].js" },
  logLevel: "warn",
});
