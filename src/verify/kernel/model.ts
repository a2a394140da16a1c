/**
 * What the evaluator says of a packet, in the words of a fate, so that the kernel's can be held against it.
 */
import { CTSTATE, type Rule, type Table } from "../../model/types.ts";
import { compileTable } from "../sample/compile.ts";
import { Walker } from "../sample/evaluate.ts";
import { FIELD, PROTOCOL } from "../sample/packet.ts";
import { type CompiledHook, type CompiledTable, VERDICT } from "../sample/program.ts";
import { evaluateConditions, makeTruth, type Truth } from "../sample/truth.ts";
import { isLogging } from "./restore-text.ts";
import { isIcmpError } from "./transport-bytes.ts";
import type { Fate } from "./types.ts";

/** The table without the rules whose matches or targets the evaluator leaves open. */
export function modelledPart(table: Table): { readonly table: Table; readonly leftOut: number } {
  let leftOut = 0;
  const chains = table.chains.map((chain) => {
    const rules = chain.rules.filter(isModelled);
    leftOut += chain.rules.length - rules.length;
    return { ...chain, rules };
  });
  return { table: { ...table, chains }, leftOut };
}

function isModelled({ matches, target }: Rule): boolean {
  const isOpen = matches.some((match) => {
    if (match.kind === "source" || match.kind === "destination") return match.address === null;
    return match.kind === "pure" || match.kind === "opaque";
  });
  return (
    !isOpen &&
    target.kind !== "unparsed" &&
    (target.kind !== "extension" || target.name === "REJECT" || isLogging(target))
  );
}

/** Predicts fates in one table; a class because its buffers are used again for every packet. */
export class Predictor {
  readonly table: CompiledTable;
  readonly #truth: Truth;
  readonly #walker: Walker;

  constructor(table: Table, family: "v4" | "v6") {
    this.table = compileTable({ name: table.name, family, old: table, new: table }, 0);
    this.#truth = makeTruth(this.table);
    this.#walker = new Walker(this.table, 0, this.#truth);
  }

  /** The fate of a packet as the evaluator sees it, and whether a REJECT may stay without its answer. */
  predict(hook: CompiledHook, packet: Int32Array): { readonly fate: Fate; readonly maybeSilent: boolean } {
    const { texts, words } = this.table;
    const logs: string[] = [];
    evaluateConditions(this.table, packet, this.#truth);
    this.#walker.walk(hook, packet, {
      step: () => {},
      hotdrop: () => {},
      effect: (text, mark) => logs.push(`${texts[text]!} (mark 0x${((mark ?? 0) >>> 0).toString(16)})`),
    });
    const { verdict, mark, connmark } = this.#walker;
    if (verdict === VERDICT.ACCEPT) {
      const marks = { mark: hex(mark), connmark: hex(connmark) };
      return { fate: { verdict: "accepted", ...marks, answers: [], logs }, maybeSilent: false };
    }
    const answer = answerOf(texts[verdict]!, words);
    if (answer === null) return { fate: { verdict: "dropped", answers: [], logs }, maybeSilent: false };
    const maybeSilent = staysSilent(packet, answer, words);
    return { fate: { verdict: "rejected", answers: [answer], logs }, maybeSilent };
  }
}

function hex(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}

/** REJECT's answers as a fate names them (iptables-extensions(8), REJECT). */
const ANSWERS: Readonly<Record<string, string>> = {
  "tcp-reset": "tcp reset",
  "icmp-net-unreachable": "icmp 3/0",
  "icmp-host-unreachable": "icmp 3/1",
  "icmp-proto-unreachable": "icmp 3/2",
  "icmp-port-unreachable": "icmp 3/3",
  "icmp-net-prohibited": "icmp 3/9",
  "icmp-host-prohibited": "icmp 3/10",
  "icmp-admin-prohibited": "icmp 3/13",
  "icmp6-no-route": "icmp 1/0",
  "icmp6-adm-prohibited": "icmp 1/1",
  "icmp6-addr-unreachable": "icmp 1/3",
  "icmp6-port-unreachable": "icmp 1/4",
  "icmp6-policy-fail": "icmp 1/5",
  "icmp6-reject-route": "icmp 1/6",
};

/** The answer that a verdict gives, or null for one that gives none. */
export function answerOf(verdict: string, words: 1 | 4): string | null {
  if (!verdict.startsWith("REJECT")) return null;
  const type = /--reject-with (\S+)/.exec(verdict)?.[1];
  if (type === undefined) return words === 1 ? "icmp 3/3" : "icmp 1/4";
  return ANSWERS[type] ?? `unknown answer ${type}`;
}

/** The types of icmp that are no errors to the kernel (net/ipv4/icmp.c, icmp_pointers); those that it does not know may be some. */
const QUERIES: readonly number[] = [0, 8, 13, 14, 15, 16, 17, 18];

/**
 * Packets that the kernel answers to by nothing: broken ones, resets, icmp errors, later fragments, and those whose sender has no address that can be
 * written to (net/ipv4/netfilter/nf_reject_ipv4.c, net/ipv6/netfilter/nf_reject_ipv6.c, net/ipv4/icmp.c).
 */
export function staysSilent(packet: Int32Array, answer: string, words: 1 | 4): boolean {
  const protocol = packet[FIELD.PROTOCOL]!;
  if (packet[FIELD.FRAGMENT] !== 0 || packet[FIELD.BROKEN] !== 0 || packet[FIELD.SHORT] !== 0) return true;
  // A wrong checksum is how packets become INVALID.
  if ((packet[FIELD.CTSTATE]! & CTSTATE.INVALID) !== 0) return true;
  if (answer === "tcp reset" && (packet[FIELD.FLAGS]! & 4) !== 0) return true;
  const icmp = words === 1 ? PROTOCOL.ICMP : PROTOCOL.ICMP6;
  const type = packet[FIELD.ICMP_TYPE]!;
  if (protocol === icmp && (words === 1 ? !QUERIES.includes(type) : isIcmpError(icmp, type))) return true;
  return !isUnicast(packet, FIELD.SOURCE, words) || !isUnicast(packet, FIELD.DESTINATION, words);
}

/** False for 0/8, 127/8, 224/3, ::/96, ::ffff:0:0/96, link-local and multicast addresses of IPv6. */
function isUnicast(packet: Int32Array, field: number, words: 1 | 4): boolean {
  const top = packet[field]! >>> 0;
  if (words === 1) return top >>> 24 !== 0 && top >>> 29 !== 7 && top >>> 24 !== 127;
  const isZero = packet[field] === 0 && packet[field + 1] === 0 && [0, 0xffff].includes(packet[field + 2]!);
  return !isZero && top >>> 24 !== 0xff && top >>> 22 !== 0x3fa;
}
