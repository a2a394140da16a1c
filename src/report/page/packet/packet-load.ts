/**
 * The rulesets of the page, read when somebody first asks for a packet: a large one takes a second, and nobody who only reads the report should wait for it.
 */
import { useEffect, useState } from "preact/hooks";
import type { PageData } from "../../page-data.ts";
import { type PacketSides, readSides } from "./packet-rulesets.ts";

/** The two sides of an input; `unreadable` where the page's lines are no ruleset. */
export type Loaded = PacketSides | "loading" | "unreadable";

const loads = new WeakMap<PageData, Map<number, Promise<Loaded>>>();

/** The sides of an input. */
export function useSides(data: PageData, index: number): Loaded {
  const [found, setFound] = useState<{ readonly index: number; readonly sides: Loaded } | null>(null);
  useEffect(() => {
    let isWanted = true;
    void load(data, index).then((sides) => {
      if (isWanted) setFound({ index, sides });
    });
    return () => {
      isWanted = false;
    };
  }, [data, index]);
  return found?.index === index ? found.sides : "loading";
}

function load(data: PageData, index: number): Promise<Loaded> {
  const known = loads.get(data) ?? new Map<number, Promise<Loaded>>();
  loads.set(data, known);
  const loading = known.get(index) ?? read(data, index);
  known.set(index, loading);
  return loading;
}

async function read(data: PageData, index: number): Promise<Loaded> {
  // Two frames: the word that it works is seen before the work begins.
  await nextFrame();
  await nextFrame();
  return readSides(data, index) ?? "unreadable";
}

function nextFrame(): Promise<number> {
  return new Promise((done) => requestAnimationFrame(done));
}
