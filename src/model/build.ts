/**
 * The tree of a save file to the ruleset that it means.
 */
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import { reportTo } from "../syntax/report.ts";
import { type LineProgress, PROGRESS_LINES } from "../syntax/parse.ts";
import type { Node, Tree } from "../syntax/tree.ts";
import { makeSuggest } from "./nearest.ts";
import { RuleBuilder } from "./rule-builder.ts";
import { TableBuilder } from "./table-builder.ts";
import type { Family, Ruleset, Table } from "./types.ts";

/** A ruleset, or null after errors. */
export interface BuildResult {
  readonly ruleset: Ruleset | null;
  /** By place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Builds the ruleset of a tree without parse errors; every rule node is a rule of the result, or the result is null. */
export function buildRuleset(tree: Tree, family: Family, onProgress: LineProgress = () => {}): BuildResult {
  const { file } = tree;
  const diagnostics: Diagnostic[] = [];
  const report = reportTo(diagnostics, file);
  const suggest = makeSuggest();
  const rules = new RuleBuilder(file, family, suggest, report);
  const tables: Table[] = [];
  let open: TableBuilder | null = null;
  for (const node of tree.nodes) {
    if (node.line % PROGRESS_LINES === 0) onProgress(node.line);
    if (node.kind === "table") {
      if (open !== null) tables.push(open.finish(node.line - 1));
      open = new TableBuilder(node, rules, suggest, report);
    } else if (open !== null) {
      addNode(open, node);
      if (node.kind === "commit") {
        tables.push(open.finish(node.line));
        open = null;
      }
    }
  }
  diagnostics.sort((one, other) => (one.span?.start ?? 0) - (other.span?.start ?? 0));
  return { ruleset: hasErrors(diagnostics) ? null : { family, file, tables }, diagnostics };
}

function addNode(table: TableBuilder, node: Node): void {
  if (node.kind === "chain") table.addChain(node);
  else if (node.kind === "rule") table.addRule(node);
}
