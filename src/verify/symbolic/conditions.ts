/**
 * One match to a condition: the packets for which it is true, false, or drops the packet because it can't read a header.
 *
 * Sources: net/ipv4/netfilter/ip_tables.c, ip_packet_match; net/ipv6/netfilter/ip6_tables.c, ip6_packet_match; net/netfilter/xt_tcpudp.c, xt_sctp.c, xt_dccp.c,
 * xt_multiport.c, xt_conntrack.c, xt_mac.c, xt_iprange.c; icmp_match in ip_tables.c; iptables/nft.c for what iptables-nft turns into native expressions.
 */
import {
  type AddressMask,
  type AddressSetMatch,
  CTSTATE,
  type IcmpMatch,
  type IprangeMatch,
  type MarkMatch,
  type Match,
  type MultiportMatch,
  type PortRange,
  type PortTest,
  type TransportMatch,
} from "../../model/types.ts";
import { between, bitsOf, masked, numberBits, where, withinRanges } from "./encode.ts";
import { fitsName } from "./interface-classes.ts";
import { LEAF } from "./outcomes.ts";
import type { Sequencer } from "./sequence.ts";
import { HEADER_BYTES } from "./variables.ts";

/** Connection states in the order of their codes. */
export const STATE_CODES = [
  CTSTATE.NEW,
  CTSTATE.ESTABLISHED,
  CTSTATE.RELATED,
  CTSTATE.INVALID,
  CTSTATE.UNTRACKED,
] as const;

/** Code of a state without a connection. */
export const hasConnection = (code: number): boolean => code < STATE_CODES.indexOf(CTSTATE.INVALID);

/** Protocols by module. */
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132, dccp: 33, udplite: 136 } as const;

/** Protocols whose header begins with two ports. */
export const PORT_PROTOCOLS: readonly number[] = Object.values(PROTOCOLS);

/** Bytes that each transport match asks for. */
const TRANSPORT_BYTES = { tcp: 20, udp: 8, sctp: 12, dccp: 12, udplite: 8 } as const;
const MULTIPORT_BYTES = 4;
const ICMP_BYTES = 8;

/** Matches that say the same whenever they are asked in one walk, or whose answer the diagrams follow (marks). */
export type PlainMatch = Exclude<Match, { readonly kind: "pure" | "opaque" | "comment" }>;

/** Builds conditions and remembers them by text; a class because it guards what it remembers. */
export class ConditionMaker {
  readonly #join: Sequencer;
  readonly #interfaces: readonly string[];
  readonly #macs: readonly string[];
  readonly #known = new Map<string, number>();

  /** `interfaces` are the classes, `macs` the addresses that rules name. */
  constructor(join: Sequencer, interfaces: readonly string[], macs: readonly string[]) {
    this.#join = join;
    this.#interfaces = interfaces;
    this.#macs = macs;
  }

  /** The condition of a match. */
  of(match: PlainMatch): number {
    const known = this.#known.get(match.text);
    if (known !== undefined) return known;
    const condition = this.#make(match);
    this.#known.set(match.text, condition);
    return condition;
  }

