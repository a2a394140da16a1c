/**
 * Makes a packet that shows a difference plainer, one field at a time, as long as it still shows one.
 */
import { CTSTATE } from "../../model/types.ts";
import { normalisePacket } from "./normalise.ts";
import { answeredTexts, dropAnswer, FIELD, MODE, optionsOf, PROTOCOL, setOption } from "./packet.ts";
import type { CompiledHook, CompiledTable } from "./program.ts";

/** Plain values to try, field by field, plainest first; -2 stands for all bits one by one. */
const PLAIN: readonly (readonly [field: number, value: number])[] = [
  [FIELD.SHORT, 0],
  [FIELD.BROKEN, 0],
  [FIELD.FRAGMENT, 0],
  [FIELD.MODE, MODE.FALSE],
  [FIELD.MODE, MODE.TRUE],
  [FIELD.NFT, 0],
  [FIELD.CONNMARK, 0],
  [FIELD.MARK, 0],
  [FIELD.CTSTATE, CTSTATE.NEW],
  [FIELD.MAC, -1],
  [FIELD.PROTOCOL, PROTOCOL.TCP],
  [FIELD.FLAGS, 2],
  [FIELD.SPORT, 40000],
  [FIELD.DPORT, 80],
  [FIELD.ICMP_TYPE, 8],
  [FIELD.ICMP_CODE, 0],
  [FIELD.IN, 1],
  [FIELD.OUT, 1],
];

/** A plainer packet of the same kind; `stillDiffers` says whether a candidate shows the difference. */
export function shrinkPacket(
  table: CompiledTable,
  hook: CompiledHook,
  packet: Int32Array,
  stillDiffers: (candidate: Int32Array) => boolean,
): Int32Array {
  let best = Int32Array.from(packet);
  const attempt = (change: (candidate: Int32Array) => void): void => {
    const candidate = Int32Array.from(best);
    change(candidate);
    normalisePacket(table, hook, candidate);
    if (stillDiffers(candidate)) best = candidate;
  };
  for (const [field, value] of PLAIN) {
    // A name that the hook lacks stays empty.
    if ((field === FIELD.IN || field === FIELD.OUT) && best[field] === 0) continue;
    attempt((candidate) => {
      candidate[field] = value;
    });
  }
  for (const text of answeredTexts(best)) attempt((candidate) => dropAnswer(candidate, text));
  for (const option of optionsOf(best)) attempt((candidate) => setOption(candidate, option, false));
  for (let bit = 0; bit < 32; bit++) {
    for (const field of [FIELD.MARK, FIELD.CONNMARK]) {
      if ((best[field]! & (1 << bit)) === 0) continue;
      attempt((candidate) => {
        candidate[field]! &= ~(1 << bit);
      });
    }
  }
  shrinkAddresses(table, best, attempt);
  return best;
}

/** Clears the low bits of the addresses as far as it goes. */
function shrinkAddresses(
  table: CompiledTable,
  start: Int32Array,
  attempt: (change: (candidate: Int32Array) => void) => void,
): void {
  for (const field of [FIELD.SOURCE, FIELD.DESTINATION]) {
    for (let word = table.words - 1; word >= 0; word--) {
      for (let bit = 0; bit < 32; bit++) {
        if ((start[field + word]! & (1 << bit)) === 0) continue;
        attempt((candidate) => {
          candidate[field + word]! &= ~(1 << bit);
        });
      }
    }
  }
}
