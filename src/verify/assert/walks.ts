/**
 * One packet through all tables on its way, by the evaluator that `explain` uses.
 */
import { CTSTATE } from "../../model/types.ts";
import { type ExplainPacket, hex } from "../explain/packet.ts";
import { isUntracked, passOn } from "../explain/tables.ts";
import { type TableWalk, walkTable } from "../explain/walk.ts";
import { FIELD } from "../sample/packet.ts";
import type { WalkStep } from "../types.ts";
import type { Stage } from "./stages.ts";
import type { AssertionWalk } from "./types.ts";

/** What something that is not modelled answers, by its text and how often it, or anything that it may read, was there before; null where nothing depends on it. */
export type TimedAnswers = (text: string, times: number) => boolean | null;

/** The walks, and what was answered in them, in words. */
export interface WalkedWay {
  readonly walks: readonly AssertionWalk[];
  readonly answers: string;
}

/** Walks up to the table that does not let the packet go on. `file` is the ruleset's path. */
export function walkWay(
  stages: readonly Stage[],
  first: ExplainPacket,
  timed: TimedAnswers,
  file: string,
): WalkedWay {
  const book = new AnswerBook(timed);
  const walks: AssertionWalk[] = [];
  let packet = first;
  for (const [at, stage] of stages.entries()) {
    if (at > 0 && stages[at - 1]!.hook !== stage.hook) book.changes++;
    const { table, hook } = stage;
    const walk = walkTable(table, hook, packetAt(stage, packet), (text, changes) =>
      book.answer(text, changes),
    );
    book.changes += walk.state.changes;
    walks.push({ table: table.name, hook, ...outcomeOf(walk, packet, file) });
    const next = passOn(packet, table, hook, walk);
    if (next === null) break;
    packet = next.packet;
  }
  return { walks, answers: book.words() };
}

/** The packet as a table sees it: no out-interface before routing, no connection before connection tracking. */
function packetAt({ table, hook }: Stage, packet: ExplainPacket): ExplainPacket {
  const fields = packet.fields.slice();
  if (hook === "PREROUTING") fields[FIELD.OUT] = 0;
  if (table.name === "raw" && (hook === "OUTPUT" || isUntracked(packet)))
    fields[FIELD.CTSTATE] = CTSTATE.INVALID;
  return { ...packet, fields };
}

/** Looks answers up and writes down which were asked for; a class because it counts. */
class AnswerBook {
  /** How often something changed what later matches may read, in the stages that are over. */
  changes = 0;
  readonly #timed: TimedAnswers;
  readonly #counts = new Map<string, number>();
  readonly #words = new Set<string>();

  constructor(timed: TimedAnswers) {
    this.#timed = timed;
  }

  /** `changes` as `explain` counts them, in the present stage. */
  answer(name: string, changes: number | null): boolean {
    const text = name.replace(/^-j /u, "");
    const times = changes === null ? this.#count(text) : this.changes + changes;
    // What never changes has one answer.
    const answer = this.#timed(text, times) ?? (changes === null ? null : this.#timed(text, 0)) ?? false;
    this.#words.add(`${text}${changes === null && times > 0 ? " again" : ""} ${answer}`);
    return answer;
  }

  #count(text: string): number {
    const count = this.#counts.get(text) ?? 0;
    this.#counts.set(text, count + 1);
    return count;
  }

  words(): string {
    return [...this.#words].join(", ");
  }
}

function outcomeOf(walk: TableWalk, packet: ExplainPacket, file: string) {
  const { verdict, decidedBy, effects, state } = walk;
  const steps: WalkStep[] = [];
  let mark = hex(packet.fields[FIELD.MARK]!);
  for (const step of walk.steps) {
    if (step.kind !== "rule") continue;
    mark = step.mark ?? mark;
    const { chain, line, text } = step;
    const note = step.result === "dropped" ? " (dropped by a match: its header can't be read)" : "";
    if (step.result !== "failed") steps.push({ chain, line, text: text + note, mark });
  }
  if (decidedBy?.line === 0) steps.push({ chain: decidedBy.chain, line: 0, text: decidedBy.text, mark });
  const texts = effects.map(({ text, mark: shown }) => (shown === null ? text : `${text} (mark ${shown})`));
  return { file, steps, verdict: verdict ?? "", effects: texts, mark: hex(state.mark) };
}
