/**
 * What each chain that has policy rules costs in each form, as its part of the walks of all packet classes.
 */
import type { ChainLayout } from "../plan/types.ts";
import { byBackend, chainKey, type PacketClass } from "./estimate.ts";
import type { Backend } from "../cluster/kernel-costs.ts";
import type { Costs } from "./meter.ts";
import type { Form } from "./types.ts";

const NOTHING: Costs = { legacy: 0, nft: 0 };

/** Packet classes of the layouts side by side; a class because it guards which of them belong together. */
export class Parts {
  /** Classes that were measured in all layouts there are. */
  readonly #rows: readonly Readonly<Partial<Record<ChainLayout, PacketClass>>>[];
  readonly #layouts: readonly ChainLayout[];
  readonly #backends: readonly Backend[];

  /** `backends` are those that count. */
  constructor(measured: Readonly<Record<ChainLayout, readonly PacketClass[]>>, backends: readonly Backend[]) {
    this.#backends = backends;
    this.#layouts = (["article", "shared", "hoisted"] as const).filter(
      (layout) => measured[layout].length > 0,
    );
    const rows = new Map<string, Partial<Record<ChainLayout, PacketClass>>>();
    for (const layout of this.#layouts) {
      for (const each of measured[layout]) {
        const key = `${chainKey(each.table, each.chain)} ${each.likeness} ${each.line}`;
        rows.set(key, { ...rows.get(key), [layout]: each });
      }
    }
    this.#rows = [...rows.values()].filter((row) =>
      this.#layouts.every((layout) => row[layout] !== undefined),
    );
  }

  /** Whether anything was measured in a layout. */
  has(layout: ChainLayout): boolean {
    return this.#layouts.includes(layout);
  }

  /** Whether some packet comes to a chain. */
  isMet(owner: string): boolean {
    return this.#rows.some((row) => this.#part(row, owner, "flat") !== NOTHING);
  }

  /** Expected cost, and the most that a packet costs more than in the flat rules. */
  costs(owner: string, form: Form): { readonly expected: Costs; readonly loss: Costs } {
    return {
      expected: byBackend((backend) =>
        this.#rows.reduce((sum, row) => sum + weightOf(row) * this.#part(row, owner, form)[backend], 0),
      ),
      loss: byBackend((backend) =>
        this.#rows.reduce((most, row) => Math.max(most, this.#loss(row, owner, form)[backend]), 0),
      ),
    };
  }

  /** The packet that loses most with these forms, and the chain in which it loses most; null where there are no packets. */
  mostLost(forms: ReadonlyMap<string, Form>): { readonly loss: number; readonly owner: string } | null {
    let worst: { readonly loss: number; readonly owner: string } | null = null;
    for (const row of this.#rows) {
      for (const backend of this.#backends) {
        const losses = [...forms].map(
          ([owner, form]) => [owner, this.#loss(row, owner, form)[backend]] as const,
        );
        const loss = losses.reduce((sum, [, own]) => sum + own, 0);
        const [owner] = losses.reduce((most, each) => (each[1] > most[1] ? each : most), ["", 0] as const);
        if (worst === null || loss > worst.loss) worst = { loss, owner };
      }
    }
    return worst;
  }

  #loss(row: Row, owner: string, form: Form): Costs {
    const [own, flat] = [this.#part(row, owner, form), this.#part(row, owner, "flat")];
    return byBackend((backend) => own[backend] - flat[backend]);
  }

  #part(row: Row, owner: string, form: Form): Costs {
    const each = form === "flat" ? firstOf(row) : row[form];
    if (each === undefined) return NOTHING;
    const prefix = chainKey(each.table, "");
    if (!owner.startsWith(prefix)) return NOTHING;
    const walk = form === "flat" ? each.old : each.new;
    return walk.byOwner.get(owner.slice(prefix.length)) ?? NOTHING;
  }
}

type Row = Readonly<Partial<Record<ChainLayout, PacketClass>>>;

function firstOf(row: Row): PacketClass | undefined {
  return row.article ?? row.shared ?? row.hoisted;
}

function weightOf(row: Row): number {
  return firstOf(row)?.weight ?? 0;
}
