/**
 * What is known about a shell at one moment of a script: variables, functions, arguments, files that it wrote. Forked where a condition isn't
 * known, and joined again behind it.
 */
import {
  fromValue,
  hole,
  isSameValue,
  type Pieces,
  type Stretch,
  type Unknown,
  type Value,
} from "./pieces.ts";
import type { Command } from "./shell-tree.ts";
import type { Shell } from "./dialect.ts";

/** What `set` turns on, as far as it decides about what follows. */
export interface ShellOptions {
  /** `set -e`; true where it may be on. */
  readonly endsOnError: boolean;
  /** `set -u`; true where it may be on. */
  readonly endsOnUnset: boolean;
  /** `set -o pipefail`: a pipe fails with any of its commands. Null where that isn't known. */
  readonly pipesFail: boolean | null;
}

/** What can be put aside and taken back. */
export interface Snapshot {
  readonly variables: ReadonlyMap<string, Value | null>;
  readonly arrays: ReadonlyMap<string, readonly Value[] | Unknown>;
  readonly functions: ReadonlyMap<string, readonly Command[]>;
  readonly files: ReadonlyMap<string, Pieces>;
  readonly args: readonly Value[] | Unknown;
  readonly options: ShellOptions;
  readonly branch: Unknown | null;
  readonly leftLoop: Unknown | null;
  readonly leftFunction: Unknown | null;
}

/** What a name stands for. */
export type Lookup = { readonly kind: "set"; readonly value: Value } | { readonly kind: "unset" };

/** Guards the state of one run. */
export class ShellState {
  readonly shell: Shell;
  /** Null: unset by the script. A shell begins with an IFS of its own, whatever the environment has. */
  variables = new Map<string, Value | null>([["IFS", [" \t\n"]]]);
  /** Arrays of bash; the variable of the same name is the first member. */
  arrays = new Map<string, readonly Value[] | Unknown>();
  /** More than one where a condition decides which it is. */
  functions = new Map<string, readonly Command[]>();
  files = new Map<string, Pieces>();
  /** From `$1`. */
  args: readonly Value[] | Unknown;
  options: ShellOptions = { endsOnError: false, endsOnUnset: false, pipesFail: false };
  /** Why it isn't known whether the branch that is walked is the one; null where it is. */
  branch: Unknown | null = null;
  /** A `break` or `continue` before this place that may have been taken. */
  leftLoop: Unknown | null = null;
  /** A `return` before this place that may have been taken. */
  leftFunction: Unknown | null = null;
  /** Whether a command has changed rules: a script that ends in the middle leaves a half of them. */
  hasLoaded = false;
  /** Whether a command was left out with an error: what later commands miss may be what it would have made. */
  hasSkipped = false;
  /** Loops around this place in the same function and shell; `outerLoops` counts all. */
  loops = 0;
  outerLoops = 0;
  /** Functions and files that are read around this place, from which `return` leads. */
  returnable = 0;
  /** Assigning to one of these ends some shells. */
  readonly readOnly = new Map<string, Stretch>();
  /** What `local` hides, function by function, with the branch in which the function was called. */
  readonly locals: {
    readonly hidden: Map<string, Value | null | undefined>;
    readonly branch: Unknown | null;
  }[] = [];
  readonly usedDefines = new Set<string>();
  /** What the user's values have stood for. */
  readonly fills: { readonly name: string; readonly unknown: Unknown }[] = [];
  readonly #defines: ReadonlyMap<string, string>;
  /** Ends of the shell before this place that may have come, with how deep the shell is inside others. */
  #ends: { readonly end: Unknown; readonly level: number }[] = [];
  /** Shells around this one: `( … )`, `$( … )` and parts of pipes are shells of their own, and an `exit` there ends no more than them. */
  #level = 0;

  constructor(shell: Shell, defines: ReadonlyMap<string, string>, args: readonly Value[] | Unknown) {
    this.shell = shell;
    this.#defines = defines;
    this.args = args;
  }

  /** Why it isn't known whether the script comes here; null where it is. */
  get unsure(): Unknown | null {
    return this.branch ?? this.leftLoop ?? this.leftFunction;
  }

  /** Whether this is a shell inside the script's own. */
  get isInner(): boolean {
    return this.#level > 0;
  }

