/**
 * Whoever reads the mark as a whole, or hands the packet on, does so while own bits are 0: every rule that a packet can meet in a rewritten ruleset is walked with every
 * value that own bits can have there.
 */
import { describe, expect, test } from "vitest";
import type { Chain, Match, Rule, Ruleset, Table } from "../../src/model/types.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { importRewritten, runPipeline } from "../support/pipeline.ts";
import { filterTable, product, readRuleset, rewriteText } from "../support/small-tables.ts";

type Values = ReadonlySet<number>;

/** The walk through one table; a class because it guards what it found. */
class OwnBitsWalk {
  /** Rules that meet a packet with own bits and must not. */
  readonly faults: string[] = [];
  /** Rules that read the whole mark or end the walk, and that were met. */
  readonly readers = new Set<Rule>();
  readonly #own: number;
  readonly #chains: ReadonlyMap<string, Chain>;

  constructor(table: Table, own: number) {
    this.#own = own;
    this.#chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  }

  /** Values that come out at the chain's end or by RETURN. */
  chain(name: string, entering: Values): Values {
    const out = new Set<number>();
    let values = entering;
    for (const rule of this.#chains.get(name)!.rules) {
      const { matching, passing } = this.#test(rule, values);
      const after = this.#target(rule, matching, out);
      values = new Set([...passing, ...after]);
    }
    for (const value of values) out.add(value);
    return out;
  }

  /** The values of packets that a rule can match, and of those that it can miss. */
  #test(rule: Rule, values: Values): { matching: Values; passing: Values } {
    let matching = values;
    let isSure = true;
    const passing = new Set<number>();
    for (const match of rule.matches) {
      if (match.kind === "comment") continue;
      if (match.kind === "mark" && (match.mask & ~this.#own) === 0) {
        const isTrue = (value: number) => ((value & match.mask) >>> 0 === match.value) !== match.negated;
        for (const value of matching) if (!isTrue(value)) passing.add(value);
        matching = new Set([...matching].filter(isTrue));
        continue;
      }
      if (readsWhole(match, this.#own)) this.#mustBeClear(rule, matching);
      isSure = false;
    }
    if (!isSure) for (const value of matching) passing.add(value);
    return { matching, passing };
  }

  /** The values of packets that go on to the next rule. */
  #target(rule: Rule, values: Values, out: Set<number>): Values {
    const { target } = rule;
    switch (target.kind) {
      case "none":
        return values;
      case "mark":
        return new Set(
          [...values].map((value) => (((value & ~target.clear) ^ target.flip) & this.#own) >>> 0),
        );
      case "jump":
        return values.size === 0 ? values : this.chain(target.chain, values);
      case "goto":
        for (const value of values.size === 0 ? [] : this.chain(target.chain, values)) out.add(value);
        return new Set();
      case "verdict":
        if (target.verdict === "RETURN") for (const value of values) out.add(value);
        else if (target.verdict !== "DROP") this.#mustBeClear(rule, values);
        return new Set();
      default:
        this.#mustBeClear(rule, values);
        return target.kind === "extension" && target.ends === "always" ? new Set() : values;
    }
  }

  #mustBeClear(rule: Rule, values: Values): void {
    if (values.size > 0) this.readers.add(rule);
    if ([...values].some((value) => value !== 0)) this.faults.push(rule.text);
  }
}

/** A match that tells own bits from others, or that nobody knows. */
function readsWhole(match: Match, own: number): boolean {
  return (match.kind === "mark" && (match.mask & own) !== 0) || match.kind === "opaque";
}

/** Walks all base chains; packets come in without own bits, and leave so. */
function walk(ruleset: Ruleset, own: number) {
  const faults: string[] = [];
  let readers = 0;
  for (const table of ruleset.tables) {
    const one = new OwnBitsWalk(table, own);
    for (const { name, policy } of table.chains) {
      if (policy === null) continue;
      const left = one.chain(name, new Set([0]));
      if ([...left].some((value) => value !== 0)) faults.push(`${table.name} ${name} leaves bits`);
    }
    faults.push(...one.faults);
    readers += one.readers.size;
  }
  return { faults, readers };
}

const HOSTS = [1, 2, 3, 4, 5, 6];
const SOURCES = HOSTS.map((host) => `-s 10.0.1.${host}/32`);
const TARGETS = HOSTS.map((host) => `-d 10.9.0.${host}/32`);
const PORTS = [22, 80, 443];

/** Places of a match that reads the whole mark. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  "before the ports": PORTS.map((port) => `-p tcp -m mark --mark 0x100 -m tcp --dport ${port}`),
  "behind the ports": PORTS.map((port) => `-p tcp -m tcp --dport ${port} -m mark ! --mark 0x100`),
  "in front": PORTS.map((port) => `-m mark --mark 0x0 -p tcp -m tcp --dport ${port}`),
  nowhere: PORTS.map((port) => `-p tcp -m tcp --dport ${port}`),
};

const ENDS = [
  "-j ACCEPT",
  "-j RETURN",
  "-j REJECT --reject-with icmp-port-unreachable",
  "-j NFQUEUE --queue-num 1",
];

describe("readers of the whole mark meet no own bits", () => {
  for (const [place, services] of Object.entries(FORMS)) {
    test.each(ENDS)(`a test ${place}: %s`, (end) => {
      const { rewritten, new: now } = rewriteText(
        filterTable(product("-A FORWARD", SOURCES, TARGETS, services, end)),
        "v4",
      );
      expect(rewritten.changed).toBe(true);
      const { faults, readers } = walk(now, rewritten.ownBits);
      expect(faults).toEqual([]);
      if (end !== "-j RETURN" || place !== "nowhere") expect(readers).toBeGreaterThan(0);
    });
  }

  test("what saves the mark to the connection", () => {
    const flat = filterTable(product("-A FORWARD", SOURCES, TARGETS, FORMS.nowhere!, "-j ACCEPT"));
    const saves = "-A FORWARD -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff\n";
    const text = flat.replace("-A FORWARD", `${saves}-A FORWARD`).replace("COMMIT", `${saves}COMMIT`);
    const { rewritten, new: now } = rewriteText(text, "v4");
    expect(rewritten.changed).toBe(true);
    const { faults, readers } = walk(now, rewritten.ownBits);
    expect(faults).toEqual([]);
    expect(readers).toBeGreaterThanOrEqual(3);
  });

  test.each(listOwnCorpus().filter(({ name }) => !/campus-10k|article/.test(name)))("$name", (file) => {
    const run = runPipeline(readCorpusFile(file), file.family);
    if (!run.rewritten.changed) return;
    expect(walk(importRewritten(run), run.rewritten.ownBits).faults).toEqual([]);
  });
});

test("the walk sees what is wrong: bits left at a verdict, at the end, and before a test of the whole mark", () => {
  const { rewritten, text } = rewriteText(
    filterTable(product("-A FORWARD", SOURCES, TARGETS, FORMS["behind the ports"]!, "-j ACCEPT")),
    "v4",
  );
  const broken = (from: RegExp, to: string) => {
    expect(text).toMatch(from);
    return walk(readRuleset(text.replace(from, to), "v4"), rewritten.ownBits).faults;
  };
  const verdict = /-A (R-\S+) -j MARK --set-xmark 0x0\/0x7\n/;
  // The whole mark is tested in the verdict's own line, and who does not match it comes to the end.
  const line = expect.stringMatching(/^-A R-\S+ -p tcp -m mark ! --mark 0x100 -j ACCEPT$/);
  expect(broken(verdict, "")).toEqual(["filter FORWARD leaves bits", line, line]);
  expect(broken(/-g M-CLEAR/, "-j RETURN")).toEqual(["filter FORWARD leaves bits"]);
});
