/** A seeded generator; the functions are described beside their code. */
export interface Random {
  readonly below: (below: number) => number;
  readonly between: (low: number, high: number) => number;
  readonly chance: (chance: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  readonly sample: <T>(items: readonly T[], count: number) => T[];
  readonly shuffle: <T>(items: readonly T[]) => T[];
}
export function makeRandom(seed: string): Random;
