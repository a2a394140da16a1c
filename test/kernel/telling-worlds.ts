/**
 * Namespaces whose rules tell of packets that should not exist.
 */
import type { Family } from "../../src/model/types.ts";
import { restoreCommand } from "../../src/verify/kernel/restore-text.ts";
import { KernelSession, type PacketAnswer, type PacketRequest } from "../../src/verify/kernel/session.ts";
import type { Backend } from "./harness.ts";

export const HOOKS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"] as const;
export type Hook = (typeof HOOKS)[number];

export const TABLES: Readonly<Record<string, readonly Hook[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: HOOKS,
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
};

/** All devices of a namespace; the last one is the loopback's name there. */
export const DEVICES = ["eth0", "eth1", "other0", "lo"];

/** Telling rules: `no …` for packets that do not exist, `ok …` beside it. */
export const tell = (name: string) => `-j NFLOG --nflog-group 4242 --nflog-prefix "${name}"`;

/** A table with rules for all its hooks. */
export function tableText(table: string, rulesFor: (table: string, hook: Hook) => readonly string[]): string {
  const hooks = TABLES[table]!;
  const rules = hooks.flatMap((hook) => rulesFor(table, hook));
  const chains = new Set(rules.map((rule) => rule.split(" ")[1]!));
  for (const hook of hooks) chains.delete(hook);
  return [
    `*${table}`,
    ...hooks.map((hook) => `:${hook} ACCEPT [0:0]`),
    ...[...chains].map((chain) => `:${chain} - [0:0]`),
    ...rules,
    "COMMIT",
    "",
  ].join("\n");
}

export interface World {
  readonly family: Family;
  readonly backend: Backend;
  readonly kind: "tap" | "tun";
  readonly tracked: boolean;
  readonly text: string;
}

/** How often each telling rule told, and what each packet caused. */
export interface Told {
  readonly counts: Readonly<Record<string, number>>;
  readonly answers: readonly PacketAnswer[];
}

/** Sends packets through a ruleset. Throws KernelFailure where it does not load. */
export async function sendThrough(world: World, requests: readonly PacketRequest[]): Promise<Told> {
  const { family, backend, kind, tracked, text } = world;
  const setUp = { family, kind, devices: DEVICES, begins: HOOKS, ends: [], tracked };
  const { session } = await KernelSession.open(setUp);
  try {
    await session.load({ command: restoreCommand(family, backend), empty: "", text, ipsets: "" });
    const answers = await session.send(requests);
    const counts: Record<string, number> = {};
    for (const { events } of answers)
      for (const { told } of events ?? []) counts[told] = (counts[told] ?? 0) + 1;
    return { counts, answers };
  } finally {
    await session.close();
  }
}
