/** Rulesets seen through sets in tests, and random sets for random tables. */
import type { Family, Ruleset } from "../../src/model/types.ts";
import { knowSets } from "../../src/sets/know.ts";
import { parseSets } from "../../src/sets/parse.ts";
import type { SetFile } from "../../src/sets/types.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { Random } from "../../src/verify/sample/random.ts";

/** Sets from the lines of a save file that has to be free of errors. */
export function setsOf(...lines: readonly string[]): SetFile {
  const { sets, diagnostics } = parseSets(makeSourceFile("t.ipset", `${lines.join("\n")}\n`));
  if (sets === null) throw new Error(JSON.stringify(diagnostics.map(({ code, args }) => ({ code, args }))));
  return sets;
}

/** Rulesets seen through sets, and what was said. */
export function seen(
  rulesets: readonly Ruleset[],
  ...lines: readonly string[]
): { readonly rulesets: readonly Ruleset[]; readonly diagnostics: readonly Diagnostic[] } {
  return knowSets(rulesets, setsOf(...lines));
}

/** Names of the sets of `randomSets`. */
const NAMES = ["nets", "hosts", "other", "both", "none"];

const ENTRIES: Readonly<
  Record<Family, { readonly nets: readonly string[]; readonly hosts: readonly string[] }>
> = {
  v4: {
    nets: [
      "10.0.0.0/8",
      "10.0.0.0/24",
      "10.0.0.128/25",
      "10.0.0.1",
      "192.168.1.0/29",
      "192.168.1.7",
      "0.0.0.0/1",
    ],
    hosts: ["10.0.0.1", "10.0.0.2", "10.0.0.200", "192.168.1.7", "255.255.255.255"],
  },
  v6: {
    nets: ["2001:db8::/32", "2001:db8::/64", "2001:db8::/127", "2001:db8:0:1::/64", "fe80::/10", "::/1"],
    hosts: ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::7", "fe80::1"],
  },
};

/** The lines of a save file: networks with and without nomatch, addresses, a set of the other family, a list of all, an empty set. */
export function randomSets(seed: number, family: Family): readonly string[] {
  const random = new Random(seed);
  const { nets, hosts } = ENTRIES[family];
  const [own, foreign] = family === "v4" ? ["inet", "inet6"] : ["inet6", "inet"];
  const some = (values: readonly string[]) => values.filter(() => random.percent(50));
  return [
    `create nets hash:net family ${own}`,
    ...some(nets).map((net) => `add nets ${net}${random.percent(30) ? " nomatch" : ""}`),
    `create hosts hash:ip family ${own}`,
    ...some(hosts).map((host) => `add hosts ${host}`),
    `create other hash:ip family ${foreign}`,
    `add other ${ENTRIES[family === "v4" ? "v6" : "v4"].hosts[0]}`,
    `create none hash:net family ${own}`,
    "create both list:set",
    ...some(["nets", "hosts", "other"]).map((name) => `add both ${name}`),
  ];
}

/** The text of a table with set matches put into some of its rules. */
export function addSetMatches(text: string, seed: number): string {
  const random = new Random(seed);
  const match = () => {
    const not = random.percent(30) ? "! " : "";
    const side = ["src", "dst", "src,dst", "dst,src"][random.below(4)]!;
    return `-m set ${not}--match-set ${NAMES[random.below(NAMES.length)]!} ${side}`;
  };
  return text
    .split("\n")
    .map((line) =>
      line.startsWith("-A") && random.percent(50) ? line.replace(/ (?=-[jg] )/, ` ${match()} `) : line,
    )
    .join("\n");
}