  /** Something that ends the shell here, or may. */
  mayEnd(end: Unknown): void {
    this.#ends.push({ end, level: this.#level });
  }

  /** The ends that have not been said yet. */
  takeEnds(): readonly Unknown[] {
    const taken = this.#ends.map(({ end }) => end);
    this.#ends = [];
    return taken;
  }

  /** Runs something in a shell inside this one. `ended`: why it isn't known whether that came to its end. */
  inside<T>(run: () => T): { readonly result: T; readonly ended: Unknown | null } {
    const { loops, leftLoop, leftFunction } = this;
    this.#level += 1;
    this.loops = 0;
    const level = this.#level;
    try {
      const result = run();
      const ended = this.#ends.find((one) => one.level === level)?.end ?? null;
      const left = this.leftLoop === leftLoop ? null : this.leftLoop;
      return {
        result,
        ended: ended ?? left ?? (this.leftFunction === leftFunction ? null : this.leftFunction),
      };
    } finally {
      this.#ends = this.#ends.filter((one) => one.level < level);
      this.#level -= 1;
      this.loops = loops;
    }
  }

  /** A value that the user gave, or null. */
  define(name: string): string | null {
    const value = this.#defines.get(name);
    if (value === undefined) return null;
    this.usedDefines.add(name);
    return value;
  }

  /** True after `unset`: empty where it is used, but a default counts. */
  isUnset(name: string): boolean {
    return this.variables.get(name) === null;
  }

  /** The user's value in the place of something unknown. */
  fill(name: string, unknown: Unknown): string | null {
    const given = this.define(name) ?? this.#defineOfList(name);
    if (given !== null) this.fills.push({ name: name.replace(/_list$/u, ""), unknown });
    return given;
  }

  /** What a variable holds; the user's value where the script's own isn't known. */
  lookUp(name: string): Lookup {
    const value = this.variables.get(name);
    const unknown = value?.find((atom) => typeof atom !== "string");
    if (value === null) return { kind: "set", value: [] };
    if (value !== undefined && typeof unknown !== "object") return { kind: "set", value };
    const given =
      typeof unknown === "object"
        ? this.fill(name, unknown)
        : (this.define(name) ?? this.#defineOfList(name));
    if (given !== null) return { kind: "set", value: [given] };
    return value === undefined ? { kind: "unset" } : { kind: "set", value };
  }

  /** fwbuilder's `$i_eth0_list` holds the addresses of `--define i_eth0=…`. */
  #defineOfList(name: string): string | null {
    if (!name.endsWith("_list")) return null;
    return this.define(name.slice(0, -"_list".length))?.replaceAll(",", " ") ?? null;
  }

  /** A variable's value where it is used; one that isn't set in the script is a hole. */
  valueOf(name: string, at: Stretch): Pieces {
    const found = this.lookUp(name);
    if (found.kind === "unset") {
      const why = `$${name} is not set in the script`;
      return [hole({ why, at, option: optionFor(name), inline: false }, at)];
    }
    return fromValue(
      found.value.map((atom) =>
        typeof atom === "string" || isDefault(atom) ? atom : { ...atom, option: optionFor(name) },
      ),
      at,
    );
  }

  set(name: string, value: Value | null): void {
    const at = value?.find((atom) => typeof atom !== "string");
    const fixed = this.readOnly.get(name);
    if (fixed !== undefined) {
      const why = `$${name} is read-only from here on, and is assigned to later, which ends some shells`;
      const ends: Unknown = { why, at: fixed, option: null, inline: false };
      this.mayEnd(ends);
      this.variables.set(name, [ends]);
      return;
    }
    this.variables.set(name, value);
    if (value === null) this.arrays.delete(name);
    else if (this.arrays.has(name))
      this.arrays.set(name, unknownArray(name, typeof at === "object" ? at.at : { from: 0, to: 0 }));
  }

  /** An array of known length; the plain variable is its first member. */
  setArray(name: string, members: readonly Value[] | Unknown): void {
    this.arrays.set(name, members);
    this.variables.set(name, "length" in members ? (members[0] ?? null) : [members]);
  }

