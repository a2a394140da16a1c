/**
 * One finding: what its kind means, what to do, its lines, and the lines that prove it.
 */
import { describeKind } from "../finding-words.ts";
import type { PageData } from "../page-data.ts";
import type { FindingItem } from "./findings.ts";
import { Quotes } from "./lines.tsx";
import { findNearMiss } from "./lookup.ts";
import { TryPacket } from "./packet/packet-try.tsx";
import { Names, Part } from "./parts.tsx";
import { linkPicture } from "./pictures/choice.ts";

/** Shows it. */
export function FindingDetail({ data, finding }: { readonly data: PageData; readonly finding: FindingItem }) {
  const { kind, step, lines, because, missing } = finding;
  const rule = finding.policyRule ?? findNearMiss(data, finding);
  const words = describeKind(kind.replace(/^lint: /, ""));
  return (
    <>
      {words !== undefined && <p>{words}</p>}
      {step !== "" && <p>What to do: {step}</p>}
      {rule !== undefined && (
        <p>
          <a href={linkPicture("rule", rule)}>Show it in a picture</a>
        </p>
      )}
      <TryPacket data={data} lines={lines} />
      {missing.length > 0 && (
        <Part title="Missing">
          <Names names={missing} />
        </Part>
      )}
      {lines.length > 0 && (
        <Part title="Lines">
          <Quotes data={data} lines={lines} />
        </Part>
      )}
      {because.length > 0 && (
        <Part title="Proof: the lines that are the reason">
          <Quotes data={data} lines={because} />
        </Part>
      )}
    </>
  );
}
