/**
 * Do planted groups come back? On rulesets with a truth file: of the address groups used by two policies or more, at least 80 % are found with
 * exactly their members.
 */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findGroups } from "../src/cluster/find.ts";
import type { CorpusFile } from "./support/corpus.ts";
import { listOwnCorpus, listSharedCorpus, readCorpusFile } from "./support/corpus.ts";
import { DEFAULT_CLUSTER_OPTIONS, importOrThrow } from "./support/pipeline.ts";
import { readTruth, type TruthGroup } from "./support/truth.ts";

/** Least share of the groups. */
const WANTED = 0.8;

const truthPath = (file: CorpusFile) => file.path.replace(/\.rules$/, ".truth.json");
/** office-60 is there for the opposite: so small that no group pays. */
const isMeasured = ({ name }: CorpusFile) =>
  /^corpus\/generated\/(?!office-60)/.test(name) || /^shared\/generated\/flat-1k-.*\.rules$/.test(name);
const files = [...listOwnCorpus(), ...listSharedCorpus()].filter(
  (file) => isMeasured(file) && existsSync(truthPath(file)),
);

/** Axis and members, whatever their order. */
function keyOf(axis: string, members: readonly string[]): string {
  return [axis, ...[...members].sort()].join(" ");
}

/** Names and members of planted groups with all their uses; a group used on both axes counts once, and is found where it is found on one. */
function mergeAxes(groups: readonly TruthGroup[]): readonly (readonly TruthGroup[])[] {
  const byName = new Map<string, readonly TruthGroup[]>();
  for (const group of groups) byName.set(group.name, [...(byName.get(group.name) ?? []), group]);
  return [...byName.values()].filter((uses) => uses.reduce((sum, { usedBy }) => sum + usedBy.length, 0) >= 2);
}

describe("planted address groups", () => {
  test("are there to be found", () => {
    expect(files.length).toBeGreaterThanOrEqual(5);
  });

  test.each(files)("$name: come back with exactly their members", (file) => {
    const ruleset = importOrThrow(readCorpusFile(file), file.family);
    const { products } = findGroups(ruleset, DEFAULT_CLUSTER_OPTIONS);
    const found = new Set(
      products.flatMap(({ sets }) => sets.map(({ axis, members }) => keyOf(axis, members))),
    );
    const wanted = mergeAxes(readTruth(truthPath(file)).addressGroups).filter(
      ([first]) => first!.members.length >= 2,
    );
    const missed = wanted.filter(
      (uses) => !uses.some(({ axis, members }) => found.has(keyOf(axis, members))),
    );
    const share = 1 - missed.length / wanted.length;
    console.info(
      `${file.name}: ${wanted.length - missed.length} of ${wanted.length} planted address groups (${(100 * share).toFixed(0)} %)`,
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(share, `missed: ${missed.map(([first]) => first!.name).join(", ")}`).toBeGreaterThanOrEqual(
      WANTED,
    );
  });
});
