/** Rulesets as `iptables-save -c` prints them, with counters of one's own. */

/** The text with counters before all rules: `countOf` is asked with the number of the rule in the file, from 0. */
export function counted(text: string, countOf: (number: number, rule: string) => number): string {
  let number = 0;
  return text
    .split("\n")
    .map((line) => {
      const rule = line.replace(/^\[\d+:\d+\] /, "");
      return rule.startsWith("-A ") ? `[${countOf(number++, rule)}:0] ${rule}` : line;
    })
    .join("\n");
}
