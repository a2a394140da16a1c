/**
 * What a ruleset means: tables, chains and rules with typed matches and targets.
 *
 * Everything after the parser works on these values. They are plain, read-only data; whatever markify does not
 * model is kept word for word (`opaque`), and nothing is ever left out.
 */
import type { Counters } from "../syntax/tree.ts";
import type { SourceFile } from "../text/source.ts";

/** IPv4 (iptables) or IPv6 (ip6tables). */
export type Family = "v4" | "v6";

/** The axes on which rules are grouped. A service is a protocol with its ports, icmp type or flags. */
export type Axis = "source" | "destination" | "service" | "in" | "out";

/** All axes in the order in which reports show them. */
export const AXES: readonly Axis[] = ["source", "destination", "service", "in", "out"];

/** What axes are called. */
export const AXIS_WORDS: Readonly<Record<Axis, string>> = {
  source: "source",
  destination: "destination",
  service: "service",
  in: "in-interface",
  out: "out-interface",
};

/** An address with a mask: both are 1 (v4) or 4 (v6) unsigned 32-bit words, most significant first; address & ~mask is 0. */
export interface AddressMask {
  readonly address: readonly number[];
  readonly mask: readonly number[];
  /** Length of the prefix, or null for a mask that is not contiguous. */
  readonly prefix: number | null;
}

