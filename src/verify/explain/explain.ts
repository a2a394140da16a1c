/**
 * Walks one packet through the tables of a hook and says what happened, rule by rule: ruleset and options in, plain data out.
 */
import { CTSTATE, type Ruleset, type Table } from "../../model/types.ts";
import { FIELD } from "../sample/packet.ts";
import { readAnswers } from "./answers.ts";
import type { Answers } from "./conditions.ts";
import { findGroupsOf } from "./groups.ts";
import { describeFields, type ExplainPacket, hex } from "./packet.ts";
import { findPlace, type WalkPlace } from "./place.ts";
import { readPacket } from "./read-packet.ts";
import { isFirstOfConnection, isUntracked, passOn } from "./tables.ts";
import type { ExplainFault, ExplainOptions, Explanation, TableOutcome } from "./types.ts";
import { describeStop } from "./unsettled.ts";
import { type TableWalk, walkTable } from "./walk.ts";

/** An explanation, or what is wrong with the options. */
export type Explained =
  | { readonly kind: "explained"; readonly explanation: Explanation }
  | { readonly kind: "refused"; readonly faults: readonly ExplainFault[] };

/** Explains what a ruleset does with one packet. The ruleset is one that `import` accepts: every chain that is named is there, and no loop. */
export function explain(ruleset: Ruleset, options: ExplainOptions): Explained {
  const faults: ExplainFault[] = [];
  const report = (message: string, next = ""): void => {
    faults.push({ message, next });
  };
  const place = findPlace(ruleset, options, report);
  if (place === null) return { kind: "refused", faults };
  const packet = readPacket(options, ruleset.family, place.hook, report);
  const answers = readAnswers(options.match ?? [], place.tables, ruleset.family, report);
  const seesNat = place.tables.length > 1 || place.tables[0]!.name !== "nat" || isFirstOfConnection(packet);
  if (!seesNat && faults.length === 0)
    report("the nat table sees the first packet of a connection only", "--state NEW or --state RELATED");
  if (faults.length > 0) return { kind: "refused", faults };
  const walked = walkAll(place, packet, answers);
  return { kind: "explained", explanation: join(ruleset, place.hook, packet, walked) };
}

/** All walks, and the packet as it entered the last one. */
interface Walked {
  readonly walks: readonly (readonly [Table, TableWalk])[];
  readonly last: ExplainPacket;
  readonly notes: readonly string[];
}

function walkAll({ hook, tables }: WalkPlace, first: ExplainPacket, answers: Answers): Walked {
  const walks: (readonly [Table, TableWalk])[] = [];
  const notes: string[] = [];
  let packet = first;
  for (const table of tables) {
    if (table.name === "nat" && !isFirstOfConnection(packet)) {
      notes.push("nat is left out: it sees the first packet of a connection only");
      continue;
    }
    const base = table.chains.find(({ name }) => name === hook)!;
    if (base.line === 0)
      notes.push(`the file does not set the policy of ${hook} in ${table.name}: ACCEPT is assumed`);
    const isRaw = table.name === "raw" && isUntracked(packet);
    const walk = walkTable(table, hook, isRaw ? withoutState(packet) : packet, answers);
    if (isRaw && walk.asked.has("ctstate"))
      notes.push("in raw the state is INVALID: connection tracking comes after it");
    walks.push([table, walk]);
    const next = passOn(packet, table, hook, walk);
    if (next === null) break;
    packet = next.packet;
    notes.push(...next.notes);
  }
  return { walks, last: packet, notes };
}

function withoutState(packet: ExplainPacket): ExplainPacket {
  const fields = packet.fields.slice();
  fields[FIELD.CTSTATE] = CTSTATE.INVALID;
  return { ...packet, fields };
}

function join(
  ruleset: Ruleset,
  hook: string,
  packet: ExplainPacket,
  { walks, last, notes }: Walked,
): Explanation {
  const [table, end] = walks[walks.length - 1]!;
  const asked = new Set(walks.flatMap(([, walk]) => [...walk.asked]));
  const fields = describeFields(packet);
  return {
    family: ruleset.family,
    file: ruleset.file.path,
    hook,
    packet: fields,
    assumed: Object.keys(fields).filter((name) =>
      [...packet.assumed].some((field) => field === name && asked.has(field)),
    ),
    result: end.stop === null ? "decided" : "unknown",
    verdict: end.verdict,
    decidedBy: end.decidedBy,
    mark: hex(end.state.mark),
    connmark: hex(end.state.connmark),
    groups: findGroupsOf(walks),
    effects: walks.flatMap(([, walk]) => walk.effects),
    unknown: end.stop === null ? null : describeStop(end.stop, table, last),
    notes: [...notes, ...setNotes(ruleset, walks)],
    tables: walks.map(([{ name }, walk]) => outcomeOf(name, walk)),
    steps: walks.flatMap(([, walk]) => walk.steps),
  };
}

function setNotes({ setFile }: Ruleset, walks: Walked["walks"]): readonly string[] {
  const usesSets = walks.some(([{ chains }]) =>
    chains.some(({ rules }) =>
      rules.some(({ matches }) => matches.some(({ kind }) => kind === "addressSet")),
    ),
  );
  return usesSets ? [`sets hold what ${setFile} says`] : [];
}

function outcomeOf(table: string, { verdict, decidedBy, state }: TableWalk): TableOutcome {
  return { table, verdict, decidedBy, mark: hex(state.mark), connmark: hex(state.connmark) };
}
