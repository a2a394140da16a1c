/**
 * What the page's pictures are drawn from: each rule of an input by what it asks, and who jumps where, before and after. Lists of numbers
 * and one list of words: a ruleset of ten thousand rules has few words.
 */
import { makeServiceToken } from "../cluster/features.ts";
import { readsHeader } from "../cluster/header-profile.ts";
import { importRuleset } from "../import/import.ts";
import type { Match, Rule, Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { makeSourceFile } from "../text/source.ts";

/** The rules of an input in file order; all lists but the first two have a number for each rule. */
export interface RuleColumns {
  /** Chains that have rules. */
  readonly chains: readonly { readonly table: string; readonly chain: string }[];
  /** Each once; the first is empty: what a rule does not ask. */
  readonly words: readonly string[];
  /** From 1. */
  readonly line: readonly number[];
  /** Index in `chains`. */
  readonly chain: readonly number[];
  /** Indices in `words`, of what members of groups are called; `! 10.1.0.0/16` for what must not be. */
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly service: readonly number[];
  readonly in: readonly number[];
  readonly out: readonly number[];
  /** All that is left of the rule but comments: other matches, then the target. */
  readonly says: readonly number[];
}

/** A chain and where it leads. */
export interface ChainNode {
  readonly table: string;
  readonly chain: string;
  /** Of base chains. */
  readonly policy: string | null;
  readonly rules: number;
  /** In the order of the rules that go there first, each chain once. */
  readonly jumps: readonly { readonly to: string; readonly rules: number; readonly isGoto: boolean }[];
}

/** What pictures need of one input. */
export interface PictureData {
  readonly rules: RuleColumns;
  /** Chains in file order. */
  readonly chains: { readonly old: readonly ChainNode[]; readonly new: readonly ChainNode[] };
}

/** Reads it. */
export function makePictureData(rewritten: Rewritten): PictureData {
  const { ruleset } = rewritten;
  const old = readChains(ruleset);
  return {
    rules: readColumns(ruleset),
    chains: { old, new: rewritten.changed ? readChains(readNew(rewritten)) : old },
  };
}

/** The new lines, read as any file is. */
function readNew({ ruleset: old, lines }: Rewritten): Ruleset {
  const file = makeSourceFile("new ruleset", lines.map(({ text }) => text).join("\n"), old.file.encoding);
  const { ruleset } = importRuleset(file, { family: old.family, keepUnparsed: countUnparsed(old) > 0 });
  if (ruleset === null) throw new InternalError("the new lines can't be read");
  return ruleset;
}

/** Words by their numbers. */
class Words {
  readonly list = [""];
  readonly #numbers = new Map([["", 0]]);

  numberOf(word: string): number {
    let number = this.#numbers.get(word);
    if (number === undefined) {
      number = this.list.length;
      this.#numbers.set(word, number);
      this.list.push(word);
    }
    return number;
  }
}

/** What a rule asks, by column. */
type Said = Readonly<Record<"source" | "destination" | "service" | "in" | "out" | "says", string>>;

function readColumns({ tables }: Ruleset): RuleColumns {
  const words = new Words();
  const chains: { table: string; chain: string }[] = [];
  const rows = tables.flatMap((table) =>
    table.chains.flatMap(({ name, rules }) => {
      if (rules.length === 0) return [];
      const chain = chains.push({ table: table.name, chain: name }) - 1;
      return rules.map((rule) => ({ line: rule.line, chain, said: readRule(rule) }));
    }),
  );
  rows.sort((one, other) => one.line - other.line);
  const column = (name: keyof Said) => rows.map(({ said }) => words.numberOf(said[name]));
  return {
    chains,
    words: words.list,
    line: rows.map(({ line }) => line),
    chain: rows.map(({ chain }) => chain),
    source: column("source"),
    destination: column("destination"),
    service: column("service"),
    in: column("in"),
    out: column("out"),
    says: column("says"),
  };
}

function readRule({ matches, target }: Rule): Said {
  const protocol = matches.find(({ kind }) => kind === "protocol") ?? null;
  const service = makeServiceToken(protocol, matches.filter(readsHeader));
  const asked = matches.flatMap((match): readonly (readonly [Place | "says", string])[] => {
    if (match.kind === "comment") return [];
    if (service !== null && (match === protocol || readsHeader(match))) return [];
    const places = readPlaces(match);
    return places.length > 0 ? places : [["says", match.text]];
  });
  const join = (name: Place | "says", between: string) =>
    asked.flatMap(([place, text]) => (place === name ? [text] : [])).join(between);
  return {
    source: join("source", " and "),
    destination: join("destination", " and "),
    service: service?.key ?? "",
    in: join("in", " and "),
    out: join("out", " and "),
    says: [join("says", " "), target.text].filter((text) => text !== "").join(" "),
  };
}

type Place = "source" | "destination" | "in" | "out";

/** Which addresses or interfaces a match asks for, in the words of groups; empty: it asks for something else. */
function readPlaces(match: Match): readonly (readonly [place: Place, text: string])[] {
  switch (match.kind) {
    case "source":
    case "destination":
    case "in":
    case "out":
      return [[match.kind, match.text.replace(/^(! )?-\w /, "$1")]];
    case "iprange":
      return readSides(match.text, /(! )?--(?<side>src|dst)-range (?<what>\S+)/g);
    case "addressSet":
    case "opaque":
      return readSides(match.text, /^-m set (! )?--match-(?<what>set \S+) (?<side>src|dst)$/g);
    default:
      return [];
  }
}

function readSides(text: string, form: RegExp): readonly (readonly [place: Place, text: string])[] {
  return [...text.matchAll(form)].map(({ 1: not = "", groups }) => {
    const { side, what } = groups as { side: string; what: string };
    return [side === "src" ? "source" : "destination", `${not}${what}`];
  });
}

function readChains({ tables }: Ruleset): readonly ChainNode[] {
  return tables.flatMap((table) =>
    table.chains.map(({ name, policy, rules }) => ({
      table: table.name,
      chain: name,
      policy,
      rules: rules.length,
      jumps: countJumps(rules),
    })),
  );
}

function countJumps(rules: readonly Rule[]): ChainNode["jumps"] {
  const found = new Map<string, { to: string; rules: number; isGoto: boolean }>();
  for (const { target } of rules) {
    if (target.kind !== "jump" && target.kind !== "goto") continue;
    const jump = found.get(target.chain);
    if (jump === undefined)
      found.set(target.chain, { to: target.chain, rules: 1, isGoto: target.kind === "goto" });
    else {
      jump.rules += 1;
      jump.isGoto &&= target.kind === "goto";
    }
  }
  return [...found.values()];
}
