/**
 * Every "different" of the proof has a packet, and the kernel treats that packet differently too, in the way that the witness says; and what the proof calls equal,
 * the kernel treats the same. Rewritten rulesets with one change each; at length: MARKIFY_SEED=… MARKIFY_EFFORT=20 npx vitest run test/kernel/witnesses.test.ts
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { CUT_BEHIND_TRACKING } from "../../src/verify/kernel/request.ts";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import type { Backend } from "../../src/verify/kernel/types.ts";
import { hashText, mix, Random } from "../../src/verify/sample/random.ts";
import { verify } from "../../src/verify/verify.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { everyProduct } from "../support/every-product.ts";
import { makeMutator, type Mutant } from "../support/mutate.ts";
import { runPipeline } from "../support/pipeline.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { NO_OPTIONS, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { witnessesOf } from "./differences.ts";
import { describeKernel } from "./harness.ts";
import { makeLoadable } from "./replacements.ts";
import { ANSWERS_CHANGE } from "./telling.ts";
import { WitnessBench } from "./witness-bench.ts";

/** A ruleset, and the text of its rewritten form. */
interface Rewrite {
  readonly name: string;
  readonly old: Ruleset;
  readonly text: string;
  readonly mutants: number;
}

const FILES = /^corpus\/(?:example|generated\/(?:office-60|dmz-1k)|kernel\/.*)\.rules$/;
const RANDOM_TABLES = 8;

function* corpusRewrites(): Generator<Rewrite> {
  for (const file of listOwnCorpus().filter(({ name }) => FILES.test(name))) {
    const source = readCorpusFile(file);
    const old = readRuleset(makeLoadable(source.text), file.family, "old.rules");
    const text = makeLoadable(runPipeline(source, file.family).text);
    yield { name: file.name, old, text, mutants: (file.name.includes("dmz-1k") ? 2 : 3) * EFFORT };
  }
}

function* randomRewrites(): Generator<Rewrite> {
  for (const family of ["v4", "v6"] as const) {
    const texts = fc.sample(randomFilter(family, "stateless"), { numRuns: RANDOM_TABLES, seed: SEED });
    for (const [at, text] of texts.entries()) {
      // The same packets are short ones in IPv6, with a header of 20 bytes more.
      const source = family === "v4" ? text : text.replaceAll("--length 0:41", "--length 0:61");
      const old = readRuleset(source, family, "old.rules");
      const clustering = everyProduct(old);
      const { plan } = makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS);
      yield {
        name: `random ${family} ${at}`,
        old,
        text: rewriteOf(old, plan).text,
        mutants: 4 * EFFORT,
      };
    }
  }
}

/** A mutant that is no other ruleset, under both backends or under one. */
interface Equal {
  readonly old: Ruleset;
  readonly now: Ruleset;
  readonly mutant: Mutant;
  readonly backend: Backend | null;
}

/** What became of all mutants. */
class Counts {
  equal = 0;
  unknown = 0;
  refused = 0;
  different = 0;
  witnesses = 0;
  confirmed = 0;
  /** Witnesses of mutants that no backend loads which treats their packets differently. */
  readonly unloadable: Record<string, number> = {};
  /** Confirmed ones by how the tables were loaded. */
  readonly loaded: Record<string, number> = {};
  readonly unshown: Record<string, number> = {};
  readonly ways: Record<string, number> = {};
  readonly contradictions: string[] = [];

  add(counts: Record<string, number>, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }
}

/** Why a difference may rest on packets that the bench can't make: this host's own, and answers of matches that are not modelled which no stand-in gives. */
const EXPLAINED: readonly string[] = [CUT_BEHIND_TRACKING, ANSWERS_CHANGE];

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function readMutant(text: string, family: Family): Ruleset | null {
  try {
    return readRuleset(text, family, "new.rules");
  } catch {
    return null;
  }
}

const shorten = (mutant: Mutant) => `${mutant.kind}: ${mutant.was} -> ${mutant.is}`;

