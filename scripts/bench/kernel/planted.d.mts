/** Planted policies; described beside the code. */
interface Named<T> {
  readonly name: string;
  readonly members: readonly T[];
}
export interface Planted {
  readonly name: string;
  readonly lines: number;
  readonly policies: readonly {
    readonly source: Named<string>;
    readonly destination: Named<string>;
    readonly service: Named<{ readonly protocol: "tcp" | "udp"; readonly port: number }>;
  }[];
}
export interface Size {
  readonly policies: number;
  readonly lines: number;
  readonly sources: number;
  readonly destinations: number;
  readonly services: number;
}
export const SIZES: readonly Size[];
export function plantPolicies(size: Size): Planted;
export function flatText(planted: Planted): string;
export function multiportText(planted: Planted): string;
