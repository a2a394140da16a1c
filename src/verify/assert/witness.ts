/**
 * A packet that breaks an assertion, and its way through the rules: the proof chooses it, the evaluator that `explain` uses walks it.
 */
import { sampledPacket } from "../bridge.ts";
import { describeFields, type ExplainPacket } from "../explain/packet.ts";
import { optionsOf } from "../sample/packet.ts";
import { LEAF } from "../symbolic/outcomes.ts";
import { choosePacket } from "../symbolic/witness.ts";
import type { Stage } from "./stages.ts";
import type { WayTerms } from "./terms.ts";
import type { AssertionWitness } from "./types.ts";
import { walkWay } from "./walks.ts";

/** Values of the variables for one packet of a set (a condition) that is not empty. */
export function chooseBits(packets: number, terms: WayTerms): (level: number) => number {
  const chosen = choosePacket(terms, packets, LEAF.FALSE);
  return (level) => chosen.get(level) ?? 0;
}

/** Shows the packet; `file` is the ruleset's path. */
export function showPacket(
  bits: (level: number) => number,
  terms: WayTerms,
  stages: readonly Stage[],
  file: string,
): AssertionWitness {
  const { family } = terms.pair;
  const answers = terms.join.variables.answers();
  const texts = [...new Set(answers.map(({ answer }) => answer.text.replace(/^end of /u, "")))];
  const [interfaces, macs] = [terms.interfaces.names, ["other", ...terms.macs]];
  const names = { words: family === "v4" ? 1 : 4, interfaces, macs, texts } as const;
  const { packet: fields, oracle } = sampledPacket(terms, names, bits, false);
  const packet: ExplainPacket = {
    ...{ family, fields, interfaces, macs },
    unset: new Map(),
    assumed: new Set(["connmark"] as const),
  };
  const timed = (text: string, times: number): boolean | null => {
    const answer = texts.includes(text) ? oracle(texts.indexOf(text), times) : -1;
    return answer === -1 ? null : answer === 1;
  };
  const { walks, answers: asked } = walkWay(stages, packet, timed, file);
  const last = walks.at(-1);
  const options = optionsOf(fields).join(",");
  return {
    packet: {
      table: last?.table ?? "filter",
      hook: last?.hook ?? "",
      fields: {
        ...describeFields(packet),
        ...(options === "" ? {} : { tcpOption: options }),
        ...(asked === "" ? {} : { otherMatches: asked }),
      },
    },
    verdict: last?.verdict ?? "ACCEPT",
    walks,
  };
}
