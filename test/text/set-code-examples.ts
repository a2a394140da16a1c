/** For each code of sets, the least that yields it. */
import { parseSets } from "../../src/sets/parse.ts";
import type { SET_CODES } from "../../src/text/codes-sets.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { seen } from "../support/sets.ts";
import { filterOf, rulesetOf } from "../verify/samples.ts";

type Example = () => readonly Diagnostic[];

/** A file of sets. */
function saved(...lines: readonly string[]): Example {
  return () => parseSets(makeSourceFile("t.ipset", `${lines.join("\n")}\n`)).diagnostics;
}

/** A rule that asks for a set, beside sets that can be read. */
function asked(set: string): Example {
  const sets = ["create six hash:ip family inet6", "create leaving hash:ip timeout 60"];
  const rule = `-A INPUT -m set --match-set ${set} src -j DROP`;
  return () => seen([rulesetOf(filterOf([rule]))], ...sets).diagnostics;
}

/** The record's type demands one for every code. */
export const SET_CODE_EXAMPLES: Readonly<Record<keyof typeof SET_CODES, Example>> = {
  SET_LINE: saved("hello"),
  SET_TWICE: saved("create a hash:ip", "create a hash:ip"),
  SET_NOT_CREATED: saved("add a 10.0.0.1"),
  SET_ENTRY: saved("create a hash:ip", "add a 10.0.0.256"),
  SETS_NOT_KNOWN: asked("leaving"),
  SET_MISSING: asked("gone"),
  SET_OF_OTHER_FAMILY: asked("six"),
};
