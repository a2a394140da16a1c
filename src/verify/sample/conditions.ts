/**
 * Matches to conditions: each distinct match of both sides becomes one condition with its parameters in a flat array.
 *
 * Parameters by kind (W = words of an address): SOURCE, DESTINATION: address W, mask W. NAMED_ADDRESS, PURE: text. IN, OUT: one truth value
 * for each interface name. PROTOCOL: number. TRANSPORT: protocol, native on nft, source first, last, negated, destination first, last,
 * negated, flag mask, flag set, negated, option or -1, negated. MULTIPORT: side (0 source, 1 destination, 2 either), then first, last for each range. ICMP:
 * type or -1, first code, last code. CTSTATE: states. MAC: number. IPRANGE: for source and destination each: present, negated, first W,
 * last W. ADDRESS_SET: side (0 source, 1 destination), then first W, last W for each range, ascending. MARK, CONNMARK: value, mask. STATEFUL: text, shows the mark.
 */
import type {
  AddressMatch,
  AddressSetMatch,
  IprangeMatch,
  Match,
  MultiportMatch,
  PortTest,
  TransportMatch,
} from "../../model/types.ts";
import { assertNever } from "../../text/internal-error.ts";
import { interfaceFits } from "./interfaces.ts";
import type { Names } from "./names.ts";
import { PROTOCOL } from "./packet.ts";
import { type Conditions, KIND } from "./program.ts";

/** What the conditions of one table refer to. */
export interface ConditionContext {
  readonly words: 1 | 4;
  readonly interfaces: readonly string[];
  readonly macs: Names;
  readonly texts: Names;
  /** Whether a target of the table can change the connection state. */
  readonly liveCtstate: boolean;
}

interface Draft {
  readonly kind: number;
  readonly negated: boolean;
  readonly data: readonly number[];
}

/** Collects conditions under provisional numbers, and sorts them at the end; a class because it guards its state. */
export class ConditionBuilder {
  readonly #context: ConditionContext;
  readonly #drafts: Draft[] = [{ kind: KIND.ALWAYS, negated: false, data: [] }];
  readonly #numbers = new Map<string, number>();

  constructor(context: ConditionContext) {
    this.#context = context;
  }

