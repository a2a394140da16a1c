/**
 * What the page looks up in its data: items by name, lines by file, what a line became, what a chain has.
 */
import type { PageData, PageFile } from "../page-data.ts";
import type { FlatView, GroupView, LineView, ProductView } from "../view.ts";

/** A line of one of the two files of an input; printed as `old:0:12`. */
export interface LineKey {
  readonly side: "old" | "new";
  readonly file: number;
  /** From 1. */
  readonly line: number;
}

/** Reads one; null where it is none. */
export function parseLineKey(text: string): LineKey | null {
  const [, side, file, line] = /^(old|new):(\d+):(\d+)$/.exec(text) ?? [];
  if (side !== "old" && side !== "new") return null;
  return { side, file: Number(file), line: Number(line) };
}

/** Prints it. */
export function printLineKey({ side, file, line }: LineKey): string {
  return `${side}:${file}:${line}`;
}

/** New lines of each old line. */
export function invertOrigins({ old, origins }: PageFile): readonly (readonly number[])[] {
  const found: number[][] = old.map(() => []);
  origins.forEach((lines, at) => {
    for (const line of lines) found[line - 1]?.push(at + 1);
  });
  return found;
}

/** Lines of the other side that a line goes with. */
export function relatedLines(
  file: PageFile,
  { side, line }: Pick<LineKey, "side" | "line">,
): readonly number[] {
  if (side === "new") return file.origins[line - 1] ?? [];
  return file.origins.flatMap((lines, at) => (lines.includes(line) ? [at + 1] : []));
}

/** The index of an input by its path. */
export function fileIndex({ files }: PageData, path: string): number {
  return files.findIndex((file) => file.path === path);
}

/** The text of a line of an input. */
export function oldText(data: PageData, { file, line }: LineView): string {
  return data.files[fileIndex(data, file)]?.old[line - 1] ?? "";
}

/** Whose lines a line is among: accepted policy rules that stand for it, and why it stays flat otherwise. */
export function describeOldLine(
  { report }: PageData,
  at: LineView,
): { readonly products: readonly ProductView[]; readonly flat: FlatView | undefined } {
  const isHere = ({ lines }: { readonly lines: readonly LineView[] }): boolean =>
    lines.some(({ file, line }) => line === at.line && file === at.file);
  return {
    products: report.products.filter((product) => product.accept && isHere(product)),
    flat: report.flat.find(isHere),
  };
}

/** Id of the policy rule in whose picture a near miss of lint can be seen: the one that stands for its first line. */
export function findNearMiss(
  data: PageData,
  { kind, lines }: { readonly kind: string; readonly lines: readonly LineView[] },
): string | undefined {
  const [first] = lines;
  if (kind !== "lint: near-equal-sets" || first === undefined) return undefined;
  return describeOldLine(data, first).products[0]?.id;
}

/** New lines of a chain, by its name: those that make it and those in it, and in its branches where it is a tree (`S-LAN/10.1`). */
export function chainLines({ files }: PageData, name: string): readonly LineKey[] {
  const starts = [`-A ${name} `, `:${name} `, `-A ${name}/`, `:${name}/`];
  return files.flatMap((file, index) =>
    file.new.flatMap((text, at): LineKey[] =>
      starts.some((start) => text.startsWith(start)) ? [{ side: "new", file: index, line: at + 1 }] : [],
    ),
  );
}

/** How many rules the chains of the new files have, by their names; those in the branches of a tree are the tree's, too. */
export function countChainLines(files: PageData["files"]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    for (const text of file.new) {
      const [, name] = /^-A (\S+)/.exec(text) ?? [];
      if (name === undefined) continue;
      const tree = name.split("/")[0]!;
      for (const each of new Set([name, tree])) counts.set(each, (counts.get(each) ?? 0) + 1);
    }
  }
  return counts;
}

/** A group that has nearly the same members. */
export interface Likeness {
  readonly group: GroupView;
  readonly shared: number;
  /** Shared members in all members of both, 0 to 1. */
  readonly likeness: number;
}

/** Groups of less likeness are no near-duplicates. */
const LEAST_LIKENESS = 0.5;

/** For each group its near-duplicates, the most alike first; groups that share no member are never compared. */
export function findNearDuplicates(
  groups: readonly GroupView[],
): ReadonlyMap<GroupView, readonly Likeness[]> {
  const holders = new Map<string, GroupView[]>();
  for (const group of groups) {
    for (const member of group.members) {
      const key = `${group.axis} ${member}`;
      const list = holders.get(key);
      if (list === undefined) holders.set(key, [group]);
      else list.push(group);
    }
  }
  return new Map(groups.map((group) => [group, nearTo(group, holders)]));
}

function nearTo(group: GroupView, holders: ReadonlyMap<string, readonly GroupView[]>): readonly Likeness[] {
  const counts = new Map<GroupView, number>();
  for (const member of group.members) {
    for (const other of holders.get(`${group.axis} ${member}`) ?? []) {
      if (other !== group) counts.set(other, (counts.get(other) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([other, shared]) => ({
      group: other,
      shared,
      likeness: shared / (group.members.length + other.members.length - shared),
    }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .sort((one, other) => other.likeness - one.likeness);
}
