/**
 * The compiled form of a table: plain typed arrays and strings that can be handed to a worker. Old and new side are compiled together, so
 * that a condition that both use is one condition with one value per packet.
 */

/**
 * Kinds of conditions. Those before MARK depend on the packet alone and are evaluated once per packet for both sides; from MARK on
 * the value depends on what the walk did before.
 */
export const KIND = {
  ALWAYS: 0,
  SOURCE: 1,
  DESTINATION: 2,
  /** An address that could not be read: a host name. */
  NAMED_ADDRESS: 3,
  IN: 4,
  OUT: 5,
  PROTOCOL: 6,
  FRAGMENT: 7,
  TRANSPORT: 8,
  MULTIPORT: 9,
  ICMP: 10,
  CTSTATE: 11,
  MAC: 12,
  IPRANGE: 13,
  /** An address among the members of a set. */
  ADDRESS_SET: 14,
  MARK: 15,
  CONNMARK: 16,
  /** ctstate in a table in which a target can change it. */
  LIVE_CTSTATE: 17,
  PURE: 18,
  STATEFUL: 19,
} as const;

/** Value of a condition for a packet; UNKNOWN until somebody asks. */
export const TRUTH = { FALSE: 0, TRUE: 1, HOTDROP: 2, UNKNOWN: 3 } as const;

/**
 * All distinct conditions of both sides, sorted by kind; id 0 is always true. `data` holds each condition's parameters from `at[id]` on, laid
 * out as `conditions.ts` says.
 */
export interface Conditions {
  readonly kinds: Uint8Array;
  readonly negated: Uint8Array;
  readonly at: Int32Array;
  readonly data: Int32Array;
  /** Conditions below this id depend on the packet alone. */
  readonly staticCount: number;
  /** First id of each kind, by kind; one more entry for the end. */
  readonly firstOfKind: Int32Array;
}

/** What a rule does with a packet that matched; `a` and `b` are the operands. */
export const OP = {
  /** Rules without a target. */
  CONTINUE: 0,
  /** a: verdict. */
  END: 1,
  /** Also stands after the last rule of every chain. */
  RETURN: 2,
  /** a: index of the chain's first rule. */
  JUMP: 3,
  GOTO: 4,
  /** a: clear, b: flip. */
  MARK: 5,
  CONNMARK_SET: 6,
  /** a: nfmask, b: ctmask. */
  CONNMARK_SAVE: 7,
  CONNMARK_RESTORE: 8,
  /** An effect; a: text, b: EFFECT bits. */
  EFFECT: 9,
  /** An effect after which the walk may end with that text as verdict. */
  MAYBE_END: 10,
} as const;

/** What an effect changes besides being seen. */
export const EFFECT = {
  /** Packet or connection: later answers of matches that are not modelled may differ. */
  STATE: 1,
  /** The whole mark, in a way that is not modelled. */
  MARK: 2,
  /** Takes the packet out of connection tracking, where it is not tracked yet. */
  NOTRACK: 4,
  /** Puts one value into the packet, the same each time: a second time at once it changes nothing. */
  SETTING: 32,
  /** Shows no mark: the counter of a rule without target. */
  SILENT: 16,
  /** Attaches a connection template, where it is not tracked yet. */
  TRACK: 8,
} as const;

/** One side's rules, chain after chain, each chain closed by a RETURN that belongs to no rule. */
export interface Program {
  /** A condition that must be true, tested first; ALWAYS where none is safe to test out of order. */
  readonly lead: Int32Array;
  /** `terms[first[i] … first[i + 1])` are the rule's conditions in the kernel's order. */
  readonly first: Int32Array;
  readonly terms: Int32Array;
  readonly ops: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Index of the chain that each rule stands in. */
  readonly chainOf: Int32Array;
  /** First rule of each chain; one more entry for the end. The closing RETURN of chain c is chainStart[c + 1] - 1. */
  readonly chainStart: Int32Array;
  /** 1 for chains with a MARK rule of their own. */
  readonly marks: Uint8Array;
}

/** One side's view of a hook. */
export interface HookSide {
  /** Index of the base chain. */
  readonly chain: number;
  /** Verdict of its policy. */
  readonly policy: number;
  /** Every rule that the hook reaches. */
  readonly anchors: Int32Array;
  /** Rules that jump or go to chain c, reachable from this hook: callers[callerStart[c] … callerStart[c + 1]). */
  readonly callerStart: Int32Array;
  readonly callers: Int32Array;
}

/** A hook that the table has a base chain for. */
export interface CompiledHook {
  readonly name: string;
  readonly sides: readonly [HookSide, HookSide];
  /** Whether a rule that could not be read is reached: then no sample says anything. */
  readonly isUnread: boolean;
}

/** Values that the rulesets use, to draw packets from. None is empty. */
export interface Pools {
  readonly protocols: Int32Array;
  readonly ports: Int32Array;
  readonly flags: Int32Array;
  /** Numbers of tcp options. */
  readonly options: Int32Array;
  /** Type * 256 + code. */
  readonly icmp: Int32Array;
  readonly marks: Int32Array;
  /** Ids of SOURCE and of DESTINATION conditions; may be empty. */
  readonly addresses: Int32Array;
}

/** One table, both sides. */
export interface CompiledTable {
  readonly name: string;
  /** Words of an address. */
  readonly words: 1 | 4;
  readonly ownBits: number;
  /** Own bits that packets do not carry in their connection mark. */
  readonly connmarkBits: number;
  /** Whether packets of a connection may have lost a part of their headers. */
  readonly cutsHeaders: boolean;
  /** 1: packets are treated as nft does, 0: as legacy does; -1: half of them each. */
  readonly backend: -1 | 0 | 1;
  readonly conditions: Conditions;
  /** Ids of the conditions that lead a rule of either side, addresses aside: evaluated for every packet. */
  readonly leads: Int32Array;
  readonly programs: readonly [Program, Program];
  /** Names of the chains of each side, as the programs number them. */
  readonly chains: readonly [readonly string[], readonly string[]];
  readonly hooks: readonly CompiledHook[];
  readonly pools: Pools;
  /** The first is empty. */
  readonly interfaces: readonly string[];
  readonly macs: readonly string[];
  /** Verdicts, effects and matches by number; VERDICT holds the first ones. */
  readonly texts: readonly string[];
}

/** Numbers of the texts that every table has. */
export const VERDICT = { DROP: 0, ACCEPT: 1, QUEUE: 2 } as const;
