/**
 * All that was counted, as the plain data of a result.
 */
import type { Counts } from "./counts.ts";
import { DIFFERS } from "../verify/sample/compare.ts";
import type { FamilyReplay } from "./family-replay.ts";
import type { Fate } from "./evaluator.ts";
import type { SideNumber } from "./table-walk.ts";
import type { Row } from "./tally.ts";
import type {
  Counted,
  GroupCount,
  ReplayDifference,
  ReplayEnding,
  ReplayResult,
  ReplayView,
  RuleCount,
  VerdictPair,
} from "./view.ts";

/** `families`: those that took part. */
export function makeView(
  traffic: readonly string[],
  families: readonly FamilyReplay[],
  { packets, passed, unjudged, notes }: Counts,
): ReplayView {
  const left = new Map(unjudged);
  for (const { tally } of families) {
    tally.flush();
    for (const [why, number] of tally.unjudged) left.set(why, (left.get(why) ?? 0) + number);
  }
  const rows = families.flatMap(({ tally }) => [...tally.rows.values()]);
  const sums = { yes: 0, no: 0, perhaps: 0 };
  for (const row of rows) sums[kindOf(row)] += row.packets;
  const judged = sums.yes + sums.no + sums.perhaps;
  const byNumber = <T extends { readonly packets: number }>(list: readonly T[]) =>
    [...list].sort((one, other) => other.packets - one.packets);
  return {
    result: resultOf(sums.no, sums.perhaps, judged),
    traffic,
    packets,
    judged,
    distinct: families.reduce((sum, { tally }) => sum + tally.distinct, 0),
    same: sums.yes,
    different: sums.no,
    perhaps: sums.perhaps,
    passed: byNumber(listOf(passed)),
    unjudged: byNumber(listOf(left)),
    verdicts: pairVerdicts(rows),
    differences: families.flatMap(differencesOf).sort(byImportance),
    open: byNumber(openOf(rows)),
    rules: {
      old: families.flatMap((each) => rulesOf(each, 0)),
      new: families.flatMap((each) => rulesOf(each, 1)),
    },
    groups: byNumber(families.flatMap(groupsOf)),
    notes: [...notes, ...families.flatMap(({ limits }) => limits)],
  };
}

function resultOf(different: number, perhaps: number, judged: number): ReplayResult {
  if (different > 0) return "different";
  return perhaps > 0 || judged === 0 ? "unknown" : "same";
}

/** Whether packets of a row fare alike. */
function kindOf({ fates }: Row): "yes" | "no" | "perhaps" {
  if (fates.every(({ differs }) => differs === 0)) return "yes";
  return fates.every(({ differs }) => differs !== 0) ? "no" : "perhaps";
}

function listOf(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts].map(([what, packets]) => ({ what, packets }));
}

const ORDER = { no: 0, perhaps: 1, yes: 2 } as const;

function pairVerdicts(rows: readonly Row[]): readonly VerdictPair[] {
  const pairs = new Map<string, { -readonly [key in keyof VerdictPair]: VerdictPair[key] }>();
  for (const row of rows) {
    const names = (pick: (fate: Fate) => string) => [...new Set(row.fates.map(pick))].sort();
    const [old, now] = [names((fate) => fate.old.verdict), names((fate) => fate.new.verdict)];
    const isSame = kindOf(row);
    const key = [isSame, old.join("\n"), now.join("\n")].join("\n\n");
    const pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, { old, new: now, packets: row.packets, isSame });
    else pair.packets += row.packets;
  }
  return [...pairs.values()].sort(
    (one, other) => ORDER[one.isSame] - ORDER[other.isSame] || other.packets - one.packets,
  );
}

function differencesOf({ tally, evaluator }: FamilyReplay): readonly ReplayDifference[] {
  const { numbers } = evaluator;
  const rows = [...tally.rows.values()].filter((row) => kindOf(row) !== "yes");
  return rows.map((row) => {
    const fate = row.fates.find(({ differs }) => differs !== 0)!;
    const ending = (side: SideNumber): ReplayEnding => {
      const { verdict, decider } = side === 0 ? fate.old : fate.new;
      return { verdict, decidedBy: numbers.describe(side, decider) };
    };
    return {
      packets: row.packets,
      isCertain: kindOf(row) === "no",
      differs: namesOf(fate.differs),
      packet: row.packet ?? {},
      old: ending(0),
      new: ending(1),
      open: row.open,
    };
  });
}

function namesOf(differs: number): readonly string[] {
  const names = [
    ["verdict", DIFFERS.VERDICT],
    ["effects", DIFFERS.EFFECTS],
    ["mark", DIFFERS.MARK],
    ["connmark", DIFFERS.CONNMARK],
  ] as const;
  return names.filter(([, bit]) => (differs & bit) !== 0).map(([name]) => name);
}

function byImportance(one: ReplayDifference, other: ReplayDifference): number {
  return Number(other.isCertain) - Number(one.isCertain) || other.packets - one.packets;
}

/** Questions of packets that fare alike whatever the answer, though not always the same way. */
function openOf(rows: readonly Row[]): readonly Counted[] {
  const counts = new Map<string, number>();
  for (const row of rows)
    if (kindOf(row) === "yes")
      for (const name of row.open) counts.set(name, (counts.get(name) ?? 0) + row.packets);
  return listOf(counts);
}

function rulesOf({ tally, evaluator }: FamilyReplay, side: SideNumber): readonly RuleCount[] {
  const rules: RuleCount[] = [];
  tally.matched[side].forEach((packets, number) => {
    const decided = tally.decided[side][number]!;
    // Nothing matches a policy but what it decides.
    if (packets > 0 || decided > 0)
      rules.push({
        ...evaluator.numbers.describe(side, number),
        packets: Math.max(packets, decided),
        decided,
      });
  });
  return rules;
}

function groupsOf({ tally }: FamilyReplay): readonly GroupCount[] {
  return [...tally.groups].map(([name, packets]) => {
    const [table = "", chain = ""] = name.split(" ");
    return { table, chain, packets };
  });
}
