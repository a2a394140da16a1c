/**
 * What each chain that has policy rules costs in each form, as its part of the walks of all packet classes.
 */
import type { ChainForm, ChainLayout } from "../plan/types.ts";
import { byBackend, chainKey, type PacketClass } from "./estimate.ts";
import type { Backend } from "../cluster/kernel-costs.ts";
import type { Costs } from "./meter.ts";
import { ARTICLE_SLACK, type FormCost } from "./types.ts";

const NOTHING: Costs = { legacy: 0, nft: 0 };

/** Layouts that were measured, and `usual`: the article's for all chains, with what stands in the order of its use then. */
export type Measured = Readonly<Record<ChainLayout | "usual", readonly PacketClass[]>>;

/** Packet classes of the layouts side by side; a class because it guards which of them belong together. */
export class Parts {
  /** Classes that were measured in all layouts there are. */
  readonly #rows: readonly Row[];
  readonly #layouts: readonly (keyof Measured)[];
  readonly #backends: readonly Backend[];

  /** `backends` are those that count. */
  constructor(measured: Measured, backends: readonly Backend[]) {
    this.#backends = backends;
    this.#layouts = (["article", "shared", "hoisted", "usual"] as const).filter(
      (layout) => measured[layout].length > 0,
    );
    const rows = new Map<string, Row>();
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

  /** What a form costs, and the most that a packet loses by it. */
  costs(owner: string, form: ChainForm | "usual"): Pick<FormCost, "expected" | "loss"> {
    return {
      expected: byBackend((backend) =>
        this.#rows.reduce((sum, row) => sum + weightOf(row) * this.#part(row, owner, form)[backend], 0),
      ),
      loss: this.loss(owner, form),
    };
  }

  /** The most that a packet costs more than in the flat rules of a chain. */
  loss(owner: string, form: ChainForm | "usual"): Costs {
    return this.#most((row) => this.#loss(row, owner, form));
  }

  /** The most that a packet costs more than in the article's layout. */
  behind(owner: string, form: ChainForm, reference: "article" | "usual"): Costs {
    return this.#most((row) => this.#behind(row, owner, form, reference));
  }

  #most(of: (row: Row) => Costs): Costs {
    return byBackend((backend) => this.#rows.reduce((max, row) => Math.max(max, of(row)[backend]), 0));
  }

  /** The packet that loses most with these forms, and the chain in which it loses most; null where there are no packets. */
  mostLost(forms: ReadonlyMap<string, ChainForm>): { readonly loss: number; readonly owner: string } | null {
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

  #loss(row: Row, owner: string, form: ChainForm | "usual"): Costs {
    const [own, flat] = [this.#part(row, owner, form), this.#part(row, owner, "flat")];
    return byBackend((backend) => own[backend] - flat[backend]);
  }

  /** How much more a packet costs; nothing where that is little. */
  #behind(row: Row, owner: string, form: ChainForm, reference: "article" | "usual"): Costs {
    const [own, other] = [this.#part(row, owner, form), this.#part(row, owner, reference)];
    return byBackend((backend) => {
      const more = own[backend] - other[backend];
      return more > Math.max(ARTICLE_SLACK.ns, other[backend] * ARTICLE_SLACK.part) ? more : 0;
    });
  }

  #part(row: Row, owner: string, form: ChainForm | "usual"): Costs {
    // Where the article's layout changes nothing, it is there already.
    const isOld = form === "flat" || (row[form] === undefined && (form === "article" || form === "usual"));
    const each = isOld ? firstOf(row) : row[form];
    if (each === undefined) return NOTHING;
    const prefix = chainKey(each.table, "");
    if (!owner.startsWith(prefix)) return NOTHING;
    const walk = isOld ? each.old : each.new;
    return walk.byOwner.get(owner.slice(prefix.length)) ?? NOTHING;
  }
}

type Row = Readonly<Partial<Record<keyof Measured, PacketClass>>>;

function firstOf(row: Row): PacketClass | undefined {
  return row.article ?? row.shared ?? row.hoisted ?? row.usual;
}

function weightOf(row: Row): number {
  return firstOf(row)?.weight ?? 0;
}
