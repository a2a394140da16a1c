/**
 * A step of the build: the command has its packages built in, so that node finds one file instead of a hundred; here come their licences beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const { packages } = JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8"));
const texts = Object.entries(packages)
  .filter(([path, { dev }]) => path !== "" && dev !== true)
  .map(([path, { version }]) => {
    const folder = new URL(`${path}/`, root);
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    const { license, author } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
    const name = path.replace(/^.*node_modules\//, "");
    // Some packages name their licence, and have no text of it.
    const text = file === undefined ? "" : `\n${readFileSync(new URL(file, folder), "utf8").trim()}\n`;
    return `${name} ${version} (${license}${author === undefined ? "" : `, ${author.name ?? author}`})\n${text}`;
  });
writeFileSync(fileURLToPath(new URL("dist/cli/LICENSES.txt", root)), texts.join(`\n${"-".repeat(80)}\n\n`));