/** Judges mutants of one ruleset; gives those that are equal. */
async function judgeRewrite(
  rewrite: Rewrite,
  bench: WitnessBench,
  counts: Counts,
): Promise<readonly Equal[]> {
  const { old, text, mutants, name } = rewrite;
  const random = new Random(mix(SEED, hashText(name)));
  const draw = makeMutator(text);
  const equal: Equal[] = [];
  for (let number = 0; number < mutants; number++) {
    const mutant = draw(random);
    const now = readMutant(mutant.text, old.family);
    if (now === null) {
      counts.refused++;
      continue;
    }
    // Every other mutant as nft has it; the others as the proof likes, which is rather legacy.
    const options = { packets: 50, seed: SEED, backend: number % 2 === 0 ? null : ("nft" as const) };
    const { result } = await verify(old, now, options, { clock: () => performance.now() });
    counts[result]++;
    if (result === "equal") equal.push({ old, now, mutant, backend: options.backend });
    if (result !== "different") continue;
    const found = await witnessesOf(old, now, options);
    expect(found.length, shorten(mutant)).toBeGreaterThan(0);
    for (const variants of found) {
      const { changed, hook } = variants[0]!;
      counts.witnesses++;
      const said = await bench.confirm(variants);
      const place = `${name}, ${shorten(mutant)}, ${changed.table.name} ${hook.name}`;
      if (said.kind === "refused") counts.add(counts.unloadable, said.backends.join(" and "));
      if (said.kind === "unshown") {
        counts.add(counts.unshown, said.reason);
        console.log(`unshown: ${said.reason}: ${place}`);
      }
      if (said.kind === "confirmed") {
        counts.confirmed++;
        counts.add(counts.loaded, said.way);
        for (const way of said.differs) counts.add(counts.ways, way);
      }
      if (said.kind === "contradicted") counts.contradictions.push(`${place}\n${said.shown}`);
    }
  }
  return equal;
}

/** 200 packets through two rulesets that are proved equal. */
async function expectEqual(old: Ruleset, now: Ruleset, backend: Backend, shown: string): Promise<number> {
  const { ownBits } = await verify(old, now, { packets: 0 });
  const [report] = await checkInKernel(old, now, { backends: [backend], packets: 200, seed: SEED, ownBits });
  expect(report!.failure, shown).toBeUndefined();
  expect(report!.differences, shown).toEqual([]);
  return report!.sent;
}

describeKernel(`witnesses in the kernel (seed ${SEED})`, () => {
  const kinds = { corpus: corpusRewrites, random: randomRewrites };

  test.each(Object.entries(kinds))("%s", async (kind, rewrites) => {
    const bench = new WitnessBench();
    const counts = new Counts();
    const equal: Equal[] = [];
    try {
      for (const rewrite of rewrites()) {
        equal.push(...(await judgeRewrite(rewrite, bench, counts)));
      }
    } finally {
      await bench.close();
    }
    let packets = 0;
    const tried = equal.slice(0, 6 * EFFORT);
    for (const [at, { old, now, mutant, backend }] of tried.entries()) {
      const either = at % 2 === 0 ? "legacy" : "nft";
      packets += await expectEqual(old, now, backend ?? either, shorten(mutant));
    }
    const { contradictions, ...numbers } = counts;
    console.log(`witnesses ${kind} ${JSON.stringify({ ...numbers, triedEqual: tried.length, packets })}`);
    expect(contradictions.length, contradictions.join("\n\n")).toBe(0);
    const unexplained = Object.entries(counts.unshown).filter(([reason]) => !EXPLAINED.includes(reason));
    // A busy machine may lose packets.
    expect(total(Object.fromEntries(unexplained)), JSON.stringify(unexplained)).toBeLessThan(
      1 + 0.005 * counts.witnesses,
    );
    expect(counts.confirmed).toBeGreaterThan(0.98 * counts.witnesses);
    expect(counts.witnesses).toBeGreaterThan(20);
    expect(packets).toBeGreaterThan(100 * tried.length);
  });
});
