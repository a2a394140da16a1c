/**
 * What people wrote, made a part of a chain's name.
 */

/** Words that no name ends with, where it was cut. */
const LINKING = /^(?:a|an|and|at|by|for|from|in|of|on|or|the|to|with)$/i;

/** `BURO-KOLN-2` of `Büro Köln, 2`, at most `room` characters, whole words where they fit; null where too little would be left to know it by. */
export function stemOf(text: string, room: number): string | null {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "");
  const words = plain.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const stem = words.join("-");
  // Two letters at least (`#12` says nothing), and no remains of another script.
  if ((stem.match(/[A-Za-z]/g) ?? []).length < 2) return null;
  if (stem.length * 2 < plain.replace(/[\s\p{P}\p{S}]+/gu, "").length) return null;
  const kept = [...words];
  const isCut = words.join("-").length > room;
  while (kept.length > 1 && (kept.join("-").length > room || (isCut && LINKING.test(kept.at(-1)!))))
    kept.pop();
  return kept.join("-").slice(0, room).toUpperCase();
}
