/**
 * Plans for tests: a small one written out, and a generator of any that markify could make or a person could edit.
 */
import fc from "fast-check";
import { FLAT_REASONS } from "../../src/cluster/reason.ts";
import { AXES, type Axis } from "../../src/model/types.ts";
import { findChainNameProblem } from "../../src/plan/chain-name.ts";
import { CHAIN_FORMS } from "../../src/plan/layout.ts";
import { asTwin, OPPOSITE } from "../../src/plan/twins.ts";
import type { Plan, PlanFlat, PlanGroup, PlanInput, PlanPolicyRule } from "../../src/plan/types.ts";

export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Two groups, one policy rule, one line that stays flat. */
export const SMALL_PLAN: Plan = {
  version: 1,
  inputs: [{ path: "old.rules", digest: DIGEST, family: "v4", rules: 5, tables: ["filter"] }],
  keepChains: ["DOCKER*"],
  rewriteChains: [],
  markBits: { source: 1, service: 4 },
  groups: [
    {
      id: "S-LAN",
      name: "S-LAN",
      axis: "source",
      accept: true,
      nameFrom: "network",
      members: ["10.0.0.0/8", "192.168.0.0/16"],
    },
    {
      id: "P-WEB",
      name: "P-WEB",
      axis: "service",
      accept: true,
      nameFrom: "port",
      members: ["tcp dport 80", "tcp dport 443"],
    },
  ],
  policyRules: [
    {
      id: "R-1",
      name: "R-1",
      accept: true,
      input: 0,
      table: "filter",
      chain: "FORWARD",
      groups: { source: "S-LAN", service: "P-WEB" },
      summary: "-j ACCEPT",
      lines: [4, 5, 6, 7],
    },
  ],
  flat: [{ input: 0, table: "filter", chain: "FORWARD", reason: "alone", lines: [8] }],
};

const lines: fc.Arbitrary<readonly number[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })
  .map((numbers) => numbers.sort((a, b) => a - b));

const text = fc.oneof(
  fc.string({ minLength: 1, unit: "binary" }),
  fc.string({ minLength: 1 }),
  fc.constantFrom(...awkward()),
);

const inputText = fc.oneof(
  fc.string(),
  fc.array(fc.constantFrom("  -A x", "", "\t", "# a", "-", "é", "a\r")).map((all) => all.join("\n")),
);

/** Texts that YAML reads as something else, unless they are quoted. */
function awkward(): readonly string[] {
  const numbers = ["1", "0x1", "1e3", ".5", "12:30", "2020-01-01", "-", "--", "---"];
  return [
    ...numbers,
    "null",
    "~",
    "yes",
    "a: b",
    "a:",
    "a #b",
    "#",
    "! -i eth0",
    "*",
    "&a",
    "[",
    "{}",
    "a, b",
    " a",
    "a ",
    "::/0",
    "\n",
    "'",
  ];
}

const word = fc.stringMatching(/^[A-Za-z0-9_+.*-]{1,12}$/);
const chainName = fc
  .stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.:+@/-]{0,27}$/)
  .filter((name) => findChainNameProblem(name) === null);

const inputs: fc.Arbitrary<readonly PlanInput[]> = fc
  .array(
    fc.record({
      path: text,
      rules: fc.nat({ max: 999_999_999 }),
      unparsed: fc.option(fc.nat({ max: 999_999_999 })),
      tables: fc.array(word),
      partial: fc.option(fc.array(text, { minLength: 1, maxLength: 3 })),
      text: fc.option(inputText),
    }),
    {
      minLength: 1,
      maxLength: 2,
    },
  )
  .map((all) =>
    all.map(({ text: input, unparsed, partial, path, ...rest }, at) => ({
      ...rest,
      path: input === null ? `./${path}` : "-",
      digest: DIGEST,
      family: at === 0 ? "v4" : "v6",
      ...(unparsed === null ? {} : { unparsed }),
      ...(partial === null ? {} : { partial }),
      ...(input === null ? {} : { text: input }),
    })),
  );

