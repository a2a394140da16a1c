/**
 * Marks that nat leaves behind. nat is not followed; where it writes bits of a mark that rules on the way read, what those rules decide is not known.
 */
import type { Match, Rule, Target } from "../../model/types.ts";

const ALL = 0xffffffff;

/** The first rule of nat that writes bits, of a packet's or its connection's mark, which one of the others reads; null where there is none. */
export function findWrittenMark(nat: readonly Rule[], others: readonly Rule[]): Rule | null {
  let read = 0;
  for (const { matches, target } of others) {
    for (const match of matches) read |= readBits(match);
    read |= copiedBits(target);
  }
  return nat.find((rule) => (writtenBits(rule) & read) !== 0) ?? null;
}

function readBits(match: Match): number {
  if (match.kind === "mark" || match.kind === "connmark") return match.mask;
  return match.kind === "opaque" && !match.known && /mark/i.test(match.text) ? ALL : 0;
}

/** Bits that go from one mark to the other are read later under either name. */
function copiedBits(target: Target): number {
  if (target.kind === "extension") return target.name === "CONNMARK" ? ALL : 0;
  if (target.kind !== "connmark" || target.operation.kind === "set") return 0;
  return target.operation.nfmask | target.operation.ctmask;
}

function writtenBits({ matches, target }: Rule): number {
  const writes = (match: Match): boolean =>
    match.kind === "opaque" &&
    (match.text.includes("--restore-skmark") || (!match.known && /mark/i.test(match.text)));
  return matches.some(writes) ? ALL : writtenByTarget(target);
}

function writtenByTarget(target: Target): number {
  switch (target.kind) {
    case "mark":
      return target.clear | target.flip;
    case "connmark": {
      const { operation } = target;
      if (operation.kind === "set") return operation.clear | operation.flip;
      return operation.nfmask | operation.ctmask;
    }
    case "extension": {
      const { name, text, ends } = target;
      const isWriter = name === "HMARK" || name === "CONNMARK" || (name === "SET" && /--map-mark/.test(text));
      return isWriter || ends === "unknown" ? ALL : 0;
    }
    case "unparsed":
      return ALL;
    default:
      return 0;
  }
}
