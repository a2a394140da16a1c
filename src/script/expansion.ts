/**
 * What the parts of expansion share: what they need from the run, and how arguments are joined to one text.
 */
import { differs } from "./dialect.ts";
import {
  fromValue,
  hole,
  holeIn,
  known,
  type Pieces,
  type Stretch,
  textOf,
  type Unknown,
  type Value,
} from "./pieces.ts";
import type { ShellState } from "./shell-state.ts";
import type { List, Part } from "./shell-tree.ts";

/** What expansion needs from the run. */
export interface Expansion {
  readonly state: ShellState;
  /** What a command substitution prints, without line ends at its end. */
  readonly output: (body: List, at: Stretch) => Pieces;
  readonly lastStatus: (at: Stretch) => Pieces;
  /** The script ends here with an error where this is so. */
  readonly mayFail: (why: Unknown, at: Stretch) => void;
}

/** A part's text: `split` where fields are cut at blanks; `"$@"` has several. */
export interface Expanded {
  readonly fields: readonly Pieces[];
  readonly split: boolean;
  readonly quoted: boolean;
}

/** IFS, and what it is at first where it isn't known. */
export function separatorsOf(state: ShellState): string {
  const found = state.variables.get("IFS");
  return found === undefined || found === null || found.some((atom) => typeof atom !== "string")
    ? " \t\n"
    : found.join("");
}

/** Why IFS isn't known; null where it is. */
export function unknownSeparators(state: ShellState): Unknown | null {
  const unknown = state.variables.get("IFS")?.find((atom) => typeof atom !== "string");
  return typeof unknown === "object" ? unknown : null;
}

/** `"$*"`: between the arguments stands the first character of IFS. */
export function joinArguments(args: readonly Value[], part: Part, { state }: Expansion): Pieces {
  const unknown = unknownSeparators(state);
  const between = unknown === null ? known(separatorsOf(state).slice(0, 1), part) : hole(unknown, part);
  return args.flatMap((value, index) => [...(index > 0 ? [between] : []), ...fromValue(value, part)]);
}

/** `A=$@`: bash puts blanks between the arguments, dash what stands first in IFS. */
export function joinAll(args: readonly Value[], part: Part, expansion: Expansion): Pieces {
  const { shell } = expansion.state;
  const joined = joinArguments(args, part, expansion);
  const blanks = args.flatMap((value, index) => [
    ...(index > 0 ? [known(" ", part)] : []),
    ...fromValue(value, part),
  ]);
  if (shell === "bash") return blanks;
  const isSame = holeIn(joined) === null && textOf(joined) === textOf(blanks);
  return isSame ? blanks : [hole(differs("$@ where IFS is changed", part), part)];
}
