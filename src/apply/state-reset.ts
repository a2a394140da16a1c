/**
 * Rules whose state a load resets: what a counting match has counted is gone when its table is loaded again, and a quota that is full again can open a machine.
 */
import { TARGET_ROWS } from "../model/target-table.ts";
import type { Family, Rule, Ruleset, Table } from "../model/types.ts";
import { normalRule } from "./normal-lists.ts";
import type { Refusal } from "./refusal.ts";

/** What becomes of a module's state when its table is loaded again. */
export type StateFate =
  /** It begins anew. */
  | "lost"
  /** It is kept outside of the rule: in a set, in the connection, in an accounting object. */
  | "kept"
  /** It belongs to a name, and lives on where a rule with that name is in the new table. */
  | "by-name";

/** What is known of a module with state. */
export interface StateModule {
  readonly fate: StateFate;
  /** What it keeps, for people. */
  readonly what: string;
  /** The option whose value is the name. */
  readonly nameOption?: string;
}

/** The match modules with state. One that is not here, and that markify does not know, may keep some: it counts as lost. */
export const STATE_MODULES: ReadonlyMap<string, StateModule> = new Map([
  ["quota", { fate: "lost", what: "how much of the quota is left" }],
  ["limit", { fate: "lost", what: "how much of the burst is left" }],
  ["connlimit", { fate: "lost", what: "which connections are counted" }],
  ["statistic", { fate: "lost", what: "which packet is the next" }],
  ["rateest", { fate: "by-name", what: "the estimated rate", nameOption: "--rateest" }],
  ["recent", { fate: "by-name", what: "the list of addresses", nameOption: "--name" }],
  ["hashlimit", { fate: "by-name", what: "the rates of addresses", nameOption: "--hashlimit-name" }],
  ["condition", { fate: "by-name", what: "whether it is set", nameOption: "--condition" }],
  ["set", { fate: "kept", what: "the set" }],
  ["nfacct", { fate: "kept", what: "the accounting object" }],
  ["connbytes", { fate: "kept", what: "the connection" }],
  ["connlabel", { fate: "kept", what: "the connection" }],
  ["conntrack", { fate: "kept", what: "the connection" }],
  ["cluster", { fate: "kept", what: "nothing" }],
  ["ipvs", { fate: "kept", what: "the connection" }],
  ["time", { fate: "kept", what: "nothing" }],
  ["socket", { fate: "kept", what: "nothing" }],
  ["rpfilter", { fate: "kept", what: "nothing" }],
  ["iprange", { fate: "kept", what: "nothing" }],
  ["-j RATEEST", { fate: "by-name", what: "the estimated rate", nameOption: "--rateest-name" }],
  ["-j IDLETIMER", { fate: "by-name", what: "its timer", nameOption: "--label" }],
  ["-j LED", { fate: "by-name", what: "its timer", nameOption: "--led-trigger-id" }],
]);

/** A live rule that loses its state. */
export interface StateReset {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  /** In the live ruleset's file. */
  readonly line: number;
  /** As iptables-save prints it. */
  readonly text: string;
  readonly module: string;
  /** What it loses. */
  readonly what: string;
}

/** Live rules that lose state when these tables are loaded with what `meant` has. */
export function findStateResets(
  live: Ruleset,
  meant: Ruleset,
  tables: readonly string[],
): readonly StateReset[] {
  const isLoaded = ({ name }: Table): boolean => tables.includes(name);
  const stays = [...meant.tables.filter(isLoaded), ...live.tables.filter((table) => !isLoaded(table))];
  const named = new Set(stays.flatMap((table) => rulesOf(table).flatMap(namesOf)));
  return live.tables.filter(isLoaded).flatMap((table) =>
    rulesOf(table).flatMap((rule) => {
      const { chain, line } = rule;
      const place = { family: live.family, table: table.name, chain, line, text: normalRule(rule) };
      return lossesOf(rule, named)
        .slice(0, 1)
        .map((loss) => ({ ...place, ...loss }));
    }),
  );
}

function rulesOf({ chains }: Table): readonly Rule[] {
  return chains.flatMap(({ rules }) => rules);
}

/** Whatever may keep state: its name in STATE_MODULES, its text, and whether markify knows what it does. */
interface Keeper {
  readonly module: string;
  readonly text: string;
  readonly known: boolean;
}

function keepersOf({ matches, target }: Rule): readonly Keeper[] {
  const keepers = matches.flatMap((match): Keeper[] => (match.kind === "opaque" ? [match] : []));
  if (target.kind === "unparsed")
    return [{ module: "a rule that can't be read", text: target.text, known: false }];
  if (target.kind !== "extension") return keepers;
  const known = TARGET_ROWS.has(target.name);
  return [...keepers, { module: `-j ${target.name}`, text: target.text, known }];
}

function lossesOf(
  rule: Rule,
  named: ReadonlySet<string>,
): readonly { readonly module: string; readonly what: string }[] {
  return keepersOf(rule).flatMap((keeper) => {
    const { module, text } = keeper;
    const known = STATE_MODULES.get(module);
    if (known === undefined) return keeper.known ? [] : [{ module, what: "whatever it keeps" }];
    const { fate, what } = known;
    // Of statistic only the counting mode keeps anything.
    const counts = module !== "statistic" || text.includes("--mode nth");
    const isLost = fate === "by-name" ? !named.has(nameOf(keeper, known)) : fate === "lost" && counts;
    return isLost ? [{ module, what }] : [];
  });
}

/** Names whose state a rule keeps alive. */
function namesOf(rule: Rule): readonly string[] {
  return keepersOf(rule).flatMap((keeper) => {
    const known = STATE_MODULES.get(keeper.module);
    return known?.fate === "by-name" ? [nameOf(keeper, known)] : [];
  });
}

/** The module with the name of its state, which is DEFAULT where the rule names none. */
function nameOf({ module, text }: Keeper, { nameOption = "" }: StateModule): string {
  const at = text.indexOf(` ${nameOption} `);
  const rest = at === -1 ? "" : text.slice(at + nameOption.length + 2);
  const [name = "DEFAULT"] = /^(?:"(?:\\.|[^"\\])*"|\S+)/u.exec(rest) ?? [];
  return `${module} ${name}`;
}

/** How many rules are shown. */
const MOST_SHOWN = 20;

/** Refuses a load that resets state, unless that is accepted (`--accept-state-reset`). */
export function refuseStateResets(resets: readonly StateReset[], isAccepted: boolean): Refusal | null {
  if (isAccepted || resets.length === 0) return null;
  const rules = resets.length === 1 ? "a rule" : `${resets.length} rules`;
  const more = resets.length - MOST_SHOWN;
  const details = resets.slice(0, MOST_SHOWN).map(({ family, table, text, module, what }) => {
    return `${family} ${table}: ${text}: ${module} loses ${what}`;
  });
  return {
    message: `the load resets the state of ${rules}`,
    details: more > 0 ? [...details, `and ${more} more`] : details,
    next: "--accept-state-reset loads it all the same: what they have counted begins anew",
  };
}
