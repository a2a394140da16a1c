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
import { lowerSeverity } from "./unparsed.ts";

/** A ruleset, or null after errors. */
export interface BuildResult {
  readonly ruleset: Ruleset | null;
  /** By place. */
  readonly diagnostics: readonly Diagnostic[];
  /** Lines of rules that could not be read and are kept word for word. */
  readonly unparsed: ReadonlySet<number>;
}

/** How a ruleset is built. */
export interface BuildOptions {
  /** Rules that can't be read are kept word for word where their table and chain are known (`UnparsedTarget`), and what is wrong with them becomes a warning. */
  readonly keepUnparsed?: boolean;
  readonly onProgress?: LineProgress;
}

/** Builds the ruleset of a tree; every rule node is a rule of the result, or the result is null. */
export function buildRuleset(
  tree: Tree,
  family: Family,
  { keepUnparsed = false, onProgress = () => {} }: BuildOptions = {},
): BuildResult {
  const { file } = tree;
  const diagnostics: Diagnostic[] = [];
  const report = reportTo(diagnostics, file);
  const suggest = makeSuggest();
  const rules = new RuleBuilder(file, family, suggest, report);
  const tables: Table[] = [];
  const unparsed = new Set<number>();
  let open: TableBuilder | null = null;
  for (const node of tree.nodes) {
    if (node.line % PROGRESS_LINES === 0) onProgress(node.line);
    if (node.kind === "table") {
      if (open !== null) tables.push(open.finish(node.line - 1));
      open = new TableBuilder(node, { rules, suggest, report, keepsUnparsed: keepUnparsed });
    } else if (open !== null) {
      if (addNode(open, node)) unparsed.add(node.line);
      if (node.kind === "commit") {
        tables.push(open.finish(node.line));
        open = null;
      }
    }
  }
  const found = lowerSeverity(diagnostics, unparsed);
  found.sort((one, other) => (one.span?.start ?? 0) - (other.span?.start ?? 0));
  return { ruleset: hasErrors(found) ? null : { family, file, tables }, diagnostics: found, unparsed };
}

/** True for a rule that could not be read and is kept. */
function addNode(table: TableBuilder, node: Node): boolean {
  if (node.kind === "chain") table.addChain(node);
  else if (node.kind === "rule") return table.addRule(node);
  else if (node.kind === "broken" && node.rule !== undefined) return table.addRule(node.rule, true);
  return false;
}
