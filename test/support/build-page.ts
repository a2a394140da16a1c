/** The parts of the report's page from the sources, as the build makes them; once in a process. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PageParts } from "../../src/report/html.ts";

let built: Promise<PageParts> | null = null;

/** Builds them. */
export function buildPage(): Promise<PageParts> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<PageParts> {
  const [{ rolldown }, { page }] = await Promise.all([
    import("rolldown"),
    import("../../rolldown.config.mjs"),
  ]);
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { output, ...input } = page;
  const bundled = await rolldown({ ...input, cwd });
  const { output: chunks } = await bundled.generate(output);
  await bundled.close();
  const style = readFileSync(`${cwd}/src/report/page/style.css`, "utf8");
  return { script: chunks[0].code, style };
}
