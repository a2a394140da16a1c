/**
 * The last step of the build: puts the kernel harness's python3 helper, which compilers leave alone, beside the compiled command.
 */
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const place = (folder) => fileURLToPath(new URL(`../${folder}/helper`, import.meta.url));
cpSync(place("src/verify/kernel"), place("dist/cli"), {
  recursive: true,
  filter: (path) => !path.includes("__pycache__"),
});
