/**
 * The last step of the build: puts what compilers leave alone beside the compiled command: the kernel harness's python3 helper, the shell
 * scripts that watch over an apply, and the style of the report's page.
 */
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const place = (folder) => fileURLToPath(new URL(`../${folder}`, import.meta.url));
const copy = (from, to) =>
  cpSync(place(from), place(to), { recursive: true, filter: (path) => !path.includes("__pycache__") });
copy("src/verify/kernel/helper", "dist/cli/helper");
copy("src/report/page/style.css", "dist/cli/page/style.css");
copy("src/apply/scripts", "dist/cli/scripts");
