/** Runs replays in tests: texts of rulesets, bytes of captures. */
import type { Family } from "../../src/model/types.ts";
import type { ReplayOptions } from "../../src/replay/family-replay.ts";
import { replayTraffic } from "../../src/replay/replay.ts";
import type { ReplayView } from "../../src/replay/view.ts";
import { rulesetOf } from "../verify/samples.ts";

/** eth0 is outside, eth1 inside; 192.0.2.1 and 10.0.0.1 are this host's. */
export const ROUTES = `default via 192.0.2.254 dev eth0
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1
10.0.0.0/8 dev eth1 proto kernel scope link src 10.0.0.1
local 192.0.2.1 dev eth0 table local proto kernel scope host src 192.0.2.1
local 10.0.0.1 dev eth1 table local proto kernel scope host src 10.0.0.1
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
default via fe80::1 dev eth0 proto static
2001:db8:1::/64 dev eth1 proto kernel
local 2001:db8::1 dev eth0 table local proto kernel
local ::1 dev lo table local proto kernel`;

const OPTIONS: ReplayOptions = { routes: ROUTES, device: null, deviceNames: new Map(), backend: null };

/** Bytes in pieces of a size. */
export async function* inPieces(bytes: Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Replays one file; `now` is the old ruleset where it is missing. */
export async function replayed(
  [old, now = old]: readonly [string, string?],
  bytes: Uint8Array | string,
  options: Partial<ReplayOptions> & { readonly family?: Family; readonly piece?: number } = {},
): Promise<ReplayView> {
  const { family = "v4", piece, ...rest } = options;
  const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  const result = await replayTraffic(
    [[rulesetOf(old, family), rulesetOf(now, family)]],
    [{ name: "seen", chunks: inPieces(data, piece) }],
    { ...OPTIONS, ...rest },
  );
  if (result.kind === "refused") throw new Error(result.why);
  return result.view;
}

/** `ACCEPT→DROP 3`, in the order of the view; with `?` where what is not known decides. */
export function verdictsOf({ verdicts }: ReplayView): readonly string[] {
  return verdicts.map(
    ({ old, new: now, packets, isSame }) =>
      `${old.join("|")}→${now.join("|")} ${packets}${isSame === "perhaps" ? "?" : ""}`,
  );
}
