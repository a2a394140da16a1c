/**
 * IPv4 or IPv6: what a save file says about itself, and the sets that its rules name. The format does not name its family; where nothing tells, nothing is guessed: REJECT, icmp and
 * fragments are not the same in both.
 */
import type { Family } from "../model/types.ts";
import type { Tree } from "../syntax/tree.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { findSetSigns, findSigns, type SetFamilies, type Sign } from "./family-signs.ts";

export type { SetFamilies } from "./family-signs.ts";

/** A family and how it was found out. */
export interface Detection {
  /** With an error among the diagnostics it is one to look for other errors with, and no more. */
  readonly family: Family;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds out the family of a file: from its rules first, then from the sets that they name, from protocols and chains, and from its name. */
export function detectFamily(tree: Tree, sets: SetFamilies = new Map()): Detection {
  const signs = [...findSigns(tree)];
  const certain = agree(signs.filter(({ weak }) => !weak)) ?? agree([...findSetSigns(tree, sets)]);
  if (certain !== null) return certain;
  const weak = new Set(signs.map(({ family }) => family));
  const family = (weak.size === 1 ? [...weak][0]! : null) ?? familyOfName(tree.file.path);
  if (family !== null) return { family, diagnostics: [] };
  return { family: "v4", diagnostics: [makeDiagnostic("FAMILY_UNKNOWN", null, { file: tree.file.path })] };
}

/** What signs say that leave no doubt; null where there are none. */
function agree([first, ...others]: readonly Sign[]): Detection | null {
  if (first === undefined) return null;
  const second = others.find(({ family }) => family !== first.family);
  return { family: first.family, diagnostics: second === undefined ? [] : [contradiction(first, second)] };
}

function contradiction(first: Sign, second: Sign): Diagnostic {
  const args = {
    first: first.text,
    firstVersion: versionOf(first.family),
    second: second.text,
    secondVersion: versionOf(second.family),
  };
  const notes = [{ message: `${first.text} stands here`, span: first.span }];
  return makeDiagnostic("FAMILY_CONTRADICTION", second.span, args, { notes });
}

function versionOf(family: Family): number {
  return family === "v4" ? 4 : 6;
}

function familyOfName(path: string): Family | null {
  const name = path.split(/[/\\]/u).at(-1)!.toLowerCase();
  if (/ip6|v6/u.test(name)) return "v6";
  return /v4/u.test(name) ? "v4" : null;
}
