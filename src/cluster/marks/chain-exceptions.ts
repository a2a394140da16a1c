/**
 * Reads lines of a rule chain that let combinations of its groups' members leave (`rewrite/layouts/exceptions.ts`), and tells which combinations these are.
 */
import { AXES, type Axis, type Chain, type Family, type Rule } from "../../model/types.ts";
import { type Exception, type Exceptions, findExceptions, protocolOf } from "../exceptions.ts";
import type { Movable, Token } from "../features.ts";
import { takeApart } from "../tree-levels.ts";
import type { Missing } from "../types.ts";
import { type ChainIndex, clearedBits, type MarkGroup } from "./groups.ts";

/** A line that tells packets apart. */
export interface ExceptionLine {
  readonly movable: Movable;
  /** The bits that its packets lose; 0: they stay, whatever lines below say. */
  readonly cleared: number;
  /** The chain through which they leave; null where the line itself clears the bits: they are sent back behind its chain. */
  readonly leave: string | null;
}

/** Chains that only one rule leads to, and that do nothing but let packets leave: their lines. */
export function readExceptionChains(
  chains: readonly Chain[],
  clears: ReadonlyMap<string, number>,
  index: ChainIndex,
  family: Family,
): ReadonlyMap<string, readonly ExceptionLine[]> {
  return new Map(
    chains.flatMap((chain) => {
      const lines = chain.rules.map((rule) => readExceptionLine(rule, clears, family));
      const leaves = lines.some((line) => line !== null && line.cleared !== 0);
      if (!leaves || lines.includes(null) || index.private(chain.name) === null) return [];
      return [[chain.name, lines.filter((line) => line !== null)] as const];
    }),
  );
}

/** One line; null where it is something else. */
export function readExceptionLine(
  rule: Rule,
  clears: ReadonlyMap<string, number>,
  family: Family,
): ExceptionLine | null {
  const { target, matches } = rule;
  const isReturn = target.kind === "verdict" && target.verdict === "RETURN";
  const leave = target.kind === "goto" && clears.has(target.chain) ? target.chain : null;
  const cleared = leave === null ? clearedBits(rule) : clears.get(leave)!;
  if (!isReturn && cleared === 0) return null;
  const movable = takeApart(rule, family);
  const isPlain =
    movable !== null &&
    movable.guard.length === 0 &&
    movable.pre === "" &&
    movable.post === "" &&
    matches.some(({ kind }) => kind !== "comment") &&
    movable.tokens.some((token) => token !== null);
  return isPlain ? { movable, cleared, leave } : null;
}

/** What stands before the services, and what behind all groups. */
export interface ExceptionLines {
  readonly before: readonly ExceptionLine[];
  readonly after: readonly ExceptionLine[];
}

type AskedGroup = Pick<MarkGroup, "axis" | "tokens">;

/** The combinations that leave; null where the lines are others than markify would write for them. */
export function readMissing(groups: readonly AskedGroup[], lines: ExceptionLines): Missing | null {
  const sorted = [...groups].sort((one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis));
  const read: Exceptions = {
    before: lines.before.flatMap((line) => asException(sorted, line, true) ?? []),
    after: lines.after.flatMap((line) => asException(sorted, line, false) ?? []),
  };
  if (read.before.length !== lines.before.length || read.after.length !== lines.after.length) return null;
  const leaving = [...read.before, ...read.after].filter(({ stays }) => !stays);
  const cells = combine(sorted).filter((cell) => leaving.some((exception) => isLeft(exception, cell)));
  const written = findExceptions({
    axes: sorted.map(({ axis }) => axis),
    members: sorted.map(({ tokens }) => tokens.map(({ key }) => key)),
    missing: cells.map((cell) => cell.map(({ key }) => key)),
  });
  const isSame = isSameLines(read.before, written.before) && isSameLines(read.after, written.after);
  return isSame ? { cells, exceptions: lines.before.length + lines.after.length } : null;
}

/** What a line asks of each group; null where it asks something else. */
function asException(
  groups: readonly AskedGroup[],
  { movable, cleared }: ExceptionLine,
  isBefore: boolean,
): Exception | null {
  const asked = new Map<Axis, string>();
  for (const [at, token] of movable.tokens.entries()) if (token !== null) asked.set(AXES[at]!, token.key);
  const service = asked.get("service");
  const hasService = groups.some(({ axis }) => axis === "service");
  // Before the services their protocol alone; behind them one of the group's.
  if (isBefore ? service?.includes(" ") === true : hasService !== (service !== undefined)) return null;
  const cell = groups.map(({ axis, tokens }) => {
    if (axis === "service" && isBefore) return null;
    const key = asked.get(axis);
    return tokens.some((token) => token.key === key) ? key! : undefined;
  });
  const known = new Set(groups.map(({ axis }) => axis));
  if (cell.includes(undefined) || [...asked.keys()].some((axis) => !known.has(axis))) return null;
  return {
    cell: cell.map((member) => member ?? null),
    protocol: isBefore ? (service ?? null) : null,
    stays: cleared === 0,
  };
}

function isLeft({ cell: tests, protocol }: Exception, cell: readonly Token[]): boolean {
  return tests.every((member, at) => {
    const { key } = cell[at]!;
    return member === null ? protocol === null || protocolOf(key) === protocol : member === key;
  });
}

function combine(groups: readonly AskedGroup[]): readonly (readonly Token[])[] {
  let found: readonly (readonly Token[])[] = [[]];
  for (const { tokens } of groups) found = found.flatMap((start) => tokens.map((token) => [...start, token]));
  return found;
}

/** The same lines, in whatever order; but those that stay before those that leave. */
function isSameLines(one: readonly Exception[], other: readonly Exception[]): boolean {
  const firstLeaves = one.findIndex(({ stays }) => !stays);
  if (firstLeaves !== -1 && one.slice(firstLeaves).some(({ stays }) => stays)) return false;
  const texts = (list: readonly Exception[]) =>
    list
      .map((each) => JSON.stringify(each))
      .sort()
      .join("\n");
  return texts(one) === texts(other);
}
