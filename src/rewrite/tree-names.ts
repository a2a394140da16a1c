/**
 * Names of the chains of a tree: the group's, and the prefix that the chain is for, as in `S-LAN/10.1`.
 */
import { LONGEST_CHAIN_NAME } from "../plan/chain-name.ts";
import type { PrefixNode } from "../cluster/prefix-tree.ts";

/** Hands them out, each once; a class because it guards which are taken. */
export class TreeNames {
  readonly #taken: Set<string>;

  /** `taken`: names of all other chains. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** The name of a branch of a group's tree; one with a number where that would be too long, or is there already. */
  take(group: string, node: Pick<PrefixNode, "words" | "length">): string {
    let name = `${group}/${shortPrefix(node)}`;
    for (let number = 1; name.length > LONGEST_CHAIN_NAME || this.#taken.has(name); number++) {
      const end = `/${number}`;
      name = group.slice(0, LONGEST_CHAIN_NAME - end.length) + end;
    }
    this.#taken.add(name);
    return name;
  }
}

/** `10.1` for 10.1.0.0/16, `10.1.16/20` for 10.1.16.0/20, `2001.db8` for 2001:db8::/32 (nft's own language takes no colon in a name). */
function shortPrefix({ words, length }: Pick<PrefixNode, "words" | "length">): string {
  const unit = words.length === 1 ? 8 : 16;
  const parts = words.flatMap((word) =>
    unit === 8
      ? [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]
      : [word >>> 16, word & 0xffff],
  );
  const shown = parts
    .slice(0, Math.max(1, Math.ceil(length / unit)))
    .map((part) => part.toString(unit === 8 ? 10 : 16));
  return shown.join(".") + (length % unit === 0 && length > 0 ? "" : `/${length}`);
}
