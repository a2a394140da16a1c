/** Rulesets of several tables for the tests of `apply`, and the proof as they ask it. */
import type { Family, Ruleset } from "../../src/model/types.ts";
import type { Prove } from "../../src/apply/prove.ts";
import { verify } from "../../src/verify/verify.ts";
import { rulesetOf } from "../verify/samples.ts";

const BASES: Readonly<Record<string, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
};

/** A table as a save program prints it; chains that rules name are declared, `:NAME` among the rules declares one more, `:INPUT DROP` sets a policy. */
export function tableText(name: string, ...lines: readonly string[]): string {
  const declared = new Map(BASES[name]!.map((base) => [base, "ACCEPT"]));
  const rules = lines.filter((line) => !line.startsWith(":"));
  for (const line of lines)
    if (line.startsWith(":")) declared.set(line.slice(1).split(" ")[0]!, line.split(" ")[1] ?? "-");
  for (const rule of rules) {
    const chain = /-A (\S+)/.exec(rule)![1]!;
    if (!declared.has(chain)) declared.set(chain, "-");
  }
  const chains = [...declared].map(([chain, policy]) => `:${chain} ${policy} [0:0]`);
  return [`*${name}`, ...chains, ...rules, "COMMIT", ""].join("\n");
}

/** A ruleset of a filter table. */
export function filterRules(...lines: readonly string[]): Ruleset {
  return rulesetOf(tableText("filter", ...lines));
}

/** A ruleset of several tables. */
export function rulesOfTables(
  tables: Readonly<Record<string, readonly string[]>>,
  family: Family = "v4",
): Ruleset {
  return rulesetOf(
    Object.entries(tables)
      .map(([name, lines]) => tableText(name, ...lines))
      .join(""),
    family,
  );
}

/** Proves here, without workers. */
export const prove: Prove = (old, now, options) => verify(old, now, options);

/** Fails where lists should have been enough. */
export const proveNothing: Prove = () => {
  throw new Error("the proof was asked");
};
