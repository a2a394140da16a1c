/**
 * Chooses mark bits that nobody else uses.
 *
 * A bit is free when no value sets it, no masked test reads it, and nothing moves it between mark and connection mark by a mask (KERNEL.md, section 4). An unmasked
 * write wipes own bits, an unmasked test needs them clear: both hold, since own bits are clear outside markify's own chains.
 */
import { AXES, type Axis, type Match, type Rule, type Ruleset, type Target } from "../model/types.ts";
import type { MarkBits } from "./types.ts";

const WHOLE = 0xffffffff;

/** Bits that software uses whose chains show in a ruleset (public fwmark registry). */
const SOFTWARE: readonly { readonly chain: RegExp; readonly mask: number; readonly name: string }[] = [
  { chain: /^KUBE-/, mask: 0x0000c000, name: "Kubernetes" },
  { chain: /^cali-/, mask: 0xffff0000, name: "Calico" },
  { chain: /^CILIUM_/, mask: 0xffff1fff, name: "Cilium" },
  { chain: /^CNI-/, mask: 0x00002000, name: "CNI portmap" },
  { chain: /^WEAVE/, mask: 0x00060000, name: "Weave Net" },
  { chain: /^ts-/, mask: 0x00ff0000, name: "Tailscale" },
  { chain: /^AWS-/, mask: 0x00000080, name: "AWS CNI" },
  { chain: /^ISTIO_/, mask: 0x00001337, name: "Istio" },
];

/** Software that its chains show, with the mark bits that it uses. */
export interface MarkUser {
  readonly name: string;
  readonly mask: number;
}

/** The software that a chain of that name belongs to; null for any other chain. */
export function findMarkUser(chain: string): MarkUser | null {
  return SOFTWARE.find(({ chain: pattern }) => pattern.test(chain)) ?? null;
}

/** Or of all mark bits that the rulesets use or that software uses whose chains they hold; unsigned. */
export function usedMarkBits(rulesets: readonly Ruleset[]): number {
  let used = 0;
  for (const ruleset of rulesets) {
    for (const table of ruleset.tables) {
      for (const chain of table.chains) {
        used |= findMarkUser(chain.name)?.mask ?? 0;
        for (const rule of chain.rules) used |= ruleBits(rule);
      }
    }
  }
  return used >>> 0;
}

function ruleBits(rule: Rule): number {
  let used = targetBits(rule.target);
  for (const match of rule.matches) used |= matchBits(match);
  return used;
}

/** A masked access takes its mask; an unmasked one only the bits of its value. */
function bitsOf(value: number, mask: number): number {
  return mask >>> 0 === WHOLE ? value : value | mask;
}

function matchBits(match: Match): number {
  if (match.kind === "mark" || match.kind === "connmark") return bitsOf(match.value, match.mask);
  if (match.kind !== "opaque") return 0;
  // An unknown module may use any bit; socket writes the socket's mark into the packet when it is told to.
  return match.text.includes("--restore-skmark") || (!match.known && /mark/i.test(match.text)) ? WHOLE : 0;
}

function targetBits(target: Target): number {
  switch (target.kind) {
    case "mark":
      return bitsOf(target.flip, target.clear);
    case "connmark": {
      const { operation } = target;
      if (operation.kind === "set") return bitsOf(operation.flip, operation.clear);
      const nfmask = operation.nfmask >>> 0;
      const ctmask = operation.ctmask >>> 0;
      return (nfmask === WHOLE ? 0 : nfmask) | (ctmask === WHOLE ? 0 : ctmask);
    }
    case "extension":
      return extensionBits(target);
    case "unparsed":
      // What can't be read may use any bit.
      return WHOLE;
    default:
      return 0;
  }
}

/** Targets that are known to end the walk or not, as they come, and to leave the mark alone. */
const MARKLESS_EITHER_WAY = new Set(["SYNPROXY"]);

/** Targets that write the mark by other means; where the bits can't be told, all count as used. */
function extensionBits({ name, text, ends }: Target & { kind: "extension" }): number {
  // CONNMARK stands here only where it shifts, or does what the model doesn't know.
  if (name === "HMARK" || name === "CONNMARK" || (name === "SET" && text.includes("--map-mark")))
    return WHOLE;
  if (name === "TPROXY") {
    // A number with a leading 0 is octal to iptables: rather than read it, all bits count.
    const written = /--tproxy-mark (0x[0-9a-f]+|0|[1-9]\d*)(?:\/(0x[0-9a-f]+|0|[1-9]\d*))?(?: |$)/i.exec(
      text,
    );
    if (written === null) return text.includes("mark") ? WHOLE : 0;
    return bitsOf(Number(written[1]), written[2] === undefined ? WHOLE : Number(written[2]));
  }
  // A target that markify does not know may write any bit (IPMARK of xtables-addons does).
  return ends === "unknown" && !MARKLESS_EITHER_WAY.has(name) ? WHOLE : 0;
}

/**
 * One free bit for each axis in use, lowest bits first, in AXES order. Null: there are not enough free bits.
 */
export function chooseMarkBits(axes: ReadonlySet<Axis>, used: number): MarkBits | null {
  const bits: { [axis in Axis]?: number } = {};
  let bit = 0;
  for (const axis of AXES) {
    if (!axes.has(axis)) continue;
    while (bit < 32 && (used & (1 << bit)) !== 0) bit++;
    if (bit === 32) return null;
    bits[axis] = (1 << bit) >>> 0;
    bit++;
  }
  return bits;
}

/** A rule that reads own bits together with others. */
export interface WholeMarkReader {
  readonly table: string;
  readonly rule: Rule;
}

/**
 * Rules that read the mark as a whole (an unmasked test or save), so that their answer depends on own bits that a packet may bring along. Such a
 * ruleset agrees with its rewrite under assumption A only, since rule chains clear stale bits.
 */
export function findWholeMarkReaders(ruleset: Ruleset, own: number): WholeMarkReader[] {
  const found: WholeMarkReader[] = [];
  for (const table of ruleset.tables) {
    for (const chain of table.chains) {
      for (const rule of chain.rules) if (readsBits(rule, own)) found.push({ table: table.name, rule });
    }
  }
  return found;
}

function readsBits({ target, matches }: Rule, own: number): boolean {
  const saves =
    target.kind === "connmark" && target.operation.kind === "save" && (target.operation.nfmask & own) !== 0;
  return saves || matches.some((match) => match.kind === "mark" && (match.mask & own) !== 0);
}
