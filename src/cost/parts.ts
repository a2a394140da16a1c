/**
 * What each chain that has policy rules costs in each form, as its part of the walks of all packet classes.
 */
import type { ChainForm, ChainLayout } from "../plan/types.ts";
import { byBackend, chainKey, type PacketClass } from "./estimate.ts";
import type { Backend } from "../cluster/kernel-costs.ts";
import type { Costs } from "./meter.ts";
import { ARTICLE_SLACK, type FormCost } from "./types.ts";

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

  /** What a form costs, and where it is slower than others. */
  costs(owner: string, form: ChainForm): Pick<FormCost, "expected" | "loss" | "behind"> {
    const most = <Item>(items: readonly Item[], of: (item: Item) => Costs): Costs =>
      byBackend((backend) => items.reduce((max, item) => Math.max(max, of(item)[backend]), 0));
    return {
      expected: byBackend((backend) =>
        this.#rows.reduce((sum, row) => sum + weightOf(row) * this.#part(row, owner, form)[backend], 0),
      ),
      loss: most(this.#rows, (row) => this.#loss(row, owner, form)),
      behind: form === "flat" ? NOTHING : most(this.#kinds(owner), (rows) => this.#behind(rows, owner, form)),
    };
  }

  /** Kinds of packets that come to a chain: those of each chain's first rule, those of rules further on, by thirds, and those that are like rules in part. */
  #kinds(owner: string): readonly (readonly Row[])[] {
    const kinds = new Map<string, Row[]>();
    const met = this.#rows.filter((row) => this.#part(row, owner, "flat") !== NOTHING);
    const likes = met.filter((row) => firstOf(row)!.likeness === "rule" && !firstOf(row)!.isFirst);
    const sorted = likes.sort((one, other) => firstOf(one)!.line - firstOf(other)!.line);
    const places = new Map(sorted.map((row, at) => [row, Math.floor((3 * at) / sorted.length)]));
    for (const row of met) {
      const { likeness, isFirst, line } = firstOf(row)!;
      const isAlone = isFirst || likeness === "traffic";
      const kind = `${likeness} ${isAlone ? `of ${line}` : (places.get(row) ?? "")}`;
      kinds.set(kind, [...(kinds.get(kind) ?? []), row]);
    }
    return [...kinds.values()];
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

  #loss(row: Row, owner: string, form: ChainForm): Costs {
    const [own, flat] = [this.#part(row, owner, form), this.#part(row, owner, "flat")];
    return byBackend((backend) => own[backend] - flat[backend]);
  }

  /** How much more packets of a kind cost than in the article's layout; nothing where that is little. */
  #behind(rows: readonly Row[], owner: string, form: ChainForm): Costs {
    return byBackend((backend) => {
      const mean = (of: ChainForm): number =>
        rows.reduce((sum, row) => sum + this.#part(row, owner, of)[backend], 0) / rows.length;
      const article = mean("article");
      const more = mean(form) - article;
      return more > Math.max(ARTICLE_SLACK.ns, article * ARTICLE_SLACK.part) ? more : 0;
    });
  }

  #part(row: Row, owner: string, form: ChainForm): Costs {
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
