/**
 * Packets of a capture to packets that can be judged: where each of them goes, and the state of its connection.
 */
import type { Family } from "../model/types.ts";
import { CaptureReader } from "./capture/reader.ts";
import type { CaptureRecord } from "./capture/record.ts";
import type { Counts } from "./counts.ts";
import { type FamilyReplay, judge, type ReplayOptions } from "./family-replay.ts";
import { Fragments } from "./fragments.ts";
import { type Frame, makeFrame, NO_RULESETS, type Unjudged } from "./frame/frame.ts";
import { readFrame } from "./frame/link.ts";
import { Tracking } from "./tracking.ts";
import { translationNotes } from "./translations.ts";
import type { Place } from "./whereabouts.ts";

/** Takes the bytes of one capture; a class because it guards the connections in it. */
export class CaptureFeed {
  readonly #families: ReadonlyMap<Family, FamilyReplay>;
  readonly #options: ReplayOptions;
  readonly #counts: Counts;
  readonly #name: string;
  readonly #reader: CaptureReader;
  readonly #frame: Frame = makeFrame();
  readonly #tracking = new Tracking();
  readonly #fragments: ReadonlyMap<Family, Fragments>;
  readonly #needsOptions: boolean;
  #unknownStates = 0;
  #tagged = 0;

  constructor(
    families: ReadonlyMap<Family, FamilyReplay>,
    options: ReplayOptions,
    counts: Counts,
    name: string,
  ) {
    this.#families = families;
    this.#options = options;
    this.#counts = counts;
    this.#name = name;
    this.#reader = new CaptureReader((record) => this.#take(record));
    this.#fragments = new Map(
      [...families].map(([family, { fragments }]) => [family, new Fragments(fragments)]),
    );
    this.#needsOptions = [...families.values()].some(({ needsOptions }) => needsOptions);
  }

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  /** The file is at its end: says what was wrong with it, and what had to be taken for granted. */
  end(): void {
    const fault = this.#reader.end();
    const { notes } = this.#counts;
    if (fault !== null) notes.add(`${this.#name}: ${fault}; nothing of what follows was read`);
    notes.add(
      "Connection states are found out from the capture: a connection's first packet in it counts as its first one, but for tcp and sctp, of which the beginning has to be seen.",
    );
    notes.add("Packets count as coming in without a mark, and their connections as having none.");
    for (const { pair } of this.#families.values())
      for (const note of translationNotes(pair)) notes.add(note);
    if (this.#unknownStates > 0)
      notes.add(
        `${count(this.#unknownStates)} of connections that had begun before, or could have: each was tried in every state that it may be in.`,
      );
    if (this.#tagged > 0)
      notes.add(
        `${count(this.#tagged)} with a VLAN tag: routes say by which interface they go, not the capture.`,
      );
    if (this.#tracking.forgotten > 0)
      notes.add(
        `${this.#tracking.forgotten} connections were forgotten for want of room: their later packets may count as first ones of tcp's unknown state.`,
      );
  }

  #take(record: CaptureRecord): void {
    this.#counts.packets++;
    const left = readFrame(record, this.#frame, this.#needsOptions) ?? this.#judge(this.#frame);
    if (left !== null) this.#counts.leave(left);
  }

  /** Judges the packet of a frame, or says why not. */
  #judge(frame: Frame): Unjudged | null {
    const { family, fields, direction, hasTag } = frame;
    const replay = this.#families.get(family);
    if (replay === undefined) return NO_RULESETS[family];
    const left = this.#fragments.get(family)!.take(frame);
    if (left !== null) return left;
    // Also of packets that can't be placed: they are part of their connections.
    const states = this.#tracking.statesOf(frame);
    const device = this.#deviceOf(frame);
    const place = replay.whereabouts.find(fields, {
      device,
      direction: direction === "other" ? null : direction,
    });
    if ("why" in place) return place;
    if ((states & (states - 1)) !== 0) this.#unknownStates++;
    if (hasTag) this.#tagged++;
    const mac = replay.needsMac ? macOf(frame, place, device) : "";
    judge(replay, { fields, after: null, place, states, mac }, 1);
    return null;
  }

  /** The interface that the rules see; null where it is not known. */
  #deviceOf({ device, deviceNumber, hasTag }: Frame): string | null {
    if (hasTag) return null;
    const numbered = deviceNumber === -1 ? undefined : this.#options.deviceNames.get(deviceNumber);
    return numbered ?? (device === "any" ? null : device) ?? this.#options.device;
  }
}

/** The hardware address that a packet came in with. One that was seen on its way out has another one by then. */
function macOf({ macAt, bytes, direction }: Frame, place: Place, device: string | null): string | null {
  if (macAt === -1 || place.way === "OUTPUT" || place.way === "LOOPBACK") return "";
  const isIn = direction === "in" || (direction === null && device !== null && device === place.in);
  if (macAt === -2 || !(isIn || place.way === "INPUT")) return null;
  return Array.from(bytes.subarray(macAt, macAt + 6), (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function count(packets: number): string {
  return packets === 1 ? "1 packet is" : `${packets} packets are`;
}