  #make(match: PlainMatch): number {
    switch (match.kind) {
      case "source":
      case "destination":
        return this.#negate(match.negated, this.#address(match.kind, match.address, match.text));
      case "in":
      case "out":
        return this.#negate(match.negated, this.#interface(match.kind, match.name));
      case "protocol":
        return this.#protocol(match.number, match.negated);
      case "fragment":
        return this.#negate(match.negated, this.#join.not(this.fragment(0)));
      case "transport":
        return this.#transport(match);
      case "multiport":
        return this.#multiport(match);
      case "icmp":
        return this.#icmp(match);
      case "ctstate":
        return this.#negate(match.negated, this.#states(match.states));
      case "mac":
        return this.#mac(match.address, match.negated);
      case "iprange":
        return this.#iprange(match);
      case "addressSet":
        return this.#negate(match.negated, this.#addressSet(match));
      default:
        return this.#mark(match);
    }
  }

  #negate(negated: boolean, condition: number): number {
    return negated ? this.#join.not(condition) : condition;
  }

  #address(side: "source" | "destination", address: AddressMask | null, text: string): number {
    const { diagram, variables } = this.#join;
    if (address === null)
      return diagram.make(variables.fixedAnswer(text.replace(/^! /, "")), LEAF.FALSE, LEAF.TRUE);
    return masked(diagram, variables.fields[side], bitsOf(address.address), bitsOf(address.mask));
  }

  #interface(side: "in" | "out", said: string): number {
    const names = this.#interfaces;
    return where(
      this.#join.diagram,
      this.#join.variables.fields[side],
      (code) => code < names.length && fitsName(said, names[code]!),
    );
  }

  /** In ip6tables, a protocol that can't be found drops the packet; nft finds no answer, negated or not. */
  #protocol(number: number, negated: boolean): number {
    const { diagram, variables } = this.#join;
    const { protocol, broken, nft } = variables.fields;
    const test = where(diagram, protocol, (value) => (value === number) !== negated);
    if (broken.length === 0) return test;
    const lost = diagram.make(nft[0]!, LEAF.HOTDROP, LEAF.FALSE);
    return this.#join.choose(diagram.make(broken[0]!, LEAF.FALSE, LEAF.TRUE), lost, test);
  }

  /** The fragment offset has that code. */
  fragment(code: number): number {
    return where(this.#join.diagram, this.#join.variables.fields.fragment, (value) => value === code);
  }

  /** So many bytes of the transport header are there. */
  #hasBytes(bytes: number): number {
    const { header } = this.#join.variables.fields;
    return where(this.#join.diagram, header, (code) => HEADER_BYTES[code]! >= bytes);
  }

  /** A match that asks for `bytes` of a header: false in later fragments, a drop where the bytes are not there. */
  #behindHeader(bytes: number, test: number): number {
    const whole = this.#join.choose(this.#hasBytes(bytes), test, LEAF.HOTDROP);
    return this.#join.choose(this.fragment(0), whole, LEAF.FALSE);
  }

  #ports(side: "sport" | "dport", ranges: readonly PortRange[]): number {
    const { diagram, variables } = this.#join;
    return ranges.reduce<number>((sum, { first, last }) => {
      if (first > last) return sum;
      const range = between(diagram, variables.fields[side], numberBits(first, 16), numberBits(last, 16));
      return this.#join.or(sum, range);
    }, LEAF.FALSE);
  }

  #portTest(side: "sport" | "dport", test: PortTest | null): number {
    return test === null ? LEAF.TRUE : this.#negate(test.negated, this.#ports(side, [test.range]));
  }

  #transport(match: TransportMatch): number {
    const join = this.#join;
    const { diagram, variables } = join;
    const { fields } = variables;
    const protocol = PROTOCOLS[match.module];
    const bytes = TRANSPORT_BYTES[match.module] + (match.option === null ? 0 : 1);
    const values = this.#transportValues(match);
    let test = this.#behindHeader(bytes, values);
    if (match.module === "tcp") test = join.choose(this.fragment(1), LEAF.HOTDROP, test);
    if (isNative(match)) {
      const readable = this.#hasBytes(nativeBytes(match));
      test = join.choose(
        diagram.make(fields.nft[0]!, LEAF.FALSE, LEAF.TRUE),
        join.and(readable, values),
        test,
      );
    }
    return join.and(
      where(diagram, fields.protocol, (value) => value === protocol),
      test,
    );
  }

  #transportValues(match: TransportMatch): number {
    const { diagram, variables } = this.#join;
    let values = this.#join.and(
      this.#portTest("sport", match.source),
      this.#portTest("dport", match.destination),
    );
    if (match.flags !== null) {
      const { mask, set, negated } = match.flags;
      const flags = where(diagram, variables.fields.flags, (value) => (value & mask) === set);
      values = this.#join.and(values, this.#negate(negated, flags));
    }
    if (match.option !== null) {
      const level = variables.fixedAnswer(optionText(match.option.number));
      values = this.#join.and(
        values,
        this.#negate(match.option.negated, diagram.make(level, LEAF.FALSE, LEAF.TRUE)),
      );
    }
    return values;
  }

  #multiport({ side, ranges, negated }: MultiportMatch): number {
    const join = this.#join;
    const source = side === "destination" ? LEAF.FALSE : this.#ports("sport", ranges);
    const destination = side === "source" ? LEAF.FALSE : this.#ports("dport", ranges);
    const hasPorts = where(join.diagram, join.variables.fields.protocol, (value) =>
      PORT_PROTOCOLS.includes(value),
    );
    const test = join.and(hasPorts, join.or(source, destination));
    return this.#behindHeader(MULTIPORT_BYTES, this.#negate(negated, test));
  }

  #icmp({ type, firstCode, lastCode, negated }: IcmpMatch): number {
    const join = this.#join;
    const { icmpType, icmpCode } = join.variables.fields;
    const test =
      type === null
        ? LEAF.TRUE
        : join.and(
            where(join.diagram, icmpType, (value) => value === type),
            where(join.diagram, icmpCode, (value) => value >= firstCode && value <= lastCode),
          );
    return this.#behindHeader(ICMP_BYTES, this.#negate(negated, test));
  }

  #states(states: number): number {
    const { diagram, variables } = this.#join;
    const { state, snat, dnat } = variables.fields;
    let test = where(
      diagram,
      state,
      (code) => code < STATE_CODES.length && (STATE_CODES[code]! & states) !== 0,
    );
    // The flags of address translation hold beside the state.
    if ((states & CTSTATE.SNAT) !== 0)
      test = this.#join.or(diagram.make(snat[0]!, LEAF.FALSE, LEAF.TRUE), test);
    if ((states & CTSTATE.DNAT) !== 0)
      test = this.#join.or(diagram.make(dnat[0]!, LEAF.FALSE, LEAF.TRUE), test);
    return test;
  }

  /** False without an Ethernet header, negated or not. */
  #mac(address: string, negated: boolean): number {
    const number = this.#macs.indexOf(address) + 2;
    const { mac } = this.#join.variables.fields;
    return where(this.#join.diagram, mac, (code) => code !== 0 && (code === number) !== negated);
  }

  #iprange({ source, destination }: IprangeMatch): number {
    const side = (test: IprangeMatch["source"], name: "source" | "destination"): number => {
      if (test === null) return LEAF.TRUE;
      const { first, last } = test.range;
      const levels = this.#join.variables.fields[name];
      const inside = between(this.#join.diagram, levels, bitsOf(first), bitsOf(last));
      return this.#negate(test.negated, isInverted(first, last) ? LEAF.FALSE : inside);
    };
    return this.#join.and(side(source, "source"), side(destination, "destination"));
  }

  #addressSet({ side, ranges }: AddressSetMatch): number {
    return withinRanges(this.#join.diagram, this.#join.variables.fields[side], ranges);
  }

  /** The marks as they are on entry to the rule. */
  #mark({ kind, value, mask, negated }: MarkMatch): number {
    const { diagram, variables } = this.#join;
    const level = (bit: number) => (kind === "mark" ? variables.mark(bit) : variables.connmark(bit));
    let test: number = LEAF.TRUE;
    for (let bit = 31; bit >= 0; bit--) {
      if (((mask >>> bit) & 1) === 0) continue;
      test =
        ((value >>> bit) & 1) === 1
          ? diagram.make(level(bit), LEAF.FALSE, test)
          : diagram.make(level(bit), test, LEAF.FALSE);
    }
    if ((value & ~mask) !== 0) test = LEAF.FALSE;
    test = this.#negate(negated, test);
    // Without a connection there is no connection mark, and no answer, negated or not (net/netfilter/xt_connmark.c, connmark_mt).
    return kind === "mark" ? test : this.#join.and(this.connected(), test);
  }

  /** The packet belongs to a connection. */
  connected(): number {
    return where(this.#join.diagram, this.#join.variables.fields.state, hasConnection);
  }
}

/** How a tcp option is called among the answers. */
export function optionText(number: number): string {
  return `tcp option ${number}`;
}

function isInverted(first: readonly number[], last: readonly number[]): boolean {
  const at = first.findIndex((word, index) => word >>> 0 !== last[index]! >>> 0);
  return at !== -1 && first[at]! >>> 0 > last[at]! >>> 0;
}

/** iptables-nft turns tcp and udp into native expressions, unless a tcp option is tested, or nothing (iptables/nft.c, add_nft_tcp). */
export function isNative({ module, source, destination, flags, option }: TransportMatch): boolean {
  const isBare = source === null && destination === null && flags === null;
  return (module === "tcp" || module === "udp") && option === null && !isBare;
}

/** How far native expressions read; where the packet ends before, there is no answer. */
function nativeBytes({ source, destination, flags }: TransportMatch): number {
  const reads = (test: PortTest | null): boolean =>
    test !== null && (test.negated || test.range.first !== 0 || test.range.last !== 0xffff);
  if (flags !== null && (flags.mask !== 0 || flags.negated)) return 14;
  if (reads(destination)) return 4;
  return reads(source) ? 2 : 0;
}
