/**
 * TCP flags by name. Source: iptables 1.8.9, `extensions/libxt_tcp.c`, `parse_tcp_flags` and `print_tcpf`.
 */

const FLAGS: readonly (readonly [string, number])[] = [
  ["FIN", 1],
  ["SYN", 2],
  ["RST", 4],
  ["PSH", 8],
  ["ACK", 16],
  ["URG", 32],
];

const BY_NAME: ReadonlyMap<string, number> = new Map([...FLAGS, ["ALL", 63], ["NONE", 0]]);

/** What `--syn` is short for. */
export const SYN_TEST = { mask: 1 | 2 | 4 | 16, set: 2 } as const;

/** Reads `SYN,ACK`, `ALL`, `NONE` into bits; gives the word that is no flag. Empty places between commas do not count, as with strtok. */
export function parseTcpFlags(text: string): number | string {
  let bits = 0;
  const names = text.split(",").filter((name) => name !== "");
  if (names.length === 0) return text;
  for (const name of names) {
    const bit = BY_NAME.get(name.toUpperCase());
    if (bit === undefined) return name;
    bits |= bit;
  }
  return bits;
}

/** As iptables-save prints them: from FIN to URG, `NONE` for no flag. */
export function printTcpFlags(bits: number): string {
  const names = FLAGS.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? "NONE" : names.join(",");
}
