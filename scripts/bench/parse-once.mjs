/**
 * Reads one ruleset as the command does and prints it back, with the built library: what `npm run bench -- parse` measures.
 */
import { readFileSync } from "node:fs";
import { importRuleset } from "../../dist/import/import.js";
import { printTree } from "../../dist/syntax/print.js";
import { decodeSource } from "../../dist/text/source.js";

const path = process.argv[2];
const bytes = readFileSync(path);
const { ruleset, tree } = importRuleset(decodeSource(path, bytes));
if (ruleset === null) throw new Error(`${path} has errors`);
if (!Buffer.from(printTree(tree), tree.file.encoding).equals(bytes))
  throw new Error(`${path} is not printed back`);
