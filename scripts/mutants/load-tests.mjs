/**
 * The tests' naive interpreter and their mutants, for scripts: their TypeScript is stripped of types into a temporary folder, and nothing of them comes from `src`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FILES = [
  ...["verify/naive.ts", "verify/small/judge.ts", "verify/small/witness-packet.ts"],
  "support/mutate.ts",
];

/** `interpret`, `walk`, `differences`, `packetOfWitness` and `witnessAgain`; `makeMutator`. */
export async function loadTests() {
  const folder = mkdtempSync(join(tmpdir(), "markify-judge-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const loaded = [];
    for (const file of FILES) {
      const compilerOptions = {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      };
      const text = readFileSync(join(root, "test", file), "utf8");
      const path = join(folder, file.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, ts.transpileModule(text, { compilerOptions }).outputText);
      loaded.push(path);
    }
    const modules = [];
    for (const path of loaded) modules.push(await import(pathToFileURL(path).href));
    return Object.assign({}, ...modules);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
