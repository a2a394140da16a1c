/**
 * What a plan has to do with marks beside its groups, as findings: marks of others on the host, and what is logged while bits are set.
 */
import { findLogging } from "../plan/log-partial.ts";
import { printMark } from "../plan/own-bits.ts";
import type { MarkReservation, Plan } from "../plan/types.ts";
import type { Finding } from "./view.ts";

/** One note for the room, one for each use that takes bits, and one for all that only need own bits to be clear. */
export function findMarksOfOthers({ markRoom, othersMarks = [] }: MarkReservation): readonly Finding[] {
  const note = (message: string): Finding => {
    return { kind: "marks-of-others", severity: "note", message, lines: [] };
  };
  const taking = othersMarks.filter(({ bits }) => bits !== 0);
  const reading = othersMarks.filter(({ bits }) => bits === 0);
  const clear = reading.map(({ what, from }) => `${what} (${from})`).join(", ");
  return [
    ...(markRoom === undefined
      ? []
      : [note(`mark bits are taken from ${printMark(markRoom)} alone (--mark-mask)`)]),
    ...taking.map(({ bits, what, from }) =>
      note(`mark bits ${printMark(bits)} are left to ${what} (${from})`),
    ),
    ...(reading.length === 0
      ? []
      : [
          note(
            `the whole mark is read by ${clear}: that takes no bits, since own bits are clear outside of rule chains`,
          ),
        ]),
  ];
}

/** One note for all policy rules that log what they match in part. */
export function findLogs(plan: Plan): readonly Finding[] {
  const rules = findLogging(plan).map(({ name, logPartial }) => `${name} (${logPartial})`);
  if (rules.length === 0) return [];
  const message = `packets that match in part are logged, because of logPartial: ${rules.join(", ")}; every packet fares as without that`;
  return [{ kind: "log-partial", severity: "note", message, lines: [] }];
}
