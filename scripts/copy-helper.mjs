/**
 * The last step of the build: puts the kernel harness's python3 helper, which tsc leaves alone, beside the compiled files.
 */
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const place = (folder) => fileURLToPath(new URL(`../${folder}/verify/kernel/helper`, import.meta.url));
rmSync(place("dist"), { recursive: true, force: true });
cpSync(place("src"), place("dist"), { recursive: true, filter: (path) => !path.includes("__pycache__") });
