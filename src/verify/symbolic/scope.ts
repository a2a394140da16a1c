/**
 * Do differing packets get as far as the table? Those that tables before it drop on both sides differ on paper only.
 *
 * The tables before are put into the same diagrams. What they read and the later table can't know (marks and answers before, the out-interface before routing, the state
 * before connection tracking, the destination before nat) is left open: a packet counts as dropped only where it is dropped whatever those are.
 */
import type { Table } from "../../model/types.ts";
import { SAME } from "./compare.ts";
import type { DiagramBudget } from "./diagram.ts";
import { mapLeaves } from "./map-leaves.ts";
import { LEAF } from "./outcomes.ts";
import { cofactor, type Sequencer } from "./sequence.ts";
import { type ProofPair, type ProofSettings, TableProof } from "./table-proof.ts";

/** A table before the one in question, on both sides; null where a side has none. */
export interface EarlierTable {
  readonly name: string;
  readonly old: Table | null;
  readonly new: Table | null;
}

/** Tables in the order in which a hook walks them; nat drops nothing. */
const ORDER = ["raw", "mangle", "filter", "security"];

/** Hooks that a packet of a hook has been through, itself last. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  PREROUTING: ["PREROUTING"],
  INPUT: ["PREROUTING", "INPUT"],
  FORWARD: ["PREROUTING", "FORWARD"],
  OUTPUT: ["OUTPUT"],
};

/** True when no differing packet of the hook gets there, on either side. Throws BudgetSpent and ProofGap. */
export function isOutOfReach(
  pair: ProofPair,
  hook: string,
  earlier: readonly EarlierTable[],
  settings: ProofSettings,
  budget: DiagramBudget,
): boolean {
  const places = placesBefore(pair.name, hook, earlier);
  if (places.length === 0) return false;
  const extra = places.flatMap(({ table }) => [table.old, table.new]).filter((table) => table !== null);
  const proof = new TableProof(pair, settings, budget, extra);
  const { join } = proof;
  const { node } = proof.differences(hook, settings.anyMark);
  const dropped = (["old", "new"] as const).map((side) =>
    places.reduce<number>((sum, place) => {
      const table = place.table[side];
      return table === null ? sum : join.or(sum, droppedBy(proof, place, table, hook));
    }, LEAF.FALSE),
  );
  return join.choose(join.and(dropped[0]!, dropped[1]!), SAME, node) === SAME;
}

interface Place {
  readonly table: EarlierTable;
  readonly hook: string;
  /** Whether nat may give the packet another destination between here and the table in question. */
  readonly isTranslated: boolean;
}

function placesBefore(name: string, hook: string, earlier: readonly EarlierTable[]): readonly Place[] {
  const rank = ORDER.indexOf(name);
  const nat = earlier.find((table) => table.name === "nat");
  const has = (table: Table | null, at: string): boolean =>
    table?.chains.some((chain) => chain.name === at && (chain.rules.length > 0 || chain.policy === "DROP")) ??
    false;
  return earlier.flatMap((table) =>
    (BEFORE[hook] ?? []).flatMap((at) => {
      const comes = at !== hook || ORDER.indexOf(table.name) < rank;
      const isThere = ORDER.includes(table.name) && (has(table.old, at) || has(table.new, at));
      const translates = nat !== undefined && (has(nat.old, at) || has(nat.new, at));
      const isTranslated = translates && (at === "PREROUTING" || at === "OUTPUT");
      return comes && isThere ? [{ table, hook: at, isTranslated }] : [];
    }),
  );
}

/** Packets of `hook` that a table drops at `at`, whatever can't be known of them there. */
function droppedBy(
  proof: TableProof,
  { table, hook: at, isTranslated }: Place,
  side: Table,
  hook: string,
): number {
  const { join } = proof;
  if (!side.chains.some(({ name }) => name === at)) return LEAF.FALSE;
  const { fields } = join.variables;
  // Before routing there is no out-interface.
  const out = at === hook ? [] : fields.out;
  const node = cofactor(
    join.diagram,
    verdictDrop(join, proof.extraSide(side, at)),
    out,
    out.map(() => 0),
  );
  const open = new Set([...fields.snat, ...fields.dnat]);
  // Before connection tracking a packet has no state, unless it came by lo.
  if (table.name === "raw") for (const level of fields.state) open.add(level);
  if (isTranslated) for (const level of [...fields.destination, ...fields.dport]) open.add(level);
  return always(join, node, open);
}

function verdictDrop({ diagram, outcomes }: Sequencer, node: number): number {
  return mapLeaves(diagram, node, (leaf) =>
    outcomes.verdictText(outcomes.of(leaf).control) === "DROP" ? LEAF.TRUE : LEAF.FALSE,
  );
}

/** True where a condition is true for all answers and marks, and for all values of what else is open. */
function always(join: Sequencer, node: number, open: ReadonlySet<number>): number {
  const done = new Map<number, number>();
  const isOpen = (level: number): boolean =>
    open.has(level) || level >= join.variables.changeable || join.variables.answerAt(level) !== undefined;
  const visit = (at: number): number => {
    if (at < 0) return at;
    const found = done.get(at);
    if (found !== undefined) return found;
    const { levels, lows, highs } = join.diagram;
    const level = levels[at]!;
    const [low, high] = [visit(lows[at]!), visit(highs[at]!)];
    const result = isOpen(level) ? join.and(low, high) : join.diagram.make(level, low, high);
    done.set(at, result);
    return result;
  };
  return visit(node);
}
