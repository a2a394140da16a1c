/** For each code about marks of others and traffic, the least that yields it. */
import { readTraffic } from "../../src/cost/traffic/read-traffic.ts";
import { readMarks } from "../../src/import/marks/read-marks.ts";
import type { MARK_CODES } from "../../src/text/codes-marks.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { findGroups } from "../../src/cluster/find.ts";
import { makePlan } from "../../src/plan/make.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { FLAT } from "../cli/rulesets.ts";
import { readRuleset } from "../support/small-tables.ts";

const marks = (text: string) => () => readMarks(makeSourceFile("marks.txt", text), "any").diagnostics;

/** The record's type demands one for every code. */
export const MARK_CODE_EXAMPLES: Readonly<Record<keyof typeof MARK_CODES, () => readonly Diagnostic[]>> = {
  TRAFFIC_NOT_READ: () =>
    readTraffic(makeSourceFile("traffic.txt", "12 in=eth0 src=10.0.0.300 proto=tcp\n"), "v4").diagnostics,
  MARKS_NOT_READ: marks("100:\tfrom all fwmark red lookup 100\n"),
  MARKS_OF_WHAT: marks("hello\n"),
  MARK_BITS_RESERVED: () => {
    const options = { keepChains: [], rewriteChains: [], markRoom: 0x10 };
    const clustering = findGroups(readRuleset(FLAT, "v4"), options);
    return makePlan([{ path: "old.rules", digest: "sha256:0", clustering }], options).diagnostics;
  },
};