/** Both ends inclusive; the same words as in an AddressMask. */
export interface AddressRange {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Port numbers, both ends inclusive; an inverted range (`60000:29`) is kept and matches nothing. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `--dport 80`, `! --sport 1:1023`. */
export interface PortTest {
  readonly negated: boolean;
  readonly range: PortRange;
}

/** Bits of ctstate in a `CtstateMatch`. */
export const CTSTATE = {
  INVALID: 1,
  ESTABLISHED: 2,
  RELATED: 4,
  NEW: 8,
  UNTRACKED: 16,
  SNAT: 32,
  DNAT: 64,
} as const;

interface MatchBase {
  /**
   * The match as iptables-save prints it, `!` first: `-s 10.0.0.0/8`, `! -i eth0`, `-m tcp --dport 22`, `-m conntrack --ctstate NEW`.
   * Values that iptables would refuse stand as the user wrote them.
   */
  readonly text: string;
}

/** `-s`/`-d`. Tested before everything else in a rule. */
export interface AddressMatch extends MatchBase {
  readonly kind: "source" | "destination";
  readonly negated: boolean;
  /** Null where the value is no address (a host name, an anonymised one): then the text alone is known. */
  readonly address: AddressMask | null;
}

/** `-i`/`-o`; a name that ends in `+` matches every name with that prefix, `+` alone every name, the empty one too. */
export interface InterfaceMatch extends MatchBase {
  readonly kind: "in" | "out";
  readonly negated: boolean;
  readonly name: string;
}

/** `-p`; number 0 is "all" and never stands here. In ip6tables, testing it drops packets with broken extension headers. */
export interface ProtocolMatch extends MatchBase {
  readonly kind: "protocol";
  readonly negated: boolean;
  readonly number: number;
}

/** `-f`: a fragment that is not the first (IPv4 only). */
export interface FragmentMatch extends MatchBase {
  readonly kind: "fragment";
  readonly negated: boolean;
}

/** One instance of `-m tcp`, `udp`, `sctp`, `dccp` or `udplite`; all its parts must be true. Drops packets with a short header. */
export interface TransportMatch extends MatchBase {
  readonly kind: "transport";
  readonly module: "tcp" | "udp" | "sctp" | "dccp" | "udplite";
  readonly source: PortTest | null;
  readonly destination: PortTest | null;
  /** tcp only: (flags & mask) == set. Bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  readonly flags: { readonly negated: boolean; readonly mask: number; readonly set: number } | null;
  /** tcp only: the option with that number is present. */
  readonly option: { readonly negated: boolean; readonly number: number } | null;
}

/** `-m multiport`. Drops packets with a short header. */
export interface MultiportMatch extends MatchBase {
  readonly kind: "multiport";
  readonly side: "source" | "destination" | "either";
  readonly negated: boolean;
  readonly ranges: readonly PortRange[];
}

/** `-m icmp`/`-m icmp6`. Drops packets with a short header. */
export interface IcmpMatch extends MatchBase {
  readonly kind: "icmp";
  readonly negated: boolean;
  /** Null for "any". */
  readonly type: number | null;
  /** Inclusive. */
  readonly firstCode: number;
  readonly lastCode: number;
}

/** `-m conntrack --ctstate` (nothing else in it) or `-m state --state`. */
export interface CtstateMatch extends MatchBase {
  readonly kind: "ctstate";
  readonly negated: boolean;
  /** Or of CTSTATE bits; true when the packet's state is one of them. */
  readonly states: number;
}

/** `-m mark`/`-m connmark`: (mark & mask) == value. Unsigned. */
export interface MarkMatch extends MatchBase {
  readonly kind: "mark" | "connmark";
  readonly negated: boolean;
  readonly value: number;
  readonly mask: number;
}

/** `-m mac --mac-source`. False for packets without an Ethernet header, negated or not. */
export interface MacMatch extends MatchBase {
  readonly kind: "mac";
  readonly negated: boolean;
  /** Lower case, or as written where it is no address (`XX:…`). */
  readonly address: string;
}

/** `-m iprange`; at least one of the two. */
export interface IprangeMatch extends MatchBase {
  readonly kind: "iprange";
  readonly source: { readonly negated: boolean; readonly range: AddressRange } | null;
  readonly destination: { readonly negated: boolean; readonly range: AddressRange } | null;
}

/** `-m set --match-set NAME src|dst` of a set whose members are known (`sets/know.ts`); without that, such a match is opaque. */
export interface AddressSetMatch extends MatchBase {
  readonly kind: "addressSet";
  readonly side: "source" | "destination";
  readonly negated: boolean;
  readonly set: string;
  /** Ascending, disjoint, none next to another; empty: no address is in the set. */
  readonly ranges: readonly AddressRange[];
  /** Its entries as iptables-save prints addresses, in file order; null where they are not known one by one. */
  readonly prefixes: readonly string[] | null;
}

/** `-m comment`: always true. */
export interface CommentMatch extends MatchBase {
  readonly kind: "comment";
  readonly comment: string;
}

/**
 * A match of a known module without effects, state or short-header drop (addrtype, pkttype, owner, ttl, helper …): the same text on the
 * same packet is the same answer, as long as no target in between changed what it reads.
 */
export interface PureMatch extends MatchBase {
  readonly kind: "pure";
  readonly module: string;
  /** The text is that of the file, and another one may say the same. */
  readonly asWritten?: true;
}

/**
 * Everything else: modules that count or keep state (limit, recent, set …: `stateful`), and modules that markify does not know. Evaluating it
 * is an effect; its rule stays where it is.
 */
export interface OpaqueMatch extends MatchBase {
  readonly kind: "opaque";
  readonly module: string;
  readonly known: boolean;
  /** As in a PureMatch. */
  readonly asWritten?: true;
}

/** One condition of a rule. */
export type Match =
  | AddressMatch
  | InterfaceMatch
  | ProtocolMatch
  | FragmentMatch
  | TransportMatch
  | MultiportMatch
  | IcmpMatch
  | CtstateMatch
  | MarkMatch
  | MacMatch
  | IprangeMatch
  | AddressSetMatch
  | CommentMatch
  | PureMatch
  | OpaqueMatch;

interface TargetBase {
  /** As iptables-save prints it with all options: `-j ACCEPT`, `-j REJECT --reject-with tcp-reset`; empty for a rule without a target. */
  readonly text: string;
}

/** A rule without a target: it counts packets and goes on. */
export interface NoTarget extends TargetBase {
  readonly kind: "none";
}

/** ACCEPT, DROP, RETURN, QUEUE. */
export interface VerdictTarget extends TargetBase {
  readonly kind: "verdict";
  readonly verdict: "ACCEPT" | "DROP" | "RETURN" | "QUEUE";
}

/** `-j CHAIN` (comes back) or `-g CHAIN` (returns to where the present chain would return to). */
export interface ChainTarget extends TargetBase {
  readonly kind: "jump" | "goto";
  readonly chain: string;
}

/** `-j MARK`, all five forms: mark = (mark & ~clear) ^ flip. Unsigned. */
export interface MarkTarget extends TargetBase {
  readonly kind: "mark";
  readonly clear: number;
  readonly flip: number;
}

/**
 * `-j CONNMARK`. set: ctmark = (ctmark & ~clear) ^ flip. save: ctmark = (ctmark & ~ctmask) ^ (mark & nfmask).
 * restore: mark = (mark & ~nfmask) ^ (ctmark & ctmask).
 */
export interface ConnmarkTarget extends TargetBase {
  readonly kind: "connmark";
  readonly operation:
    | { readonly kind: "set"; readonly clear: number; readonly flip: number }
    | { readonly kind: "save" | "restore"; readonly nfmask: number; readonly ctmask: number };
}

/** Any other target. */
export interface ExtensionTarget extends TargetBase {
  readonly kind: "extension";
  readonly name: string;
  /** As in a PureMatch. */
  readonly asWritten?: true;
  /** Whether the walk ends here: REJECT, DNAT … always; LOG, TCPMSS … never; `unknown` for targets that markify does not know or that may do either. */
  readonly ends: "always" | "never" | "unknown";
}

/**
 * A rule that could not be read, kept because somebody asked for that (`--keep-unparsed`). It has no matches, and stands for one that may match, change and
 * decide anything: whoever comes to it can't tell what happens. `text` is all that stands behind the chain's name, as it was written.
 */
export interface UnparsedTarget extends TargetBase {
  readonly kind: "unparsed";
}

export type Target =
  | NoTarget
  | VerdictTarget
  | ChainTarget
  | MarkTarget
  | ConnmarkTarget
  | ExtensionTarget
  | UnparsedTarget;

/** One rule. */
export interface Rule {
  /** The chain it stands in. */
  readonly chain: string;
  /** In its source file, from 1. */
  readonly line: number;
  /** The source line without its line end, byte for byte. */
  readonly text: string;
  /**
   * In the order in which the kernel evaluates them: source, destination, in, out, protocol, fragment (at most one each), then modules as
   * written. Empty: matches every packet.
   */
  readonly matches: readonly Match[];
  readonly target: Target;
  /** All `--comment` values joined by one blank; null when there is none. */
  readonly comment: string | null;
  readonly counters: Counters | null;
}

/** One chain, its rules in order. */
export interface Chain {
  readonly name: string;
  /**
   * Policy of a base chain; null for a user-defined one. ACCEPT, as in a fresh kernel, where the file does not set it (`line` 0, or `-` in the
   * declaration): the kernel then keeps the policy that it has.
   */
  readonly policy: "ACCEPT" | "DROP" | null;
  /** Line of the declaration; 0 for a base chain that has rules but none. */
  readonly line: number;
  readonly rules: readonly Rule[];
}

/** One table. Base chains that the file does not declare are not here: they stay as they are in the kernel. */
export interface Table {
  readonly name: string;
  /** Lines of `*name` and of COMMIT, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** In order of declaration. */
  readonly chains: readonly Chain[];
}

/** What one save file says. */
export interface Ruleset {
  readonly family: Family;
  readonly file: SourceFile;
  /** In file order; a table's name is unique. */
  readonly tables: readonly Table[];
  /** Path of the ipset save file whose members its `addressSet` matches have; missing where there are none. */
  readonly setFile?: string;
}
