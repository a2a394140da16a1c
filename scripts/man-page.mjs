#!/usr/bin/env node
/**
 * Writes man/markify.1 from the definitions of the commands. Needs no build: rolldown puts together what the page is made from.
 *
 *   node scripts/man-page.mjs
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "markify-man-"));
try {
  const bundle = await rolldown({
    input: {
      program: fromRoot("src/cli/program.ts"),
      describe: fromRoot("src/cli/usage/describe.ts"),
      page: fromRoot("src/cli/usage/man-page.ts"),
    },
    platform: "node",
    // What commands do is read in when they run, which none does here.
    external: /\/commands\//,
    logLevel: "silent",
  });
  await bundle.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name].mjs",
  });
  await bundle.close();
  const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  const [{ makeProgram }, { describeCommand }, { renderManPage }] = await Promise.all(
    ["program", "describe", "page"].map(load),
  );
  const { version } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8"));
  const program = makeProgram(
    { version, columns: 100, stderr: () => {} },
    () => {},
    () => {},
  );
  writeFileSync(fromRoot("man/markify.1"), renderManPage(describeCommand(program), version));
} finally {
  rmSync(folder, { recursive: true });
}
