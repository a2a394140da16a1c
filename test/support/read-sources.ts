/** Reads TypeScript sources for the tests about the sources themselves: imports, globals, sizes of files and functions. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import type { SourceImports } from "./import-rules.ts";

/** One source file, as far as the rules about sources go. */
export interface SourceFacts extends SourceImports {
  readonly lines: number;
  readonly opensWithDocComment: boolean;
  /** Name (or place) and length of each function, in lines. */
  readonly functions: readonly { readonly name: string; readonly lines: number }[];
}

/** Globals that read or change something outside the program. */
const IMPURE_GLOBALS = ["process", "console", "performance", "crypto", "setTimeout", "setInterval", "fetch"];

/** Reads all `.ts` and `.tsx` files below a folder, paths sorted and relative to it. */
export function readSources(folder: string): readonly SourceFacts[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => readFacts(path, readFileSync(`${folder}/${path}`, "utf8")));
}

/** What one file's text says about itself. */
export function readFacts(path: string, text: string): SourceFacts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: string[] = [];
  const globals: string[] = [];
  const functions: { name: string; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = readSpecifier(node);
    if (specifier !== null) imports.push(resolveImport(path, specifier));
    const global = readGlobal(node);
    if (global !== null) globals.push(global);
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined)
      functions.push(measure(source, node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {
    path,
    imports,
    globals,
    functions,
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    opensWithDocComment: /^(#!.*\n)?\/\*\*/.test(text),
  };
}

/** The module that a node imports: `import`, `export … from`, `import type`, `import()` and `import("x").T` in a type. */
function readSpecifier(node: ts.Node): string | null {
  let argument: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) argument = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    argument = node.arguments[0];
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) argument = node.argument.literal;
  return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : null;
}

function resolveImport(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;
}

/** `process`, `Date.now`, `new Date()`, `Math.random` …, where they are used as values and not as a property's name. */
function readGlobal(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    return text === "Math.random" || text === "Date.now" ? text : null;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0)
    return "new Date()";
  if (!ts.isIdentifier(node) || !IMPURE_GLOBALS.includes(node.text)) return null;
  const { parent } = node;
  const isUse =
    (ts.isPropertyAccessExpression(parent) && parent.expression === node) ||
    (ts.isCallExpression(parent) && parent.expression === node);
  return isUse ? node.text : null;
}

function measure(source: ts.SourceFile, node: ts.SignatureDeclaration): { name: string; lines: number } {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
  const name = node.name !== undefined ? node.name.getText(source) : "a function";
  return { name: `${name} (line ${first + 1})`, lines: last - first + 1 };
}
