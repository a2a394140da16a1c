/**
 * Replays traffic: packets of a capture or connections of `conntrack -L`, through an old and a new ruleset.
 */
import type { Family } from "../model/types.ts";
import { CaptureFeed } from "./capture-feed.ts";
import { isCapture } from "./capture/reader.ts";
import { feedConnections } from "./connection-feed.ts";
import { Counts } from "./counts.ts";
import { type FamilyReplay, makeFamilyReplay, type ReplayOptions, type ReplayPair } from "./family-replay.ts";
import { makeView } from "./make-view.ts";
import type { ReplayView } from "./view.ts";

/** One file of packets, as it comes. */
export interface ReplayTraffic {
  /** For people. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The result, or why a file is none that could be replayed. */
export type Replayed =
  | { readonly kind: "replayed"; readonly view: ReplayView }
  | { readonly kind: "refused"; readonly why: string };

/** Longer texts are no lists of connections. */
const MOST_TEXT = 2 ** 28;

/**
 * Replays all files one after the other, the packets of each through the pair of their family. The result does not say more than what was judged:
 * `unjudged` has the rest.
 */
export async function replayTraffic(
  pairs: readonly ReplayPair[],
  traffic: readonly ReplayTraffic[],
  options: ReplayOptions,
): Promise<Replayed> {
  const counts = new Counts();
  const families = new Map<Family, FamilyReplay>();
  const texts: { readonly name: string; readonly text: string }[] = [];
  const begin = (routes: string): void => {
    for (const pair of pairs)
      if (!families.has(pair[0].family))
        families.set(pair[0].family, makeFamilyReplay(pair, options, routes));
  };
  for (const { name, chunks } of traffic) {
    const text = await readOne(chunks, () => {
      begin("");
      return new CaptureFeed(families, options, counts, name);
    });
    if (text === null) continue;
    if (text === "long")
      return { kind: "refused", why: `${name} is no capture, and too long for a list of connections` };
    texts.push({ name, text });
  }
  // Routes in one list are of the host of all of them.
  begin(texts.map(({ text }) => text).join("\n"));
  for (const { name, text } of texts) {
    const fault = feedConnections(families, text, counts);
    if (fault !== null) return { kind: "refused", why: `${name} ${fault}` };
  }
  return {
    kind: "replayed",
    view: makeView(
      traffic.map(({ name }) => name),
      [...families.values()],
      counts,
    ),
  };
}

/** Feeds a capture as it comes; gives what is no capture as text. */
async function readOne(
  chunks: AsyncIterable<Uint8Array>,
  makeFeed: () => CaptureFeed,
): Promise<string | "long" | null> {
  let start = new Uint8Array(0);
  let feed: CaptureFeed | null = null;
  const decoder = new TextDecoder("latin1");
  let text: string | null = null;
  const take = (bytes: Uint8Array): void => {
    if (feed !== null) feed.push(bytes);
    else text = (text ?? "") + decoder.decode(bytes, { stream: true });
  };
  for await (const chunk of chunks) {
    if (feed === null && text === null) {
      // The first four bytes may come one by one.
      const both = new Uint8Array(start.length + chunk.length);
      both.set(start);
      both.set(chunk, start.length);
      start = both;
      if (start.length < 4) continue;
      if (isCapture(start)) feed = makeFeed();
      take(start);
    } else take(chunk);
    if ((text ?? "").length > MOST_TEXT) return "long";
  }
  if (feed !== null) {
    (feed as CaptureFeed).end();
    return null;
  }
  return text ?? decoder.decode(start);
}
