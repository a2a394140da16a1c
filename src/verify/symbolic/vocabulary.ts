/**
 * What tables speak of: interfaces, hardware addresses, matches that are not modelled; and the variables for all of it.
 */
import type { Family, Match, Table } from "../../model/types.ts";
import { changesOfTables } from "./changes.ts";
import { optionText, STATE_CODES } from "./conditions.ts";
import { where } from "./encode.ts";
import { type InterfaceClasses, interfaceClasses } from "./interface-classes.ts";
import { TRACK } from "./outcomes.ts";
import type { Sequencer, TrackChange } from "./sequence.ts";
import { type AddressOrder, Variables } from "./variables.ts";

/** The words of tables. */
export interface Vocabulary {
  readonly interfaces: InterfaceClasses;
  /** Hardware addresses that rules name. */
  readonly macs: readonly string[];
  /** Whether a target changes what matches that are not modelled may read, and the connection state. */
  readonly changesState: boolean;
  readonly tracks: boolean;
  readonly variables: Variables;
}

/** Reads all tables. Throws ProofGap for tables that can't be proved about. */
export function readVocabulary(tables: readonly Table[], family: Family, order: AddressOrder): Vocabulary {
  const matches = distinctMatches(tables);
  const { changesState, tracks } = changesOfTables(tables);
  const interfaces = interfaceClasses(tables);
  const macs = [...new Set(matches.flatMap((match) => (match.kind === "mac" ? [match.address] : [])))];
  const sizes = { family, order, interfaces: interfaces.names.length, macs: macs.length + 2 };
  const variables = new Variables({ ...sizes, changesState: tracks }, fixedAnswers(matches, changesState));
  return { interfaces, macs, changesState, tracks, variables };
}

/** Rules share matches that read the same: there are far fewer of them than of rules. */
function distinctMatches(tables: readonly Table[]): readonly Match[] {
  const found = new Set<Match>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const { matches } of rules) for (const match of matches) found.add(match);
  return [...found];
}

/** Texts of what has one answer for the whole walk. */
function fixedAnswers(matches: readonly Match[], changesState: boolean): readonly string[] {
  return matches.flatMap((match) => {
    if (match.kind === "pure") return changesState ? [] : [match.text];
    if (match.kind === "source" || match.kind === "destination")
      return match.address === null ? [match.text.replace(/^! /, "")] : [];
    return match.kind === "transport" && match.option !== null ? [optionText(match.option.number)] : [];
  });
}

/** CT and NOTRACK act on packets that no connection tracking has seen (net/netfilter/xt_CT.c, xt_ct_target); those count as INVALID until then. */
export function trackChange(join: Sequencer): TrackChange {
  const { state, snat, dnat } = join.variables.fields;
  const bits = (code: number): readonly number[] => [(code >> 2) & 1, (code >> 1) & 1, code & 1, 0, 0];
  const invalid = STATE_CODES.indexOf(1);
  return {
    untouched: where(join.diagram, state, (code) => code === invalid),
    levels: [...state, ...snat, ...dnat],
    bits: {
      [TRACK.UNTRACKED]: bits(STATE_CODES.indexOf(16)),
      [TRACK.TEMPLATE]: bits(STATE_CODES.indexOf(8)),
    },
  };
}