  /** `local`: the value is put back behind the function. Without a value of its own, dash keeps the one outside, and bash has none. */
  hideLocal(name: string, unassigned: Unknown | null): void {
    const locals = this.locals.at(-1);
    if (locals === undefined || locals.hidden.has(name)) return;
    const outside = this.variables.get(name);
    const { branch } = this;
    // Where it isn't known whether it is local, it isn't known what is there behind the function.
    locals.hidden.set(name, branch === null || branch === locals.branch ? outside : [branch]);
    if (this.arrays.has(name)) this.arrays.set(name, unknownArray(name, branch?.at ?? { from: 0, to: 0 }));
    if (unassigned === null || this.shell === "dash") return;
    if (this.shell === "bash") this.variables.set(name, null);
    else if (outside !== undefined && outside !== null) this.variables.set(name, [unassigned]);
  }

  snapshot(): Snapshot {
    return {
      variables: new Map(this.variables),
      arrays: new Map(this.arrays),
      functions: new Map(this.functions),
      files: new Map(this.files),
      args: this.args,
      options: this.options,
      branch: this.branch,
      leftLoop: this.leftLoop,
      leftFunction: this.leftFunction,
    };
  }

  restore(saved: Snapshot): void {
    this.variables = new Map(saved.variables);
    this.arrays = new Map(saved.arrays);
    this.functions = new Map(saved.functions);
    this.files = new Map(saved.files);
    this.args = saved.args;
    this.options = saved.options;
    this.branch = saved.branch;
    this.leftLoop = saved.leftLoop;
    this.leftFunction = saved.leftFunction;
  }

  /** Joins what came of several ways: where they differ, the value depends on `why`. */
  join(ways: readonly Snapshot[], why: Unknown): void {
    const [first, ...others] = ways;
    if (first === undefined) return;
    const { branch } = this;
    this.restore(first);
    this.branch = branch;
    for (const way of others) {
      this.#joinVariables(way, why);
      joinFunctions(this.functions, way.functions);
      for (const name of new Set([...this.arrays.keys(), ...way.arrays.keys()])) {
        if (this.arrays.get(name) !== way.arrays.get(name)) this.arrays.set(name, why);
      }
      for (const name of new Set([...this.files.keys(), ...way.files.keys()])) {
        if (this.files.get(name) !== way.files.get(name)) this.files.set(name, [hole(why, why.at)]);
      }
      if (way.args !== this.args) this.args = why;
      this.options = joinOptions(this.options, way.options);
      this.leftLoop ??= way.leftLoop;
      this.leftFunction ??= way.leftFunction;
    }
  }

  #joinVariables(way: Snapshot, why: Unknown): void {
    for (const name of new Set([...this.variables.keys(), ...way.variables.keys()])) {
      const [one, other] = [this.variables.get(name), way.variables.get(name)];
      const isSame = one && other ? isSameValue(one, other) : one === other;
      if (!isSame) this.variables.set(name, [{ ...why, why: `$${name} depends on a condition: ${why.why}` }]);
    }
  }
}

function joinFunctions(
  into: Map<string, readonly Command[]>,
  other: ReadonlyMap<string, readonly Command[]>,
): void {
  for (const [name, bodies] of other) {
    const known = into.get(name) ?? [];
    into.set(name, [...known, ...bodies.filter((body) => !known.includes(body))]);
  }
}

/** Its option is a default that the script itself names. */
function isDefault({ option }: Unknown): boolean {
  return option?.startsWith("--define ") === true && !option.endsWith("=VALUE");
}

/** Ends that may come count where any way has them. */
function joinOptions(one: ShellOptions, other: ShellOptions): ShellOptions {
  return {
    endsOnError: one.endsOnError || other.endsOnError,
    endsOnUnset: one.endsOnUnset || other.endsOnUnset,
    pipesFail: one.pipesFail === other.pipesFail ? one.pipesFail : null,
  };
}

function unknownArray(name: string, at: Stretch): Unknown {
  return {
    why: `what is in the array ${name} is not worked out`,
    at,
    option: null,
    inline: false,
    splits: true,
  };
}

/** The option that gives a variable's value. */
export function optionFor(name: string): string {
  return `--define ${name.replace(/_list$/u, "")}=VALUE`;
}
