/**
 * The lossless tree of a save file: one node a line, every node knows its place, and the lines printed one after
 * the other are the file again, byte for byte.
 */
import type { SourceFile } from "../text/source.ts";

/** One word of a line, as iptables-restore would split it. Offsets are in the file's text, quotes included. */
export interface Word {
  /** The value: quotes and escapes resolved. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether any part stood in quotes (a quoted `!` or `-j` is a value, never an option). */
  readonly quoted: boolean;
}

/** Packet and byte counters, `[packets:bytes]`; decimal strings, since they pass 2^53. */
export interface Counters {
  readonly packets: string;
  readonly bytes: string;
}

interface NodeBase {
  /** From 1. */
  readonly line: number;
  /** Offsets of the line in the file's text; `end` is before the line end (`\n` or `\r\n`). */
  readonly start: number;
  readonly end: number;
}

/** An empty line, or one of blanks only. */
export interface BlankNode extends NodeBase {
  readonly kind: "blank";
}

/** A `#` line. */
export interface CommentNode extends NodeBase {
  readonly kind: "comment";
}

/** `*filter` */
export interface TableNode extends NodeBase {
  readonly kind: "table";
  readonly name: Word;
}

/** `:INPUT ACCEPT [0:0]`, `:chain - [0:0]` */
export interface ChainNode extends NodeBase {
  readonly kind: "chain";
  readonly name: Word;
  /** `ACCEPT`, `DROP` or `-`. */
  readonly policy: Word;
  readonly counters: Counters | null;
}

/** `[0:0] -A INPUT …` */
export interface RuleNode extends NodeBase {
  readonly kind: "rule";
  readonly chain: Word;
  readonly counters: Counters | null;
  /** Offset behind the chain's name. The words from there on (`ruleWords`) are not kept: they would be most of a large file's memory. */
  readonly wordsAt: number;
}

/** `COMMIT` */
export interface CommitNode extends NodeBase {
  readonly kind: "commit";
}

/** A line that is none of the others; it has at least one error in the parser's diagnostics. */
export interface BrokenNode extends NodeBase {
  readonly kind: "broken";
  /** What the line is a rule of, where it is a rule that is broken beside or behind its chain's name. */
  readonly rule?: RuleNode;
}

export type Node = BlankNode | CommentNode | TableNode | ChainNode | RuleNode | CommitNode | BrokenNode;

/** A whole file: its nodes in order, one for each line (an empty last line after the final line end has none). */
export interface Tree {
  readonly file: SourceFile;
  readonly nodes: readonly Node[];
}
