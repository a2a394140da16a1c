/**
 * What the save programs print of a running firewall, to its tables: each is read alone (`-t TABLE`), and a table that was cut off is none.
 */
import { outlineOf } from "../import/outline.ts";
import { checkWhole } from "../import/partial.ts";
import { importRuleset } from "../import/import.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import { decodeSource, makeSourceFile, type SourceFile } from "../text/source.ts";
import { isEmptyTable } from "./normal-lists.ts";

/** All tables of one family of a running firewall. */
export interface LiveTables {
  readonly family: Family;
  /** What was read, with all its lines; the ruleset's lines are those of `ruleset.file`. */
  readonly ruleset: Ruleset;
  /** By table, the text from `*name` to COMMIT, with the line end and with counters. */
  readonly texts: ReadonlyMap<string, string>;
  /** Names of tables that are as the kernel makes them. */
  readonly empty: readonly string[];
}

/** Tables, or why they can't be taken for the whole of the firewall. */
export interface ReadLive {
  /** Null after an error. */
  readonly live: LiveTables | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** How they are read. */
export interface LiveOptions {
  readonly family: Family;
  /** The program that printed them, for diagnostics: `iptables-nft-save -c`. */
  readonly program: string;
  /** The plan keeps rules that can't be read. */
  readonly keepUnparsed?: boolean;
}

/** What iptables-nft-save says in its own output of tables that iptables-legacy has. */
const OTHER_BACKEND = /^# Warning: ip6?tables-legacy tables present/u;

/** Reads what was printed, one output for each table, or for several; no output at all is a firewall without tables. */
export function readLiveTables(
  outputs: readonly Uint8Array[],
  { family, program, keepUnparsed = false }: LiveOptions,
): ReadLive {
  const length = outputs.reduce((sum, { length: own }) => sum + own, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const output of outputs) {
    bytes.set(output, at);
    at += output.length;
  }
  // Decoded as one: a table in another encoding than the others could not be joined with them.
  const file = decodeSource(program, bytes);
  if (file.text.trim() === "")
    return {
      live: { family, ruleset: { family, file, tables: [] }, texts: new Map(), empty: [] },
      diagnostics: [],
    };
  // That there are tables of the other backend, too, is a question of its own (refused elsewhere), and said even where those are empty.
  const outline = outlineOf(file).filter(({ text }) => !OTHER_BACKEND.test(text));
  const whole = checkWhole(file, outline, false);
  if (hasErrors(whole.diagnostics)) return { live: null, diagnostics: whole.diagnostics };
  const { ruleset, diagnostics: found } = importRuleset(file, { family, keepUnparsed });
  const diagnostics = found.map(raiseOutside);
  if (ruleset === null || hasErrors(diagnostics)) return { live: null, diagnostics };
  const texts = new Map(ruleset.tables.map((table) => [table.name, textOf(file, table)]));
  const empty = ruleset.tables.filter(isEmptyTable).map(({ name }) => name);
  return { live: { family, ruleset, texts, empty }, diagnostics };
}

/** What people paste has prompts around it; what a program prints has none, unless something went wrong. */
function raiseOutside(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === "TEXT_AROUND_DUMP" ? { ...diagnostic, severity: "error" } : diagnostic;
}

/** The lines of a table, the last one with its end. */
function textOf(
  { text, lineStarts }: SourceFile,
  { firstLine, lastLine }: { readonly firstLine: number; readonly lastLine: number },
): string {
  const cut = text.slice(lineStarts[firstLine - 1], lineStarts[lastLine] ?? text.length);
  return cut.endsWith("\n") ? cut : `${cut}\n`;
}

/** One save file of several tables' texts, in the order in which they are given. */
export function joinTables(
  name: string,
  texts: Iterable<string>,
  encoding: SourceFile["encoding"],
): SourceFile {
  return makeSourceFile(name, [...texts].join(""), encoding);
}

/** Tables of a ruleset, without some of them. */
export function withoutTables(ruleset: Ruleset, names: readonly string[]): Ruleset {
  return { ...ruleset, tables: ruleset.tables.filter(({ name }) => !names.includes(name)) };
}
