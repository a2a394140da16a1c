/** For each code about files of traffic, the least that yields it. */
import { readTraffic } from "../../src/cost/traffic/read-traffic.ts";
import type { TRAFFIC_CODES } from "../../src/text/codes-traffic.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile } from "../../src/text/source.ts";

/** The record's type demands one for every code. */
export const TRAFFIC_CODE_EXAMPLES: Readonly<
  Record<keyof typeof TRAFFIC_CODES, () => readonly Diagnostic[]>
> = {
  TRAFFIC_NOT_READ: () =>
    readTraffic(makeSourceFile("traffic.txt", "12 in=eth0 src=10.0.0.300 proto=tcp\n"), "v4").diagnostics,
};
