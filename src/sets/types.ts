/**
 * What an ipset save file says: the sets by name, and of sets of addresses their members.
 */
import type { AddressRange, Family } from "../model/types.ts";
import type { Piece } from "../syntax/report.ts";
import type { SourceFile } from "../text/source.ts";

interface SetBase {
  readonly name: string;
  /** Of its addresses; null where it holds none, or sets. */
  readonly family: Family | null;
  /** As the file writes it, `hash:net`. */
  readonly type: string;
  /** The words of its `create` line. */
  readonly place: Piece;
}

/** hash:ip, hash:net, bitmap:ip: what it answers depends on one address alone. */
export interface AddressSet extends SetBase {
  readonly kind: "addresses";
  readonly family: Family;
  /** Addresses that it matches: ascending, disjoint, none next to another. */
  readonly ranges: readonly AddressRange[];
  /** Its entries as iptables-save prints addresses, in file order, each once; null where some are no prefixes that add to it. */
  readonly prefixes: readonly string[] | null;
}

/** list:set: it matches what one of its members matches. */
export interface ListSet extends SetBase {
  readonly kind: "list";
  readonly members: readonly string[];
}

/** A set about which an address does not decide, or not for long; its matches stay texts. */
export interface OtherSet extends SetBase {
  readonly kind: "other";
  /** Such as `its members time out`, the end of a sentence. */
  readonly why: string;
}

export type IpSet = AddressSet | ListSet | OtherSet;

/** All sets of a file. */
export interface SetFile {
  readonly file: SourceFile;
  /** In file order. */
  readonly sets: ReadonlyMap<string, IpSet>;
}

/** One entry of a set of addresses. Both ends inclusive. */
export interface Block {
  readonly first: bigint;
  readonly last: bigint;
  /** Whether addresses in it are no members, unless a smaller block says otherwise; hash:net only. */
  readonly nomatch: boolean;
}

/** A set of addresses before its entries are read. */
export interface AddressSetHead extends SetBase {
  readonly kind: "addresses";
  readonly family: Family;
  readonly method: "hash:ip" | "hash:net" | "bitmap:ip";
  /** Length of the prefix that is looked at; all bits where the line names none. */
  readonly netmask: number;
  /** Addresses that it can hold; bitmap:ip only. */
  readonly range: Pick<Block, "first" | "last"> | null;
}

/** What a `create` line says. */
export type SetHead = AddressSetHead | Omit<ListSet, "members"> | OtherSet;
