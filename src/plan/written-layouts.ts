/**
 * The layouts that rulesets are in already, so that a plan made of them says what is there. Chains that were left flat have nothing of ours in them: the header of the file names these.
 */
import type { Clustering } from "../cluster/types.ts";
import type { Plan, PlanChainLayout } from "./types.ts";

/** What the lines of a header begin with that name chains which stay flat. */
const FLAT = "Left flat, since that costs packets less: ";

/** Chains that one such line names: iptables-restore reads long lines in pieces. */
const MOST_NAMED = 10;

type ChainOfTable = Pick<PlanChainLayout, "table" | "chain">;

/** Lines of the header of a new file, without `#`. */
export function headFlatChains(chains: readonly ChainOfTable[]): readonly string[] {
  const names = chains.map(({ table, chain }) => `${table} ${chain}`);
  return Array.from(
    { length: Math.ceil(names.length / MOST_NAMED) },
    (_, at) => FLAT + names.slice(at * MOST_NAMED, (at + 1) * MOST_NAMED).join(", "),
  );
}

/** Reads them: names of tables and chains. */
function readFlatChains(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  if (!text.startsWith("# Made by markify ")) return names;
  for (const line of text.split("\n")) {
    if (!line.startsWith("# ")) break;
    if (!line.startsWith(`# ${FLAT}`)) continue;
    for (const name of line.slice(`# ${FLAT}`.length).split(", ")) names.add(name);
  }
  return names;
}

/** A word for all chains, and one for each in which policy rules are laid out in another way. */
export function findWrittenLayouts(
  sources: readonly { readonly clustering: Clustering }[],
): Pick<Plan, "layout" | "chainLayouts"> {
  const written = sources.flatMap(({ clustering: { marks } }, input) =>
    (marks?.layouts ?? []).map((each) => ({ input, ...each })),
  );
  const layout = (["hoisted", "shared"] as const).find((word) =>
    written.some((each) => each.layout === word),
  );
  // A single policy rule is the same in each layout.
  const others = written.filter(({ rules, layout: own }) => rules > 1 && own !== (layout ?? "article"));
  const chainLayouts = [
    ...others.map(({ input, table, chain, layout: own }) => ({ input, table, chain, layout: own })),
    ...sources.flatMap(({ clustering }, input) =>
      findFlatChains(clustering).map((each) => ({ input, ...each, layout: "flat" as const })),
    ),
  ];
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(chainLayouts.length === 0 ? {} : { chainLayouts }),
  };
}

/** Chains that the header names, with products, none of which is written. */
function findFlatChains({ ruleset, products, marks }: Clustering): readonly ChainOfTable[] {
  const named = readFlatChains(ruleset.file.text);
  if (named.size === 0) return [];
  const isNamed = ({ table, chain }: ChainOfTable) =>
    named.has(`${table} ${chain}`) &&
    marks?.layouts.some((each) => each.table === table && each.chain === chain) !== true;
  const found = new Map(
    products.filter(isNamed).map(({ table, chain }) => [`${table} ${chain}`, { table, chain }]),
  );
  return [...found.values()];
}
