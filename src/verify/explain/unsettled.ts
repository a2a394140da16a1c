/**
 * Why a walk stopped without a verdict, in words, and which options let it go on.
 */
import type { Match, Table } from "../../model/types.ts";
import { assertNever } from "../../text/internal-error.ts";
import { answerKey, missingField } from "./conditions.ts";
import type { ExplainPacket } from "./packet.ts";
import type { Unsettled } from "./types.ts";
import type { StopReason, WalkStop } from "./walk.ts";

type Reason = Pick<Unsettled, "condition" | "why" | "settle">;

/** Describes the stop; `packet` is the one that was walked. */
export function describeStop({ rule, reason }: WalkStop, table: Table, packet: ExplainPacket): Unsettled {
  const { chain, line, text } = rule;
  return { table: table.name, chain, line, text, ...describeReason(reason, packet) };
}

function describeReason(reason: StopReason, packet: ExplainPacket): Reason {
  switch (reason.kind) {
    case "match":
      return describeMatch(reason.match, packet);
    case "target": {
      const { text, ends } = reason.target;
      const isSettled = ends !== "unknown";
      return isSettled
        ? { condition: text, why: "which mark it sets is not modelled", settle: [] }
        : { condition: text, why: "whether the walk ends with it is not known", settle: bothAnswers(text) };
    }
    case "unparsed":
      return { condition: "", why: "the rule can't be read, and may match and do anything", settle: [] };
    case "length":
      return { condition: "", why: "chains call each other too many times", settle: [] };
    default:
      return assertNever(reason);
  }
}

function describeMatch(match: Match, packet: ExplainPacket): Reason {
  const condition = match.text;
  const key = answerKey(match);
  if (key !== null) {
    const isName = match.kind === "source" || match.kind === "destination";
    return {
      condition,
      why: isName ? "names are not looked up" : "it is not modelled",
      settle: bothAnswers(key),
    };
  }
  const field = missingField(match, packet);
  const gap = field === null ? undefined : packet.unset.get(field);
  return {
    condition,
    why: gap?.why ?? "",
    settle: gap === undefined || gap.option.length === 0 ? [] : [gap.option],
  };
}

function bothAnswers(key: string): readonly (readonly string[])[] {
  return [
    ["--match", `${key}=true`],
    ["--match", `${key}=false`],
  ];
}
