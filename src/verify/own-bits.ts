/**
 * Which mark bits the new ruleset keeps for itself, found by reading both rulesets: bits that new MARK rules set and that the old ruleset
 * neither reads nor sets.
 */
import type { ConnmarkTarget, ExtensionTarget, Match, Rule, Ruleset, Target } from "../model/types.ts";

const ALL = 0xffffffff;

/** The own bits, unsigned. */
export function findOwnBits(old: Ruleset, now: Ruleset): number {
  const oldTexts = new Set<string>();
  for (const { target } of rulesOf(old)) oldTexts.add(target.text);
  let written = 0;
  for (const { target } of rulesOf(now)) {
    if (target.kind === "mark" && !oldTexts.has(target.text)) written |= target.flip;
  }
  return (written & ~usedBits(old)) >>> 0;
}

/** Whether a rule puts these bits of a connection mark into a packet's mark: then they are own bits of packets too. */
export function restoresBits(rulesets: readonly Ruleset[], bits: number): boolean {
  for (const ruleset of rulesets)
    for (const { target } of rulesOf(ruleset)) if (restores(target, bits)) return true;
  return false;
}

function restores(target: Target, bits: number): boolean {
  if (target.kind === "unparsed") return bits !== 0;
  if (target.kind === "extension" && target.name === "CONNMARK")
    return target.text.includes("--restore-mark");
  if (target.kind !== "connmark" || target.operation.kind !== "restore") return false;
  return (target.operation.ctmask & bits) !== 0;
}

/**
 * Mark bits that a ruleset itself uses, of packets and of connections. Reads and writes of the whole mark count only for the bits of their value:
 * they happen in front of own bits that are 0 (assumption A), and what they wipe was nobody's.
 */
export function usedBits(ruleset: Ruleset): number {
  let used = 0;
  for (const rule of rulesOf(ruleset)) {
    for (const match of rule.matches) used |= readBits(match);
    used |= targetBits(rule.target);
  }
  return used;
}

function* rulesOf(ruleset: Ruleset): Iterable<Rule> {
  for (const { chains } of ruleset.tables) for (const { rules } of chains) yield* rules;
}

function readBits(match: Match): number {
  if (match.kind === "mark" || match.kind === "connmark") return valueBits(match.value, match.mask);
  if (match.kind !== "opaque") return 0;
  // socket may write the socket's mark into the packet; a module that nobody knows may use any bit.
  return match.text.includes("--restore-skmark") || (!match.known && /mark/i.test(match.text)) ? ALL : 0;
}

function targetBits(target: Target): number {
  switch (target.kind) {
    case "mark":
      return valueBits(target.flip, target.clear);
    case "connmark":
      return connmarkBits(target);
    case "extension":
      return extensionBits(target);
    case "unparsed":
      return ALL;
    default:
      return 0;
  }
}

function connmarkBits({ operation }: ConnmarkTarget): number {
  if (operation.kind === "set") return valueBits(operation.flip, operation.clear);
  // Save and restore carry their masks' bits; whole masks name none.
  return valueBits(0, operation.nfmask) | valueBits(0, operation.ctmask);
}

/** Other targets that write the mark: all bits where their text does not say which. */
function extensionBits({ name, text, ends }: ExtensionTarget): number {
  if (name === "TPROXY") return tproxyBits(text);
  // A CONNMARK that shifts moves any bit to any other.
  if (name === "HMARK" || name === "CONNMARK" || (name === "SET" && text.includes("--map-mark"))) return ALL;
  // So may a target that nobody knows; SYNPROXY is known, and only undecided about where the walk ends.
  return ends === "unknown" && name !== "SYNPROXY" ? ALL : 0;
}

/** A number with a leading 0 is octal to iptables: rather than read it, all bits count. */
function tproxyBits(text: string): number {
  if (!text.includes("mark")) return 0;
  const option = /--tproxy-mark (0x[0-9a-f]+|0|[1-9]\d*)(?:\/(0x[0-9a-f]+|0|[1-9]\d*))?(?: |$)/i.exec(text);
  return option === null ? ALL : valueBits(Number(option[1]), Number(option[2] ?? ALL));
}

/** The bits that a value under a mask names. */
function valueBits(value: number, mask: number): number {
  return isAll(mask) ? value : value | mask;
}

function isAll(mask: number): boolean {
  return mask >>> 0 === ALL;
}
