/**
 * What became of a packet: whether both sides agree, each side's verdict with what is known of the packet, and the walks.
 */
import { useMemo, useState } from "preact/hooks";
import type { Explained } from "../../../verify/explain/explain.ts";
import type { Explanation, Unsettled } from "../../../verify/explain/types.ts";
import { shellValue } from "../../../text/shell-words.ts";
import { describeEffect, marksOf, summariseWalk } from "../../explain-terminal.ts";
import type { PageData } from "../../page-data.ts";
import { parseHarmless } from "../harmless.ts";
import { commandsOf } from "./packet-commands.ts";
import { packetAddress } from "./packet-links.ts";
import type { PacketSides } from "./packet-rulesets.ts";
import { Walk, type WalkSide } from "./packet-steps.tsx";
import { type Comparison, compareWalks } from "./packet-walk.ts";

/** What is shown. */
export interface PacketOutcomeProps {
  readonly data: PageData;
  readonly index: number;
  /** The packet, as the command takes it. */
  readonly text: string;
  readonly sides: PacketSides;
  readonly old: Explained;
  readonly now: Explained;
}

/** Shows it. */
export function PacketOutcome({ data, index, text, sides, old, now }: PacketOutcomeProps) {
  const comparison = compareWalks(old, now, Number(data.report.ownMarkBits));
  const side = (name: "old" | "new", explained: Explained) => (
    <Side
      title={name === "old" ? "Old" : "New"}
      explained={explained}
      place={{ side: name, file: index, groups: sides[name].groups }}
      again={(words) => packetAddress(data, index, `${text} ${words.map(shellValue).join(" ")}`)}
    />
  );
  return (
    <div class="outcome">
      <p class={`verdict ${TONES[comparison]}`} role="status">
        {sayComparison(comparison, old, now)}
      </p>
      <Packet explained={old.kind === "refused" ? now : old} />
      <div class="pair">
        {side("old", old)}
        {side("new", now)}
      </div>
      <Commands commands={commandsOf(data, index, text)} />
    </div>
  );
}

const TONES: Readonly<Record<Comparison, "good" | "bad" | "warning">> = {
  same: "good",
  traces: "warning",
  different: "bad",
  unknown: "warning",
  refused: "warning",
};

function sayComparison(comparison: Comparison, old: Explained, now: Explained): string {
  const verdict =
    old.kind === "explained" ? parseHarmless<string>(JSON.stringify(old.explanation.verdict)) : "";
  const [before, after] = [conditionOf(old), conditionOf(now)];
  switch (comparison) {
    case "same":
      return `Same: ${verdict} on both sides`;
    case "traces":
      return `Same verdict, ${verdict}, but what is logged, counted or marked on the way is different`;
    case "different":
      return "Different: the packet fares otherwise in the new ruleset";
    case "unknown":
      return before !== "" && before === after
        ? "Can't tell: both sides stop at the same question"
        : "Can't tell: something that decides is not known";
    case "refused":
      return "One side can't walk this packet";
  }
}

/** What a walk stopped at; empty where it did not. */
function conditionOf(explained: Explained): string {
  return explained.kind === "explained" ? (explained.explanation.unknown?.condition ?? "") : "";
}

interface SideProps {
  readonly title: string;
  readonly explained: Explained;
  readonly place: WalkSide;
  /** The address of the same packet with more words. */
  readonly again: (words: readonly string[]) => string;
}

function Side({ title, explained, place, again }: SideProps) {
  if (explained.kind === "refused")
    return (
      <section class="side">
        <h3>{title}</h3>
        {explained.faults.map(({ message, next }) => (
          <p key={message} class="warning">
            {next === "" ? message : `${message}: ${next}`}
          </p>
        ))}
      </section>
    );
  return <WalkedSide {...{ title, place, again }} explanation={explained.explanation} />;
}

type WalkedProps = Omit<SideProps, "explained"> & { readonly explanation: Explanation };