function isSamePlace(one: { readonly table: string; readonly chain: string }, table: string, chain: string) {
  return one.table === table && one.chain === chain;
}

/** Any plan that the plan file can hold. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    inputs,
    keepChains: fc.array(text),
    rewriteChains: fc.array(text),
    ids: fc.uniqueArray(text, { maxLength: 6 }),
    names: fc.uniqueArray(chainName, { minLength: 10, maxLength: 10 }),
    groups: fc.array(
      fc.record({
        axis: fc.constantFrom(...AXES),
        accept: fc.boolean(),
        nameFrom: word,
        note: fc.option(text),
        members: fc.uniqueArray(text, { minLength: 1, maxLength: 6 }),
        cuts: fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })),
      }),
      { minLength: 6, maxLength: 6 },
    ),
    rules: fc.array(
      fc.record({
        ...{ accept: fc.boolean(), table: word, chain: text, summary: text, lines, pick: fc.nat() },
        chains: fc.option(fc.uniqueArray(text, { minLength: 1, maxLength: 3 })),
      }),
      { maxLength: 4 },
    ),
    layouts: fc.array(fc.record({ table: word, chain: text, layout: fc.constantFrom(...CHAIN_FORMS) }), {
      maxLength: 3,
    }),
    flat: fc.array(fc.record({ table: word, chain: text, reason: fc.constantFrom(...FLAT_REASONS), lines }), {
      maxLength: 3,
    }),
  })
  .map((parts) => {
    const groups = parts.ids.map((id, at): PlanGroup => {
      const { note, cuts, members, ...rest } = parts.groups[at]!;
      const [from, to] = [Math.max(1, Math.min(...cuts)), Math.max(1, ...cuts)];
      const [own, added, removed] = [members.slice(0, from), members.slice(from, to), members.slice(to)];
      return {
        ...{
          id,
          name: parts.names[at]!,
          ...rest,
          ...(note === null ? {} : { nameNote: note }),
          members: own,
        },
        ...(added.length === 0 ? {} : { added }),
        ...(removed.length === 0 ? {} : { removed }),
      };
    });
    // Some have the members of one before them.
    const twins = groups.map((group, at) => {
      const definition = groups
        .slice(0, at)
        .find(({ axis }, before) => axis === OPPOSITE[group.axis] && before % 2 === 0);
      return at % 2 === 1 && definition !== undefined ? asTwin(group, definition, new Map()) : group;
    });
    const last = parts.inputs.length - 1;
    const rules = groups.length === 0 ? [] : parts.rules;
    const policyRules = rules.map(({ pick, chains, ...rule }, at): PlanPolicyRule => {
      const used: Partial<Record<Axis, string>> = {};
      for (const group of [groups[pick % groups.length]!, groups[0]!]) used[group.axis] = group.id;
      return {
        id: `R-${at}`,
        name: parts.names[6 + at]!,
        input: at === 0 ? 0 : last,
        groups: used,
        ...rule,
        ...(chains === null ? {} : { replaces: chains }),
      };
    });
    const flat = parts.flat.map((each): PlanFlat => ({ input: last, ...each }));
    const { inputs: all, keepChains, rewriteChains } = parts;
    // A chain has one.
    const laidOut = parts.layouts.filter(
      (each, at) => !parts.layouts.slice(0, at).some(({ table, chain }) => isSamePlace(each, table, chain)),
    );
    const chainLayouts = laidOut.map((each) => ({ input: last, ...each }));
    const markBits = Object.fromEntries(AXES.map((axis, at) => [axis, 2 ** (at === 4 ? 31 : at)]));
    return {
      ...{ version: 1, inputs: all, keepChains, rewriteChains, markBits, groups: twins, policyRules, flat },
      ...(chainLayouts.length === 0 ? {} : { chainLayouts }),
    };
  });
