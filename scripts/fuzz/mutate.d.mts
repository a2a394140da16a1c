import type { Random } from "../generate/random.mjs";

/** A text with some changes, mostly few. */
export function mutate(text: string, other: string, random: Random): string;
/** Lines of nothing but words that iptables knows, most of them rules. */
export function randomTokens(random: Random): string;
