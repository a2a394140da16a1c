/**
 * `--keep-chain`: chains that somebody else fills stay as they are live. In what the plan was made from, and in what it makes, their rules are replaced by those that are live, word for
 * word; chains of that name that only one side has come and go with it.
 */
import type { Chain, Ruleset } from "../model/types.ts";
import { type Encoding, lineText, makeSourceFile, type SourceFile } from "../text/source.ts";
import { anyMeans, type ChainPattern, meansChain } from "./chain-pattern.ts";
import { isSameChain, normalTable, tableNames } from "./normal-lists.ts";
import type { Refusal } from "./refusal.ts";

/** What a plan is applied to, and what it makes of it, of one family. */
export interface KeepRequest {
  /** What the plan was made from. */
  readonly input: Ruleset;
  readonly live: Ruleset;
  /** What is to be loaded. */
  readonly meant: Ruleset;
  readonly patterns: readonly ChainPattern[];
}

/** Both with the kept chains as they are live. */
export interface Kept {
  /** Texts to be read again; the files themselves where nothing is kept. */
  readonly input: SourceFile;
  readonly meant: SourceFile;
  /** The chains, in the order of the tables: all that a pattern means and that is live, in the plan, or both. */
  readonly chains: readonly { readonly table: string; readonly chain: string }[];
  /** Patterns that mean no chain. */
  readonly unused: readonly string[];
  /** Why they can't be kept; then the texts are not to be used. */
  readonly refusals: readonly Refusal[];
}

/** A table, and the names of its chains that are kept. */
interface KeptTable {
  readonly table: string;
  readonly names: readonly string[];
}

/** Keeps the chains that the patterns mean, in tables that the plan has. */
export function keepChains(request: KeepRequest): Kept {
  const { input, live, meant, patterns } = request;
  const known = new Set(input.tables.map(({ name }) => name));
  const keeping = tableNames(input, live, meant)
    .filter((name) => known.has(name))
    .map((table): KeptTable => ({ table, names: keptNames(table, request) }))
    .filter(({ names }) => names.length > 0);
  const chains = keeping.flatMap(({ table, names }) => names.map((chain) => ({ table, chain })));
  const isUsed = (pattern: ChainPattern): boolean =>
    chains.some(({ table, chain }) => meansChain(pattern, table, chain));
  return {
    input: replaceIn(input, live, keeping),
    meant: replaceIn(meant, live, keeping),
    chains,
    unused: patterns.filter((pattern) => !isUsed(pattern)).map(({ text }) => text),
    refusals: [...refuseRewritten(keeping, request), ...refuseMissing(keeping, request)],
  };
}

function keptNames(table: string, { input, live, meant, patterns }: KeepRequest): readonly string[] {
  const all = [input, live, meant].flatMap((ruleset) => chainsOf(ruleset, table).map(({ name }) => name));
  return [...new Set(all)].filter((name) => anyMeans(patterns, table, name));
}

function chainsOf({ tables }: Ruleset, name: string): readonly Chain[] {
  return tables.find((table) => table.name === name)?.chains ?? [];
}

/** A chain can't be left as it is and rewritten at once. */
function refuseRewritten(keeping: readonly KeptTable[], { input, meant }: KeepRequest): readonly Refusal[] {
  const changed = keeping.flatMap(({ table, names }) => {
    const [before, after] = [normalTable(input, table).chains, normalTable(meant, table).chains];
    const isRewritten = (name: string): boolean => {
      const [old, now] = [before.get(name), after.get(name)];
      return old === undefined || now === undefined ? old !== now : !isSameChain(old, now);
    };
    return names.filter(isRewritten).map((name) => `${table} ${name}`);
  });
  if (changed.length === 0) return [];
  const are = changed.length === 1 ? "a chain that is" : "chains that are";
  const next = "refuse the policy rules of these chains in the plan (accept: false), or don't keep them";
  return [{ message: `the plan rewrites ${are} to be kept`, details: changed, next }];
}

/** Calls of chains that would not be there: of the plan's chains by kept ones, and of chains that are gone by others. */
function refuseMissing(
  keeping: readonly KeptTable[],
  { input, meant, live }: KeepRequest,
): readonly Refusal[] {
  const callsIn = (ruleset: Ruleset): readonly string[] =>
    keeping.flatMap(({ table, names }) => {
      const others = chainsOf(ruleset, table).filter(({ name }) => !names.includes(name));
      const kept = chainsOf(live, table).filter(({ name }) => names.includes(name));
      return missingCalls([...others, ...kept]).map((call) => `${table}: ${call}`);
    });
  const details = [...new Set([input, meant].flatMap(callsIn))];
  if (details.length === 0) return [];
  const message = "kept chains and those of the plan don't fit together: they call chains that are not there";
  return [{ message, details, next: "keep these chains, too, or import what is live again" }];
}

function missingCalls(chains: readonly Chain[]): readonly string[] {
  const names = new Set(chains.map(({ name }) => name));
  return chains.flatMap(({ name, rules }) => {
    const called = rules.flatMap(({ target }) =>
      target.kind === "jump" || target.kind === "goto" ? target.chain : [],
    );
    return [...new Set(called)].filter((chain) => !names.has(chain)).map((chain) => `${name} calls ${chain}`);
  });
}

/** The text of a ruleset with the kept chains of all tables as they are live. */
function replaceIn(ruleset: Ruleset, live: Ruleset, keeping: readonly KeptTable[]): SourceFile {
  const { file } = ruleset;
  if (keeping.length === 0) return file;
  // Bytes are what counts: where one of the texts has none of UTF-8, both are written one character a byte.
  const encoding = file.encoding === live.file.encoding ? file.encoding : "latin1";
  const lines: string[] = [];
  let next = 1;
  const copyTo = (end: number, left: ReadonlySet<number> = new Set()): void => {
    for (; next < end; next += 1) if (!left.has(next)) lines.push(lineAt(file, next, encoding));
  };
  for (const { name, firstLine, lastLine, chains } of ruleset.tables) {
    const names = keeping.find(({ table }) => table === name)?.names ?? [];
    const isKept = (chain: Chain): boolean => names.includes(chain.name);
    const fresh = chainsOf(live, name).filter(isKept);
    copyTo(firstLine + 1);
    lines.push(...fresh.map(({ line }) => lineAt(live.file, line, encoding)));
    copyTo(lastLine, new Set(chains.filter(isKept).flatMap(linesOf)));
    for (const { rules } of fresh) lines.push(...rules.map(({ line }) => lineAt(live.file, line, encoding)));
  }
  copyTo(file.lineStarts.length + 1);
  return makeSourceFile(`${file.path}, with chains as they are live`, lines.join("\n"), encoding);
}

/** Lines of a chain's declaration and rules. */
function linesOf({ line, rules }: Chain): readonly number[] {
  return [line, ...rules.map((rule) => rule.line)];
}

/** Without its line end, whichever that is. */
function lineAt(file: SourceFile, line: number, encoding: Encoding): string {
  const text = lineText(file, line);
  if (file.encoding === encoding) return text;
  return String.fromCharCode(...new TextEncoder().encode(text));
}
