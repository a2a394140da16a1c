/**
 * A packet to try: a form, and what both rulesets do with the packet, rule by rule, by the evaluator of `markify explain`. The packet stands in the page's address.
 */
import { useMemo } from "preact/hooks";
import { type Explained, explain } from "../../../verify/explain/explain.ts";
import type { ExplainFault } from "../../../verify/explain/types.ts";
import type { PageData } from "../../page-data.ts";
import { readPacketText } from "./packet-form.ts";
import { PacketFields } from "./packet-fields.tsx";
import { useSides } from "./packet-load.ts";
import type { PacketSides } from "./packet-rulesets.ts";
import { PacketOutcome } from "./packet-outcome.tsx";
import { firstPacket, packetAddress } from "./packet-links.ts";
import type { TabProps } from "../tab-props.ts";

/** Shows it. */
export function PacketTab({ data, address }: TabProps) {
  const { inputs } = data.report;
  const index = Math.max(
    0,
    inputs.findIndex(({ family }) => family === address.only),
  );
  const sides = useSides(data, index);
  const text = address.item;
  const walked = useMemo(
    () => (text === "" || typeof sides === "string" ? null : walk(sides, text)),
    [sides, text],
  );
  if (data.files[index] === undefined) return <p>There is no ruleset in this report.</p>;
  return (
    <>
      <p>
        One packet through the old ruleset and the new one, by the very evaluator of{" "}
        <code>markify explain</code>. What the form leaves open is not known: a rule that asks for it ends the
        walk.
      </p>
      {inputs.length > 1 && <Inputs data={data} index={index} text={text} />}
      <PacketFields
        text={text}
        addressOf={(words) => packetAddress(data, index, words)}
        faults={walked?.faults ?? []}
        sides={typeof sides === "string" ? null : sides}
      />
      {sides === "loading" && <p role="status">Reading both rulesets: {countLines(data, index)} lines …</p>}
      {sides === "unreadable" && (
        <p class="warning" role="status">
          The lines of this report can't be read as a ruleset here. <code>markify explain</code> walks packets
          through the files themselves.
        </p>
      )}
      {text === "" && <Examples data={data} index={index} />}
      {walked !== null && walked.faults.length === 0 && typeof sides !== "string" && (
        <PacketOutcome {...{ data, index, text, sides }} old={walked.old} now={walked.now} />
      )}
    </>
  );
}

interface Walked {
  readonly old: Explained;
  readonly now: Explained;
  /** What is wrong with the packet, each once; then nothing is walked on either side. */
  readonly faults: readonly ExplainFault[];
}

function walk(sides: PacketSides, text: string): Walked {
  const { options, faults } = readPacketText(text);
  const [old, now] = [explain(sides.old.ruleset, options), explain(sides.new.ruleset, options)];
  // What one side alone refuses (an answer to a match that it has not) is said beside it, and the other is walked.
  const refused = old.kind === "refused" && now.kind === "refused" ? [...old.faults, ...now.faults] : [];
  const byMessage = new Map([...faults, ...refused].map((fault) => [fault.message, fault]));
  return { old, now, faults: [...byMessage.values()] };
}

function countLines({ files }: PageData, index: number): string {
  const file = files[index]!;
  return (file.old.length + file.new.length).toLocaleString("en");
}

interface InputsProps {
  readonly data: PageData;
  readonly index: number;
  readonly text: string;
}

/** Which input the packet meets. */
function Inputs({ data, index, text }: InputsProps) {
  return (
    <p class="filter">
      Ruleset:
      {data.report.inputs.map(({ path, family }, at) => (
        <a key={family} href={packetAddress(data, at, text)} aria-current={at === index ? "true" : undefined}>
          {path} ({family === "v6" ? "IPv6" : "IPv4"})
        </a>
      ))}
    </p>
  );
}

/** Policy rules that packets are offered of. */
const MOST_EXAMPLES = 5;

/** Packets to begin with: one of each of the first policy rules. */
function Examples({ data, index }: Omit<InputsProps, "text">) {
  const path = data.files[index]!.path;
  const own = data.report.products.filter(({ file, accept }) => accept && file === path);
  const links = own.slice(0, MOST_EXAMPLES).flatMap((product) => {
    const href = firstPacket(data, product.lines);
    return href === null ? [] : [{ href, name: product.name, summary: product.summary }];
  });
  if (links.length === 0) return null;
  return (
    <>
      <p>Fill it in, or begin with a packet of a policy rule:</p>
      <ul>
        {links.map(({ href, name, summary }) => (
          <li key={name}>
            <a href={href}>{name}</a> {summary}
          </li>
        ))}
      </ul>
    </>
  );
}
