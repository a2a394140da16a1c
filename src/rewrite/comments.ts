/**
 * Where the comments of merged rules go: together onto the verdict line of their rule chain, as far as a comment's 255 bytes reach.
 */
import { quoteString } from "../model/quote.ts";
import type { Rule } from "../model/types.ts";
import type { LostComment } from "./types.ts";

/** Longer comments are cut silently by the kernel (include/uapi/linux/netfilter/xt_comment.h: 256 with the final NUL). */
const LONGEST_COMMENT = 255;

/** The comment match for a verdict line (empty where no rule has one), and what found no room. */
export function joinComments(rules: readonly Rule[]): {
  readonly match: string;
  readonly lost: readonly LostComment[];
} {
  const kept = new Set<string>();
  const lost: LostComment[] = [];
  for (const { comment, line } of rules) {
    if (comment === null || kept.has(comment)) continue;
    if (byteLength([...kept, comment].join("; ")) <= LONGEST_COMMENT) kept.add(comment);
    else lost.push({ line, comment });
  }
  if (kept.size === 0) return { match: "", lost };
  return { match: `-m comment --comment ${quoteString([...kept].join("; "))}`, lost };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
