/**
 * The naive interpreter as a judge: does a packet fare differently in two tables? Knows what `verify` promises to compare (types.ts, VerifyOptions), and nothing of how it does so.
 */
import type { Rule, Table } from "../../../src/model/types.ts";
import { interpret, type NaiveOutcome, type NaivePacket } from "../naive.ts";

/** Two forms of a table, and which counting match of one is which of the other. */
export interface JudgedPair {
  readonly old: Table;
  readonly new: Table;
  readonly names: (rule: Rule, place: number) => string;
}

/** What counts. */
export interface JudgeSettings {
  readonly ownBits: number;
  /** Packets may bring own bits, and own bits do not count. */
  readonly anyMark: boolean;
}

/** How an answer that is asked for again is called. */
export type AgainName = (name: string, times: number) => string;

/** Walks one side. A counting match that is asked again goes by another name, so that it can answer otherwise; `asked` is told every name. */
export function walk(
  table: Table,
  hook: string,
  packet: NaivePacket,
  names: JudgedPair["names"],
  again: AgainName,
  asked: (name: string) => void = () => {},
): NaiveOutcome {
  const counts = new Map<string, number>();
  return interpret(table, hook, packet, (rule, place) => {
    const name = names(rule, place);
    const times = counts.get(name) ?? 0;
    counts.set(name, times + 1);
    const full = times === 0 ? name : again(name, times);
    asked(full);
    return full;
  });
}

/** What differs, in the words of a witness; empty: nothing. */
export function differences(
  old: NaiveOutcome,
  now: NaiveOutcome,
  settings: JudgeSettings,
): readonly string[] {
  const { ownBits, anyMark } = settings;
  const areDropped = old.verdict === "DROP" && now.verdict === "DROP";
  const seen = (anyMark ? ~ownBits : -1) >>> 0;
  const seenMark = areDropped ? ~ownBits : seen;
  const found: string[] = [];
  if (old.verdict !== now.verdict) found.push("verdict");
  if (!areSameEffects(old.effects, now.effects, seen)) found.push("effects");
  if (((old.mark ^ now.mark) & seenMark) !== 0) found.push("mark");
  if (((old.connmark ^ now.connmark) & seen) !== 0) found.push("connmark");
  return found;
}

function areSameEffects(allOld: readonly string[], allNow: readonly string[], seen: number): boolean {
  const [old, now] = [effective(allOld), effective(allNow)];
  if (old.length !== now.length) return false;
  return old.every((effect, at) => withSeenMark(effect, seen) === withSeenMark(now[at]!, seen));
}

const TRACKS = /^(?:NOTRACK|CT)\b/;
const REPORTS = /^(?:-m |LOG|NFLOG|ULOG|TRACE|AUDIT|LED|RATEEST|IDLETIMER|TEE|counter of)/;
const WRITES = /^(?:DSCP|CLASSIFY|TCPMSS|TTL --ttl-set|HL --hl-set|ECN --ecn-tcp-remove)\b/;

/** Without effects that nobody can see: tracking is decided by the first of its targets, and a constant that was just written stays what it is. */
function effective(effects: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let written = "";
  for (const effect of effects) {
    const text = effect.replace(/ @\d+$/, "");
    if (TRACKS.test(text) && kept.some((other) => TRACKS.test(other))) continue;
    const tos = /^TOS --set-tos (0x[0-9a-f]+)\/(0x[0-9a-f]+)$/.exec(text);
    const isWriting =
      WRITES.test(text) || (tos !== null && (Number(tos[1]) | Number(tos[2])) === Number(tos[2]));
    if (isWriting && written === text) continue;
    if (!REPORTS.test(text)) written = isWriting ? text : "";
    kept.push(effect);
  }
  return kept;
}

/** An effect that shows a mark ends in ` @mark`. */
function withSeenMark(effect: string, seen: number): string {
  return effect.replace(/ @(\d+)$/, (_, mark: string) => ` @${(Number(mark) & seen) >>> 0}`);
}
