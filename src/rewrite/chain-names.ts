/**
 * Names of the chains that no plan names: parts of trees (`S-LAN/10.1`), and what holds the policy rules of a chain together (`P-FORWARD`).
 */
import { LONGEST_CHAIN_NAME } from "../plan/chain-name.ts";
import type { PrefixNode } from "../cluster/prefix-tree.ts";

/** Hands them out, each once; a class because it guards which are taken. */
export class ChainNames {
  readonly #taken: Set<string>;

  /** `taken`: names of all other chains. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** The name; cut, with a number, where it is too long or there already. */
  take(wanted: string, sign = "-"): string {
    let name = wanted.slice(0, LONGEST_CHAIN_NAME);
    for (let number = 2; this.#taken.has(name); number++) {
      const end = `${sign}${number}`;
      name = wanted.slice(0, LONGEST_CHAIN_NAME - end.length) + end;
    }
    this.#taken.add(name);
    return name;
  }

  /** The name of a branch of a tree: the root's, and the prefix that the chain is for; a number where that is too long. */
  takeBranch(root: string, node: Pick<PrefixNode, "words" | "length">): string {
    const name = `${root}/${shortPrefix(node)}`;
    if (name.length <= LONGEST_CHAIN_NAME) return this.take(name, "/");
    return this.take(`${root.slice(0, LONGEST_CHAIN_NAME - 4)}/1`, "/");
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
