/**
 * Sampled packets of one hook, prepared for the helper; those that no kernel would see are counted.
 */
import { Sampler } from "../sample/draw.ts";
import { normalisePacket } from "../sample/normalise.ts";
import { FIELD } from "../sample/packet.ts";
import type { CompiledHook, CompiledTable } from "../sample/program.ts";
import { preparePacket } from "./request.ts";
import type { PacketRequest } from "./session.ts";
import type { Tally } from "./tally.ts";
import type { Backend } from "./types.ts";

/** One packet as it was drawn, and as it is sent. */
export interface Drawn {
  readonly table: CompiledTable;
  readonly hook: CompiledHook;
  readonly packet: Int32Array;
  readonly request: PacketRequest;
}

/** Packets by the kind of device that they come in by. */
export interface DrawnByKind {
  readonly tap: Drawn[];
  readonly tun: Drawn[];
}

/** Which packets of a hook's sequence. */
export interface Block {
  readonly table: CompiledTable;
  readonly hook: CompiledHook;
  readonly first: number;
  readonly packets: number;
  readonly seed: number;
  readonly backend: Backend;
  /** The ruleset has a nat table. */
  readonly isTranslated: boolean;
}

/** Draws a block into `drawn`. Own bits are 0, as assumption A has them. */
export function drawPackets(block: Block, drawn: DrawnByKind, tally: Tally): void {
  const { table, hook } = block;
  const sampler = new Sampler(table, hook, block.seed, "some");
  for (let at = 0; at < block.packets; at++) {
    sampler.draw(block.first + at);
    const packet = Int32Array.from(sampler.packet);
    packet[FIELD.NFT] = Number(block.backend === "nft");
    packet[FIELD.ANY_MARK] = 0;
    packet[FIELD.MARK]! &= ~table.ownBits;
    normalisePacket(table, hook, packet);
    const prepared = preparePacket(table, hook, packet, block.isTranslated);
    if (prepared.kind === "impossible") tally.miss(prepared.reason);
    else drawn[prepared.kind].push({ table, hook, packet, request: prepared.request });
  }
}