  /** The provisional number of a match; null for one that is always true. `name` is its text, or the name of its occurrence. */
  add(match: Match, name: string): number | null {
    if (match.kind === "comment") return null;
    const key = `${match.kind} ${name}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#drafts.length;
    this.#drafts.push(draftOf(match, name, this.#context));
    this.#numbers.set(key, number);
    return number;
  }

  /** The conditions, and the id of each provisional number. */
  finish(): { readonly conditions: Conditions; readonly ids: Int32Array } {
    const order = this.#drafts.map((_, number) => number);
    order.sort((one, other) => this.#drafts[one]!.kind - this.#drafts[other]!.kind || one - other);
    const ids = new Int32Array(order.length);
    for (const [id, number] of order.entries()) ids[number] = id;
    return { conditions: layOut(order.map((number) => this.#drafts[number]!)), ids };
  }
}

function layOut(drafts: readonly Draft[]): Conditions {
  const kinds = Uint8Array.from(drafts, (draft) => draft.kind);
  const negated = Uint8Array.from(drafts, (draft) => (draft.negated ? 1 : 0));
  const at = new Int32Array(drafts.length + 1);
  for (const [id, draft] of drafts.entries()) at[id + 1] = at[id]! + draft.data.length;
  const data = new Int32Array(at[drafts.length]!);
  for (const [id, draft] of drafts.entries()) data.set(draft.data, at[id]!);
  const kindCount = KIND.STATEFUL + 1;
  const firstOfKind = new Int32Array(kindCount + 1);
  for (const kind of kinds) firstOfKind[kind + 1]!++;
  for (let kind = 0; kind < kindCount; kind++) firstOfKind[kind + 1]! += firstOfKind[kind]!;
  return { kinds, negated, at, data, staticCount: firstOfKind[KIND.MARK]!, firstOfKind };
}

type RealMatch = Exclude<Match, { kind: "comment" }>;

function draftOf(match: RealMatch, name: string, context: ConditionContext): Draft {
  const negated = "negated" in match && match.negated;
  switch (match.kind) {
    case "source":
    case "destination":
      return addressDraft(match, context.texts);
    case "in":
    case "out": {
      const truth = context.interfaces.map((name) => Number(interfaceFits(match.name, name) !== negated));
      return { kind: match.kind === "in" ? KIND.IN : KIND.OUT, negated: false, data: truth };
    }
    case "protocol":
      return { kind: KIND.PROTOCOL, negated, data: [match.number] };
    case "fragment":
      return { kind: KIND.FRAGMENT, negated, data: [] };
    case "transport":
      return { kind: KIND.TRANSPORT, negated, data: transportData(match) };
    case "multiport":
      return { kind: KIND.MULTIPORT, negated, data: multiportData(match) };
    case "icmp":
      return { kind: KIND.ICMP, negated, data: [match.type ?? -1, match.firstCode, match.lastCode] };
    case "ctstate": {
      const kind = context.liveCtstate ? KIND.LIVE_CTSTATE : KIND.CTSTATE;
      return { kind, negated, data: [match.states] };
    }
    case "mark":
    case "connmark": {
      const kind = match.kind === "mark" ? KIND.MARK : KIND.CONNMARK;
      return { kind, negated, data: [match.value, match.mask] };
    }
    case "mac":
      return { kind: KIND.MAC, negated, data: [context.macs.number(match.address)] };
    case "iprange":
      return { kind: KIND.IPRANGE, negated, data: iprangeData(match, context.words) };
    case "addressSet":
      return { kind: KIND.ADDRESS_SET, negated, data: addressSetData(match) };
    case "pure":
      return { kind: KIND.PURE, negated, data: [context.texts.number(match.text)] };
    case "opaque":
      return { kind: KIND.STATEFUL, negated, data: [context.texts.number(name), match.known ? 0 : 1] };
    default:
      return assertNever(match);
  }
}

function addressDraft(match: AddressMatch, texts: Names): Draft {
  const { address, negated } = match;
  // Without its `!`, so that a name and its negation are never both true.
  if (address === null)
    return { kind: KIND.NAMED_ADDRESS, negated, data: [texts.number(match.text.replace(/^! /, ""))] };
  const kind = match.kind === "source" ? KIND.SOURCE : KIND.DESTINATION;
  return { kind, negated, data: [...address.address, ...address.mask] };
}

function multiportData({ side, ranges }: MultiportMatch): number[] {
  const number = side === "source" ? 0 : side === "destination" ? 1 : 2;
  return [number, ...ranges.flatMap((range) => [range.first, range.last])];
}

const MODULE_PROTOCOL = {
  tcp: PROTOCOL.TCP,
  udp: PROTOCOL.UDP,
  sctp: PROTOCOL.SCTP,
  dccp: PROTOCOL.DCCP,
  udplite: PROTOCOL.UDPLITE,
} as const;

function transportData(match: TransportMatch): number[] {
  // iptables-nft turns tcp and udp into native expressions, unless a tcp option is tested, or nothing (iptables/nft.c, add_nft_tcp).
  const isBare = match.source === null && match.destination === null && match.flags === null;
  const native = (match.module === "tcp" || match.module === "udp") && match.option === null && !isBare;
  const flags = match.flags ?? { mask: 0, set: 0, negated: false };
  return [
    MODULE_PROTOCOL[match.module],
    Number(native),
    ...portData(match.source),
    ...portData(match.destination),
    flags.mask,
    flags.set,
    Number(flags.negated),
    match.option?.number ?? -1,
    Number(match.option?.negated ?? false),
  ];
}

function portData(test: PortTest | null): number[] {
  return test === null ? [0, 0xffff, 0] : [test.range.first, test.range.last, Number(test.negated)];
}

function addressSetData({ side, ranges }: AddressSetMatch): number[] {
  const data = [side === "source" ? 0 : 1];
  for (const { first, last } of ranges) data.push(...first, ...last);
  return data;
}

function iprangeData(match: IprangeMatch, words: number): number[] {
  const absent = new Array<number>(2 + 2 * words).fill(0);
  return [match.source, match.destination].flatMap((side) =>
    side === null ? absent : [1, Number(side.negated), ...side.range.first, ...side.range.last],
  );
}
