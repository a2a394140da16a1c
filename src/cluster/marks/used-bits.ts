/**
 * Which mark bits a ruleset uses.
 *
 * A bit is used when a value sets it, a masked test reads it, or something moves it between mark and connection mark by a mask (KERNEL.md, section 4). An unmasked
 * write wipes own bits, an unmasked test needs them clear: both hold, since own bits are clear outside markify's own chains.
 */
import { MARK_SOFTWARE } from "../../import/marks/software.ts";
import type { Match, Rule, Ruleset, Target } from "../../model/types.ts";

const WHOLE = 0xffffffff;

/** Software that its chains show, with the mark bits that it uses. */
export interface MarkUser {
  readonly name: string;
  readonly mask: number;
}

/** The software that a chain of that name belongs to; null for any other chain. */
export function findMarkUser(chain: string): MarkUser | null {
  return MARK_SOFTWARE.find(({ chain: pattern }) => pattern?.test(chain) === true) ?? null;
}

/**
 * Or of all mark bits that the rulesets use or that software uses whose chains they hold; unsigned. Rules of `apart` don't count: they are mark groups already, whose
 * bits are clear outside them.
 */
export function usedMarkBits(rulesets: readonly Ruleset[], apart: ReadonlySet<Rule> = new Set()): number {
  let used = 0;
  for (const ruleset of rulesets) {
    for (const table of ruleset.tables) {
      for (const chain of table.chains) {
        used |= findMarkUser(chain.name)?.mask ?? 0;
        for (const rule of chain.rules) if (!apart.has(rule)) used |= ruleBits(rule);
      }
    }
  }
  return used >>> 0;
}

/** Bits that one rule uses. */
export function ruleBits(rule: Rule): number {
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
