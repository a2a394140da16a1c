/**
 * The one table of changes that make rulesets loadable which iptables 1.8.9 refuses as they are: anonymised values, syntax of long ago, line ends.
 * Tests put both the original and the rewritten text through it, so that what is compared is the same on both sides.
 */

/** One change, on every line of a text. */
interface Replacement {
  readonly why: string;
  readonly pattern: RegExp;
  readonly by: string;
}

const REPLACEMENTS: readonly Replacement[] = [
  { why: "line ends of another system", pattern: /\r$/gm, by: "" },
  { why: "blanks at a line's end: iptables reads `COMMIT ` as a rule", pattern: /[ \t]+$/gm, by: "" },
  { why: "anonymised hardware addresses", pattern: /\bXX:XX:XX:XX:XX:XX\b/g, by: "02:00:00:00:00:01" },
  {
    why: "`!` after the option, given up in iptables 1.4",
    pattern: /(?<= )(-[sdiop]|--[a-z-]+) ! /g,
    by: "! $1 ",
  },
];

/** The text as iptables takes it. */
export function makeLoadable(text: string): string {
  return REPLACEMENTS.reduce(
    (changed, { pattern, by }) => changed.replace(pattern, by),
    dropSurroundings(text),
  );
}

/** Takes out what stands around the tables where somebody pasted a dump with the text of a letter; comments and blank lines stay. */
function dropSurroundings(text: string): string {
  let isInside = false;
  const kept = text.split("\n").filter((line) => {
    if (line.startsWith("*")) isInside = true;
    const isKept = isInside || /^\s*(#|$)/.test(line);
    if (line.startsWith("COMMIT")) isInside = false;
    return isKept;
  });
  return kept.join("\n");
}

/** `ipset restore` text that makes the sets which rules name, for dumps without a record of them. */
export function makeIpsets(text: string, family: "v4" | "v6"): string {
  const names = new Set<string>();
  for (const match of text.matchAll(/--(?:match-set|add-set|del-set) (\S+)/g)) names.add(match[1]!);
  return [...names]
    .map((name) => `create ${name} hash:net family ${family === "v6" ? "inet6" : "inet"}\n`)
    .join("");
}
