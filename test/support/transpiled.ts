/** Sources as JavaScript in a folder of their own, as the package has them: Node 20 starts no worker from TypeScript. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

/** A folder with the sources whose path in `src` matches. */
export class Transpiled {
  readonly #folder = mkdtempSync(join(tmpdir(), "markify-js-"));

  constructor(wanted: RegExp) {
    symlinkSync(resolve("node_modules"), join(this.#folder, "node_modules"));
    writeFileSync(join(this.#folder, "package.json"), '{ "type": "module" }');
    for (const path of readdirSync("src", { recursive: true, encoding: "utf8" })) {
      if (!path.endsWith(".ts") || !wanted.test(path)) continue;
      const compilerOptions = {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        rewriteRelativeImportExtensions: true,
      };
      const text = readFileSync(join("src", path), "utf8");
      const target = join(this.#folder, path.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, ts.transpileModule(text, { compilerOptions }).outputText);
    }
  }

  /** Runs a module of the folder in a process of its own, and reads the JSON that it prints. */
  run(script: string): unknown {
    writeFileSync(join(this.#folder, "main.js"), script);
    const printed = execFileSync(process.execPath, ["main.js"], { cwd: this.#folder, encoding: "utf8" });
    return JSON.parse(printed);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
