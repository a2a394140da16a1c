/** The parts of the report's page from the sources, as the build makes them; once in a process. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PageParts } from "../../src/report/html.ts";

const built = new Map<"page" | "served", Promise<PageParts>>();

/** Builds those of the page that is a file, or of the one that is served for editing. */
export function buildPage(which: "page" | "served" = "page"): Promise<PageParts> {
  const known = built.get(which) ?? bundle(which);
  built.set(which, known);
  return known;
}

async function bundle(which: "page" | "served"): Promise<PageParts> {
  const [{ rolldown }, { pages }] = await Promise.all([
    import("rolldown"),
    import("../../rolldown.config.mjs"),
  ]);
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { output, ...input } = pages[which];
  const bundled = await rolldown({ ...input, cwd });
  const { output: chunks } = await bundled.generate(output);
  await bundled.close();
  const style = readFileSync(`${cwd}/src/report/page/style.css`, "utf8");
  return { script: chunks[0].code, style };
}
