/**
 * What the fuzzer needs of the built library.
 */
import { importRuleset } from "../../dist/import/import.js";
import { NO_INPUT_OPTIONS, readInput } from "../../dist/import/input.js";
import { printTree } from "../../dist/syntax/print.js";
import { hasErrors } from "../../dist/text/diagnostic.js";
import { formatDiagnostic } from "../../dist/text/excerpt.js";
import { decodeSource } from "../../dist/text/source.js";

export const LIBRARY = {
  decodeSource,
  formatDiagnostic,
  hasErrors,
  importRuleset,
  NO_INPUT_OPTIONS,
  printTree,
  readInput,
};
