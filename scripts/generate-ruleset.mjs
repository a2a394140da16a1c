#!/usr/bin/env node
/**
 * Generates rulesets with planted groups, for tests and measurements.
 *
 *   node scripts/generate-ruleset.mjs NAME... [--into FOLDER] [--rules N]   the recipes of scripts/generate/recipes.mjs by name
 *   node scripts/generate-ruleset.mjs --all [--into FOLDER]                 all of them
 *
 * FOLDER is corpus/generated unless said otherwise. With --rules, the recipe NAME is made with about N rules as NAME-N.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RECIPES } from "./generate/recipes.mjs";
import { generateRuleset } from "./generate/ruleset.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean" },
    into: { type: "string", default: "corpus/generated" },
    rules: { type: "string" },
  },
});

const wanted = values.all ? RECIPES.map((recipe) => recipe.name) : positionals;
const unknown = wanted.filter((name) => !RECIPES.some((recipe) => recipe.name === name));
if (wanted.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`no recipe is called ${name}`);
  console.error(`recipes: ${RECIPES.map((recipe) => recipe.name).join(", ")}; or --all`);
  process.exit(2);
}

mkdirSync(values.into, { recursive: true });
for (const name of wanted) {
  const recipe = RECIPES.find((candidate) => candidate.name === name);
  const made =
    values.rules === undefined
      ? recipe
      : { ...recipe, name: `${name}-${values.rules}`, rules: Number(values.rules) };
  const { rules, truth } = generateRuleset(made);
  writeFileSync(join(values.into, `${made.name}.rules`), rules);
  writeFileSync(join(values.into, `${made.name}.truth.json`), `${JSON.stringify(truth, null, 1)}\n`);
  console.error(
    `${made.name}: ${rules.split("\n").filter((line) => /^(\[\d+:\d+\] )?-A /.test(line)).length} rules, ${truth.policies.length} policies`,
  );
}
