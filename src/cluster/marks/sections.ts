/**
 * Reads chains that look for the groups of the leading side of a run, as `rewrite/layouts/objects.ts` writes them: who is in a group goes through the chain with its policy rules.
 *
 *     -A P-FORWARD/S -s 10.1.4.7/32 -j S-LAN
 *     -A S-LAN -m mark --mark 0x2/0x2 -j R-LAN-WEB
 */
import type { Chain, Rule } from "../../model/types.ts";
import type { Token } from "../features.ts";
import { addMember, type ObjectGroup, type RunWords, type TreeWalk, walkTree } from "./objects.ts";

/** A group with its own policy rules: those are the rules of its chain. */
export interface SectionGroup {
  readonly group: ObjectGroup;
  readonly lines: readonly Rule[];
}

/** A chain that was understood. */
export interface SectionChain extends TreeWalk {
  /** In the order in which packets may come to them. */
  readonly sections: readonly SectionGroup[];
}

/** Reads one; null where it is something else. */
export function readSections(chain: Chain, words: RunWords): SectionChain | null {
  const found = new Map<
    Chain,
    { readonly tokens: Map<string, Token>; readonly lines: Map<string, number[]>; calls: number }
  >();
  const walk = walkTree(chain, words, (rule, token) => {
    const { target } = rule;
    const section = target.kind === "jump" ? words.chains.get(target.chain) : undefined;
    if (section === undefined || !isSection(section)) return false;
    const entry = found.get(section) ?? { tokens: new Map(), lines: new Map(), calls: 0 };
    entry.calls++;
    addMember(entry, rule, token);
    found.set(section, entry);
    return true;
  });
  // Whoever else calls the chain of a group would go without its rules.
  if (walk === null || [...found].some(([{ name }, { calls }]) => words.index.callers(name) !== calls))
    return null;
  const sections = [...found].map(([{ name, rules }, { tokens, lines }]): SectionGroup => {
    const group: ObjectGroup = {
      ...{ name, axis: walk.axis, bits: 0, tokens: [...tokens.values()], lines },
      ...{ rules, includes: [], isStored: false },
    };
    return { group, lines: rules };
  });
  return { ...walk, sections };
}

/** Policy rules, each a call. */
function isSection({ policy, rules }: Chain): boolean {
  return policy === null && rules.length > 0 && rules.every(({ target }) => target.kind === "jump");
}
