/**
 * What `apply` says beside the check: warnings about the new files, what was written, and the next command.
 */
import type { Ruleset } from "../model/types.ts";
import { unparsedRules } from "../model/unparsed.ts";
import { printLineRanges } from "../plan/line-ranges.ts";
import { describeGrowth } from "../report/findings.ts";
import { describeTidied } from "../report/reasons.ts";
import { tidyLines } from "../rewrite/tidy.ts";
import type { Rewritten } from "../rewrite/types.ts";
import type { Console } from "./console.ts";
import type { Product } from "./emit-product.ts";
import { shellWord } from "./shell.ts";
import { setTarget } from "./targets.ts";

export { addCosts } from "../report/cost-view.ts";

/** iptables-restore loads a file whole or not at all. */
function describeUnparsed(ruleset: Ruleset): readonly string[] {
  const rules = ruleset.tables.flatMap(unparsedRules);
  if (rules.length === 0) return [];
  const lines = printLineRanges(rules.map(({ line }) => line));
  const which =
    rules.length === 1
      ? `a rule that can't be read (line ${lines})`
      : `rules that can't be read (lines ${lines})`;
  return [
    `${ruleset.file.path} has ${which}, kept word for word: where iptables can't read one either, it refuses the whole file`,
  ];
}

function warningsOf(rewritten: Rewritten): readonly string[] {
  const { ruleset, lines, rulesBefore, rulesAfter } = rewritten;
  const warnings = [
    ...describeUnparsed(ruleset),
    ...(rulesAfter > rulesBefore ? [describeGrowth(rewritten)] : []),
  ];
  const untidy = rewritten.changed ? [] : tidyLines(lines, ruleset).tidied;
  if (untidy.length === 0) return warnings;
  const what = `${ruleset.file.path} stays as it is, and iptables-restore refuses it so`;
  return [...warnings, `${what}: it has ${describeTidied(untidy)}`];
}

/** Says what somebody should know before loading the files. */
export function sayWarnings(console: Console, rewrites: readonly Rewritten[]): void {
  for (const sentence of rewrites.flatMap(warningsOf)) console.say(`warning: ${sentence}`);
}

/** Ends a command that wrote its products (or printed them): counts, the check, the next command. */
export function sayDone(
  console: Console,
  products: readonly Product[],
  targets: readonly string[],
  check: string,
): void {
  const files = targets.flatMap((path, at) => (products[at]?.sets === "" ? [path] : [path, setTarget(path)]));
  const written = targets.length === 0 ? "" : `${files.join(" and ")} written; `;
  const counts = products.map(({ family, rulesBefore, rulesAfter }) => {
    return `${products.length > 1 ? `${family} ` : ""}${rulesBefore} -> ${rulesAfter}`;
  });
  const tests = targets.map((target, at) => {
    const tool = products[at]?.family === "v6" ? "ip6tables-restore" : "iptables-restore";
    // A real load, in a network namespace that ends with the command: --test lets loops and misplaced targets pass.
    if (products[at]?.sets === "") return `sudo unshare -n ${tool} ${shellWord(target)}`;
    const both = `ipset restore -file ${shellWord(setTarget(target))} && ${tool} ${shellWord(target)}`;
    return `sudo unshare -n sh -c ${shellWord(both)}`;
  });
  console.close(`${written}rules ${counts.join(", ")}; ${check}`, tests.join(" && "));
}

/** Ends an `apply` whose plan changes the policy, where nobody said that it may. */
export function sayRefused(
  console: Console,
  planPath: string,
  output: string | undefined,
  isLive: boolean,
): void {
  const target = `${output === undefined ? "" : ` -o ${shellWord(output)}`}${isLive ? " --live" : ""}`;
  console.close(
    `nothing was ${isLive ? "touched" : "written"}: the plan changes the policy; if that is what it is for, add --allow-policy-change`,
    `markify apply ${shellWord(planPath)}${target} --allow-policy-change`,
  );
}
