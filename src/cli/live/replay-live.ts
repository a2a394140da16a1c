/**
 * `--replay` and `--replay-live`: before anything is loaded, how traffic that was seen fares under what is live and under what is to be.
 */
import type { HeldFamily } from "../../apply/prepare.ts";
import type { Refusal } from "../../apply/refusal.ts";
import { replayTraffic } from "../../replay/replay.ts";
import { renderReplay, summariseReplay } from "../../report/replay-terminal.ts";
import { EXIT } from "../exit-codes.ts";
import { openTraffic, readReplayOptions } from "../replay-traffic.ts";
import type { Session } from "../session.ts";
import { CommandStop, stopForFile } from "../stop.ts";
import type { LiveWork } from "./live-work.ts";

/** Shows it; a refusal where packets fare otherwise although the plan says that none does. */
export async function replayBeforeLoad(
  { io, console }: Session,
  { live, observation, view }: LiveWork,
  families: readonly HeldFamily[],
): Promise<Refusal | null> {
  const { replay, replayLive } = live;
  if (replay === null && !replayLive) return null;
  const flags = {
    ...(replay === null ? {} : { packetsFrom: [replay] }),
    ...(replayLive ? { live: true as const } : {}),
    // What a file doesn't say of routes and interfaces, this host knows: it is the firewall.
    ...{ thisHost: true as const, backend: observation.backend },
  };
  const traffic = await openTraffic(io, flags);
  const options = await readReplayOptions(io, flags);
  const pairs = families.map((family) => [family.live, family.meant] as const);
  const replayed = await replayTraffic(pairs, traffic, options).catch((error: unknown) => {
    throw stopForFile("read", replay ?? "the connections", error);
  });
  if (replayed.kind === "refused") throw new CommandStop(EXIT.usage, replayed.why);
  console.sayBlock(renderReplay(replayed.view, console.sideStyle));
  console.say(`replay: ${summariseReplay(replayed.view)}`);
  if (replayed.view.result !== "different" || view.policyChange !== undefined) return null;
  return {
    message: "the replay has packets that fare otherwise, although the new rules are proved equal",
    details: [],
    next: "one of the two is wrong: please report it, with the packets and the rulesets",
  };
}
