/**
 * One assertion on one way: the packets that it speaks of against what becomes of them.
 */
import type { Assertion } from "../../model/assertion.ts";
import { InternalError } from "../../text/internal-error.ts";
import { LEAF } from "../symbolic/outcomes.ts";
import { whereLeaf } from "./leaves.ts";
import { assertedPackets } from "./packets.ts";
import { upToFilter } from "./stages.ts";
import type { AssertionResult } from "./types.ts";
import { FATE, type Way } from "./way.ts";
import { chooseBits, showPacket } from "./witness.ts";

/** What is known about an assertion. */
export type Judgement = Pick<AssertionResult, "result" | "reason" | "witness">;

/**
 * Judges. `always` looks at the whole way, `never` at the way up to the filter table's verdict. Throws BudgetSpent and ProofGap where nothing can be proved, and InternalError
 * where the evaluator contradicts the proof. `never` also counts packets that had another destination before nat. `file` is the ruleset's path.
 */
export function judgeAssertion(assertion: Assertion, way: Way, file: string): Judgement {
  const { join } = way.terms;
  const isWhole = assertion.kind === "always";
  const asserted = assertedPackets(assertion, way.terms);
  if (asserted === LEAF.FALSE) return { result: "not-applicable", reason: "no packet is like that" };
  const outcomes = way.outcomes(isWhole);
  const some = (fate: number, all = outcomes): number =>
    join.and(asserted, whereLeaf(join.diagram, way.fates(all), fate));
  const broken = some(isWhole ? FATE.LOST : FATE.ACCEPTED);
  if (broken !== LEAF.FALSE) return { result: "broken", witness: makeWitness(broken, way, isWhole, file) };
  const open = some(FATE.OPEN);
  if (open === LEAF.FALSE) {
    if (isWhole || !way.isTranslated || some(FATE.ACCEPTED, way.outcomes(false, true)) === LEAF.FALSE)
      return { result: "holds" };
    const reason =
      "raw or mangle decide by a destination that nat may change afterwards, and nat is not followed";
    return { result: "unknown", reason };
  }
  const leaf = join.diagram.evaluate(outcomes, chooseBits(open, way.terms));
  const verdict = join.outcomes.verdictText(join.outcomes.of(leaf).control);
  return { result: "unknown", reason: `what becomes of packets behind ${verdict} is not known` };
}

function makeWitness(broken: number, way: Way, isWhole: boolean, file: string) {
  const stages = isWhole ? way.stages : upToFilter(way.stages);
  const witness = showPacket(chooseBits(broken, way.terms), way.terms, stages, file);
  const isAccepted = witness.verdict === "ACCEPT" && witness.walks.length === stages.length;
  const isLost = /^(?:DROP|REJECT)\b/u.test(witness.verdict);
  if (isWhole ? isLost : isAccepted) return witness;
  throw new InternalError(`proof and evaluator disagree about a packet: ${JSON.stringify(witness)}`);
}
