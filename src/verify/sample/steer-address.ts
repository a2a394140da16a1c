/**
 * Addresses inside a network or a range, at its ends, and just past them.
 */
import { FIELD } from "./packet.ts";
import type { Random } from "./random.ts";

/** Puts an address inside a masked network or just outside; `data[place]` holds the address's words, then the mask's. */
export function steerAddress(
  packet: Int32Array,
  field: number,
  data: Int32Array,
  place: number,
  words: number,
  inside: boolean,
  random: Random,
): void {
  // 0: first address, 1: last address, else any.
  const end = random.below(4);
  for (let word = 0; word < words; word++) {
    const free = ~data[place + words + word]!;
    const fill = end === 0 ? 0 : end === 1 ? free : random.bits() & free;
    packet[field + word] = data[place + word]! | fill;
  }
  if (inside) return;
  if (end === 0) addToAddress(packet, field, words, -1);
  else if (end === 1) addToAddress(packet, field, words, 1);
  else flipMaskBit(packet, field, data, place + words, words, random);
}

/** Leaves a network by one bit of its mask, half of the time the last one: the sibling that a mask one bit too wide takes in. */
function flipMaskBit(
  packet: Int32Array,
  field: number,
  data: Int32Array,
  maskPlace: number,
  words: number,
  random: Random,
): void {
  let bits = 0;
  for (let word = 0; word < words; word++) bits += countBits(data[maskPlace + word]!);
  if (bits === 0) return;
  let skip = random.percent(50) ? 0 : random.below(bits);
  for (let word = words - 1; word >= 0; word--) {
    for (let rest = data[maskPlace + word]!; rest !== 0; rest &= rest - 1) {
      if (skip-- === 0) {
        packet[field + word]! ^= rest & -rest;
        return;
      }
    }
  }
}

function countBits(word: number): number {
  let bits = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** Adds 1 or -1, with carry over the words. */
export function addToAddress(packet: Int32Array, field: number, words: number, step: 1 | -1): void {
  for (let word = words - 1; word >= 0; word--) {
    const sum = (packet[field + word]! + step) | 0;
    packet[field + word] = sum;
    if (sum !== (step === 1 ? 0 : -1)) return;
  }
}

/** The same for both sides of an iprange condition; `data` as conditions.ts lays it out. */
export function steerRange(
  packet: Int32Array,
  data: Int32Array,
  place: number,
  words: number,
  inside: boolean,
  random: Random,
): void {
  for (let side = 0; side < 2; side++) {
    const at = place + side * (2 + 2 * words);
    if (data[at] === 0) continue;
    const want = (data[at + 1] === 0) === inside;
    const field = side === 0 ? FIELD.SOURCE : FIELD.DESTINATION;
    const atFirst = random.percent(50);
    const first = at + 2 + (atFirst ? 0 : words);
    for (let word = 0; word < words; word++) packet[field + word] = data[first + word]!;
    if (!want) addToAddress(packet, field, words, atFirst ? -1 : 1);
    else if (random.percent(50)) stepInside(packet, field, data, at + 2, words, random);
  }
}

/** Puts an address into one of the ranges of a set, or just past one; `data[place]` to `data[end]` (exclusive) hold first and last of each. */
export function steerMember(
  packet: Int32Array,
  field: number,
  data: Int32Array,
  place: number,
  end: number,
  words: number,
  inside: boolean,
  random: Random,
): void {
  const count = (end - place) / (2 * words);
  if (count === 0) return;
  const range = place + random.below(count) * 2 * words;
  const atFirst = random.percent(50);
  const start = range + (atFirst ? 0 : words);
  for (let word = 0; word < words; word++) packet[field + word] = data[start + word]!;
  if (!inside) addToAddress(packet, field, words, atFirst ? -1 : 1);
  else if (random.percent(50)) stepInside(packet, field, data, range, words, random);
}

/** Any address between two ends: the words they share, then one between the first that differ. */
function stepInside(
  packet: Int32Array,
  field: number,
  data: Int32Array,
  place: number,
  words: number,
  random: Random,
): void {
  for (let word = 0; word < words; word++) {
    const first = data[place + word]! >>> 0;
    const last = data[place + words + word]! >>> 0;
    packet[field + word] = first;
    if (first === last) continue;
    // Strictly below the last one where more words follow, so that these may be anything.
    const isLastWord = word === words - 1;
    const top = isLastWord || last - first < 2 ? last : last - 1;
    const bottom = isLastWord || last - first < 2 ? first : first + 1;
    packet[field + word] = random.between(bottom, top);
    if (!isLastWord && last - first < 2) return;
    for (let rest = word + 1; rest < words; rest++) packet[field + rest] = random.bits();
    return;
  }
}
