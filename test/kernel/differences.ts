/** What the proof finds between two rulesets, with the packet that it chose in every hook that differs. */
import type { Ruleset } from "../../src/model/types.ts";
import { findOwnBits, restoresBits } from "../../src/verify/own-bits.ts";
import { pairTables } from "../../src/verify/pairs.ts";
import { proveTables } from "../../src/verify/proving.ts";
import type { TablePair } from "../../src/verify/sample/compile.ts";
import type { CompiledTable } from "../../src/verify/sample/program.ts";
import { makeWork } from "../../src/verify/sampling.ts";
import { packetOfDifference } from "../../src/verify/chosen-packet.ts";
import { STATE_CODES } from "../../src/verify/symbolic/conditions.ts";
import { numberBits } from "../../src/verify/symbolic/encode.ts";
import { SAME } from "../../src/verify/symbolic/compare.ts";
import type { Diagram } from "../../src/verify/symbolic/diagram.ts";
import type { Difference } from "../../src/verify/symbolic/findings.ts";
import type { VerifyOptions } from "../../src/verify/types.ts";
import { DEFAULT_VERIFY_OPTIONS } from "../../src/verify/verify.ts";
import type { WitnessVariants } from "./witness-walks.ts";

/** A table that differs, compiled as the samples have it. */
export interface ChangedTable {
  readonly pair: TablePair;
  readonly table: CompiledTable;
  readonly rulesets: readonly [Ruleset, Ruleset];
}

/** What matches outside the model answer to the first packet after a load. */
const ANSWERS: readonly (readonly [RegExp, 0 | 1])[] = [
  [/-m limit /, 1],
  [/-m hashlimit .*--hashlimit-upto/, 1],
  [/-m recent --set/, 1],
  [/-m (?:recent|connlimit|hashlimit|set|statistic|rt) /, 0],
];

/**
 * Differences of the same kind whose packets get the answers that the kernel gives, as far as there are such; then the difference itself, its packets by connection state, since the
 * kernel gives none but a few to some packets, and by backend, since one of the two may not load what the other does.
 */
function variantsOf(difference: Difference): readonly Difference[] {
  const { diagram, variables } = difference.proof.join;
  const { state, nft } = variables.fields;
  const withValue = (levels: readonly number[], value: number): readonly Difference[] => {
    const bits = numberBits(value, levels.length);
    const node = levels.reduce((left, level, at) => narrow(diagram, left, level, bits[at]!), difference.node);
    return node === SAME ? [] : [{ ...difference, node }];
  };
  const byState = STATE_CODES.flatMap((_, code) => withValue(state, code));
  const byBackend = [0, 1].flatMap((bit) => withValue(nft, bit));
  return [...likely(difference), ...byState, ...byBackend];
}

function likely(difference: Difference): readonly Difference[] {
  const answers = difference.proof.join.variables.answers();
  // How long a packet is nobody says before it is chosen.
  const wanted = [1, 0].map((length) =>
    answers.flatMap(({ level, answer: { text } }) => {
      const bit = /-m length /.test(text) ? length : ANSWERS.find(([pattern]) => pattern.test(text))?.[1];
      return bit === undefined ? [] : [{ level, bit }];
    }),
  );
  if (wanted[0]!.length === 0) return [difference];
  const nodes = wanted.map((list) =>
    list.reduce((node, { level, bit }) => {
      const narrowed = narrow(difference.proof.join.diagram, node, level, bit);
      return narrowed === SAME ? node : narrowed;
    }, difference.node),
  );
  return [...new Set([...nodes, difference.node])].map((node) => ({ ...difference, node }));
}

/** The packets of a difference for which one variable has a value. */
function narrow(diagram: Diagram, whole: number, level: number, bit: number): number {
  const known = new Map<number, number>();
  const visit = (node: number): number => {
    if (node === SAME) return SAME;
    const found = known.get(node);
    if (found !== undefined) return found;
    const at = diagram.levelOf(node);
    const keep = (rest: number) => diagram.make(level, bit === 1 ? SAME : rest, bit === 1 ? rest : SAME);
    const result =
      at > level
        ? keep(node)
        : at === level
          ? keep(bit === 1 ? diagram.highs[node]! : diagram.lows[node]!)
          : diagram.make(at, visit(diagram.lows[node]!), visit(diagram.highs[node]!));
    known.set(node, result);
    return result;
  };
  return visit(whole);
}

/** For each hook that the proof says differs, packets that show it. */
export async function witnessesOf(
  old: Ruleset,
  now: Ruleset,
  some: Partial<VerifyOptions>,
): Promise<readonly WitnessVariants[]> {
  const options = { ...DEFAULT_VERIFY_OPTIONS, ...some, packets: 0 };
  const ownBits = findOwnBits(old, now);
  const connmarkBits = restoresBits([old, now], ownBits) ? ownBits : 0;
  const paired = pairTables(old, now);
  const pairs = paired.filter(({ isIdentical }) => !isIdentical).map(({ pair }) => pair);
  const { tables } = makeWork(pairs, ownBits, connmarkBits, options);
  const all = paired.map(({ pair }) => pair);
  const tools = { clock: () => performance.now() };
  const found = await proveTables(pairs, all, ownBits, connmarkBits, options, tools);
  return found.flatMap(({ pair, hooks }, index) => {
    const table = tables[index]!;
    const changed = { pair, table, rulesets: [old, now] as const };
    return hooks.flatMap(({ hook: name, main }) => {
      if (main.answer !== "different") return [];
      const hook = table.hooks.find((candidate) => candidate.name === name)!;
      return [
        variantsOf(main.difference).map((difference) => {
          const chosen = packetOfDifference(difference, false, table, hook);
          return { changed, hook, ...chosen };
        }),
      ];
    });
  });
}
