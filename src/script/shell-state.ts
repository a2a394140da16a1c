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

/** What can be put aside and taken back. */
export interface Snapshot {
  readonly variables: ReadonlyMap<string, Value | null>;
  readonly functions: ReadonlyMap<string, readonly Command[]>;
  readonly files: ReadonlyMap<string, Pieces>;
  readonly args: readonly Value[] | Unknown;
  readonly unsure: Unknown | null;
}

/** What a name stands for. */
export type Lookup = { readonly kind: "set"; readonly value: Value } | { readonly kind: "unset" };

/** Guards the state of one run. */
export class ShellState {
  /** Null: unset by the script. A shell begins with an IFS of its own, whatever the environment has. */
  variables = new Map<string, Value | null>([["IFS", [" \t\n"]]]);
  /** More than one where a condition decides which it is. */
  functions = new Map<string, readonly Command[]>();
  files = new Map<string, Pieces>();
  /** From `$1`. */
  args: readonly Value[] | Unknown;
  /** Why it isn't known whether the script comes here; null where it is. */
  unsure: Unknown | null = null;
  /** An `exit` before this place that may have ended the script. */
  mayEnd: Unknown | null = null;
  /** Shells inside the script's own: `( … )`, `$( … )`, parts of pipes. An `exit` there ends no more than them. */
  innerShells = 0;
  /** `set -e`. */
  endsOnError = false;
  /** `set -o pipefail`: a pipe fails with any of its commands. */
  pipesFail = false;
  /** What `local` hides, function by function. */
  readonly locals: Map<string, Value | null | undefined>[] = [];
  readonly usedDefines = new Set<string>();
  readonly #defines: ReadonlyMap<string, string>;

  constructor(defines: ReadonlyMap<string, string>, args: readonly Value[] | Unknown) {
    this.#defines = defines;
    this.args = args;
  }

  /** Runs something in a shell inside this one. */
  inside<T>(run: () => T): T {
    this.innerShells += 1;
    try {
      return run();
    } finally {
      this.innerShells -= 1;
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

  /** What a variable holds; the user's value where the script's own isn't known. */
  lookUp(name: string): Lookup {
    const value = this.variables.get(name);
    const unknown = value?.find((atom) => typeof atom !== "string");
    if (value === null) return { kind: "set", value: [] };
    if (value !== undefined && unknown === undefined) return { kind: "set", value };
    const given = this.define(name) ?? this.#defineOfList(name);
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
      found.value.map((atom) => (typeof atom === "string" ? atom : { ...atom, option: optionFor(name) })),
      at,
    );
  }

  set(name: string, value: Value | null): void {
    this.variables.set(name, value);
  }

  /** `local`: the value is put back behind the function. Without a value of its own, dash keeps the one outside, and bash has none. */
  hideLocal(name: string, unassigned: Unknown | null): void {
    const locals = this.locals.at(-1);
    if (locals === undefined || locals.has(name)) return;
    const outside = this.variables.get(name);
    locals.set(name, outside);
    if (unassigned !== null && outside !== undefined && outside !== null) this.set(name, [unassigned]);
  }

  snapshot(): Snapshot {
    return {
      variables: new Map(this.variables),
      functions: new Map(this.functions),
      files: new Map(this.files),
      args: this.args,
      unsure: this.unsure,
    };
  }

  restore(saved: Snapshot): void {
    this.variables = new Map(saved.variables);
    this.functions = new Map(saved.functions);
    this.files = new Map(saved.files);
    this.args = saved.args;
    this.unsure = saved.unsure;
  }

  /** Joins what came of several ways: where they differ, the value depends on `why`. */
  join(ways: readonly Snapshot[], why: Unknown): void {
    const [first, ...others] = ways;
    if (first === undefined) return;
    const { unsure } = this;
    this.restore(first);
    this.unsure = unsure;
    for (const way of others) {
      this.#joinVariables(way, why);
      joinFunctions(this.functions, way.functions);
      for (const name of new Set([...this.files.keys(), ...way.files.keys()])) {
        if (this.files.get(name) !== way.files.get(name)) this.files.set(name, [hole(why, why.at)]);
      }
      if (way.args !== this.args) this.args = why;
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

/** The option that gives a variable's value. */
export function optionFor(name: string): string {
  return `--define ${name.replace(/_list$/u, "")}=VALUE`;
}
