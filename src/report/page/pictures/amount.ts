/** Numbers in words: `1 rule`, `8,502 rules`. */
export function amount(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
