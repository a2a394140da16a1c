/**
 * The certificate never says "equal" of programs of mark groups that diagrams tell apart.
 *
 * Each program stands beside what the certificate itself reads in it, printed as flat rules; that list beside itself with rules swapped; and the program beside others, one or two
 * edits away. Diagrams judge; brute force judges them (test/verify/enumerate.test.ts).
 */
import { expect, test } from "vitest";
import type { Ruleset } from "../../../src/model/types.ts";
import { pairTables } from "../../../src/verify/pairs.ts";
import { Random } from "../../../src/verify/sample/random.ts";
import { type CertificateSettings, certify } from "../../../src/verify/symbolic/certificate/certify.ts";
import { SAME } from "../../../src/verify/symbolic/compare.ts";
import { TableProof } from "../../../src/verify/symbolic/table-proof.ts";
import { EFFORT, SEED } from "../../support/seed.ts";
import { rulesetOf } from "../samples.ts";
import { choose, printTable, type SmallRule, type SmallTable, withRules } from "../small/tables.ts";
import { flatCells } from "./flat-cells.ts";
import { editProgram } from "./group-edits.ts";
import { hookOf, randomProgram } from "./group-programs.ts";
import { type GroupWords, randomWords } from "./group-words.ts";
import { NO_BUDGET, SETTINGS } from "./proofs.ts";

interface Counts {
  certified: number;
  /** Equal, and the certificate does not know it. */
  missed: number;
  different: number;
  /** iptables would not take one side: a cell with two sources is no rule. */
  refused: number;
}

const none = (): Counts => ({ certified: 0, missed: 0, different: 0, refused: 0 });

/** Longer lists take long to judge, and what is wrong with them is wrong with short ones. */
const MOST_CELLS = 60;

/** A program, and what is assumed where it is judged. */
interface Subject {
  readonly words: GroupWords;
  readonly program: SmallTable;
  readonly settings: CertificateSettings;
}

function randomSubject(random: Random): Subject {
  const words = randomWords(random);
  let program = randomProgram(words, random);
  for (let edits = choose(random, [0, 0, 1, 1, 2]); edits > 0; edits--)
    program = editProgram(program, words, random);
  const [low, middle, high] = words.bits as [number, number, number];
  // Seldom only some bits of groups are own bits, or none.
  const all = low | middle | high;
  const ownBits = choose(random, [all, all, all, all, low | middle, middle | high, 0]) >>> 0;
  return { words, program, settings: { ownBits, anyMark: random.percent(40), counters: random.percent(10) } };
}

function read(table: SmallTable, { family }: GroupWords): Ruleset | null {
  try {
    return rulesetOf(printTable(table), family);
  } catch {
    return null;
  }
}

/** Holds the certificate of two tables to the diagrams; whether it says that they are equal. */
function judge(before: SmallTable, after: SmallTable, { words, settings }: Subject, counts: Counts): boolean {
  const [old, now] = [read(before, words), read(after, words)];
  if (old === null || now === null) {
    counts.refused++;
    return false;
  }
  const { pair } = pairTables(old, now)[0]!;
  const hook = hookOf(words);
  const isCertified = certify(pair, hook, settings, () => {});
  const proof = new TableProof(pair, { ...SETTINGS, ...settings }, NO_BUDGET);
  const isSame = proof.differences(hook, settings.anyMark).node === SAME;
  const show = `${words.family} ${JSON.stringify(settings)}\n${printTable(before)}---\n${printTable(after)}`;
  if (isCertified) expect(isSame, show).toBe(true);
  // Both at once are both of them.
  const other = certify(pair, hook, { ...settings, anyMark: !settings.anyMark }, () => {});
  const both = certify(pair, hook, { ...settings, anyMark: false, alsoAnyMark: true }, () => {});
  expect(both, show).toBe(isCertified && other);
  counts[isCertified ? "certified" : isSame ? "missed" : "different"]++;
  return isCertified;
}

/** Whether a rule that is no clearing asks for one of several bits. */
function asksAny(program: SmallTable): boolean {
  return program.chains.some(({ rules }) =>
    rules.some(
      ({ matches, target }) =>
        !target.startsWith("-j MARK") && matches.some((match) => /! --mark 0x0/.test(match)),
    ),
  );
}

/** A few rules change places, mostly neighbours. */
function shuffle(rules: readonly SmallRule[], random: Random): readonly SmallRule[] {
  const shuffled = [...rules];
  for (let swaps = random.between(1, 3); swaps > 0; swaps--) {
    const one = random.below(shuffled.length - 1);
    const other = random.percent(70) ? one + 1 : random.below(shuffled.length);
    [shuffled[one], shuffled[other]] = [shuffled[other]!, shuffled[one]!];
  }
  return shuffled;
}

test("programs of mark groups", { timeout: 600_000 * EFFORT }, () => {
  const counts = { flat: none(), shuffled: none(), edited: none() };
  let unlisted = 0;
  let anyOfSeveral = 0;
  for (let number = 0; number < 1200 * EFFORT; number++) {
    const random = new Random(SEED * 1_000_003 + number);
    const subject = randomSubject(random);
    const { words, program, settings } = subject;
    const hook = hookOf(words);
    const table = read(program, words)?.tables[0];
    const rules = table === undefined ? null : flatCells(table, words.family, hook, settings);
    // Without a list nothing is certified.
    if (rules === null) {
      unlisted++;
      continue;
    }
    const flat = { ...program, chains: [{ ...program.chains[0]!, rules }] };
    const isCertified = rules.length <= MOST_CELLS && judge(flat, program, subject, counts.flat);
    if (isCertified && asksAny(program)) anyOfSeveral++;
    for (let times = 0; times < 2 && rules.length > 1 && rules.length <= MOST_CELLS; times++)
      judge(flat, withRules(flat, hook, shuffle(rules, random)), subject, counts.shuffled);
    for (let times = 0; times < 3; times++) {
      let other = editProgram(program, words, random);
      if (random.percent(40)) other = editProgram(other, words, random);
      judge(program, other, subject, counts.edited);
    }
  }
  console.log(JSON.stringify({ ...counts, unlisted, anyOfSeveral }));
  expect(counts.flat.certified).toBeGreaterThan(100 * EFFORT);
  expect(anyOfSeveral).toBeGreaterThan(10 * EFFORT);
  expect(counts.shuffled.certified).toBeGreaterThan(50 * EFFORT);
  expect(counts.shuffled.different).toBeGreaterThan(100 * EFFORT);
  expect(counts.edited.certified).toBeGreaterThan(200 * EFFORT);
  expect(counts.edited.different).toBeGreaterThan(150 * EFFORT);
});