function WalkedSide({ title, explanation, place, again }: WalkedProps) {
  // The walk is of the ruleset as it is; what is shown of it is harmless to the eye.
  const walk = useMemo(() => parseHarmless<Explanation>(JSON.stringify(explanation)), [explanation]);
  return (
    <section class="side">
      <h3>
        {title}: <span class={toneOf(walk.verdict)}>{summariseWalk(walk)}</span>
      </h3>
      {walk.unknown !== null && <Settle unknown={walk.unknown} again={again} />}
      <Facts walk={walk} />
      <Walk walk={walk} {...place} />
    </section>
  );
}

function toneOf(verdict: string | null): string {
  if (verdict === null) return "warning";
  return /^(DROP|REJECT)\b/.test(verdict) ? "bad" : "good";
}

/** What lets the walk go on: links where a match can be answered, the option where a value is missing. */
function Settle({ unknown, again }: { readonly unknown: Unsettled; readonly again: SideProps["again"] }) {
  const { settle } = unknown;
  if (settle.length === 0) return null;
  return (
    <p class="settle">
      {settle[0]![0] === "--match" ? "It goes on if this is " : "It goes on with "}
      {settle.map((words, at) => (
        <span key={words.join(" ")}>
          {at > 0 && " or "}
          <Way words={words} again={again} />
        </span>
      ))}
    </p>
  );
}

function Way({ words, again }: { readonly words: readonly string[]; readonly again: SideProps["again"] }) {
  const line = words.map(shellValue).join(" ");
  const [, answer] = /=(true|false)$/.exec(words.at(-1)!) ?? [];
  if (words[0] !== "--match") return <code>{line}</code>;
  return (
    <a href={again(words)} title={line}>
      {answer}
    </a>
  );
}

/** What is known of the packet: the same on both sides. */
function Packet({ explained }: { readonly explained: Explained }) {
  if (explained.kind === "refused") return null;
  const { packet, hook } = explained.explanation;
  const known = Object.entries(packet).map(([name, value]) => `${wordsOf(name)} ${value}`);
  return (
    <p>
      In {hook}: {known.join(", ")}
    </p>
  );
}

/** `destinationPort` in words. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** What the packet meets on the way beside rules. */
function Facts({ walk }: { readonly walk: Explanation }) {
  const { packet, assumed, groups, effects, notes, mark, connmark } = walk;
  const facts: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["assumed", listOf(assumed.map((name) => `${wordsOf(name)} ${packet[name]}`))],
    ["groups that match", listOf(groups.matched)],
    ["groups that do not", listOf(groups.notMatched)],
    ["marks at the end", listOf(marksOf(packet, mark, connmark))],
    ["others see", effects.map(describeEffect)],
    ["note", notes],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, lines]) => lines.length > 0)
        .map(([title, lines]) => (
          <div key={title}>
            <dt>{title}</dt>
            {lines.map((line, at) => (
              <dd key={at}>{line}</dd>
            ))}
          </div>
        ))}
    </dl>
  );
}

/** In one line, where there is something to list. */
function listOf(words: readonly string[]): readonly string[] {
  return words.length === 0 ? [] : [words.join(", ")];
}

/** The same on the command line. */
function Commands({
  commands,
}: {
  readonly commands: readonly { readonly title: string; readonly line: string }[];
}) {
  return (
    <section class="part">
      <h3>The same on the command line</h3>
      {commands.map(({ title, line }) => (
        <p key={title} class="command">
          {title}: <code>{line}</code> <Copy text={line} title={title} />
        </p>
      ))}
    </section>
  );
}

function Copy({ text, title }: { readonly text: string; readonly title: string }) {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("copied");
    } catch {
      setSaid("mark it and copy it: this browser does not let a page do that");
    }
  };
  return (
    <>
      <button type="button" aria-label={`copy the command for the ${title}`} onClick={() => void copy()}>
        copy
      </button>{" "}
      <span role="status">{said}</span>
    </>
  );
}
