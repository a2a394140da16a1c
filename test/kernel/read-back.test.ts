/** What iptables saves of a ruleset that it has loaded is that ruleset, by lists alone: no proof is needed for what the kernel and iptables spell otherwise. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readLiveTables } from "../../src/apply/live-tables.ts";
import { compareLive } from "../../src/apply/compare-live.ts";
import { planPersist } from "../../src/apply/persist.ts";
import { changedTables, compareReadBack } from "../../src/apply/same-tables.ts";
import { rulesetOf } from "../verify/samples.ts";
import { proveNothing } from "../apply/texts.ts";
import { listOwnCorpus } from "../support/corpus.ts";
import { BACKENDS, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";
import { makeLoadable } from "./replacements.ts";

/** Every kind of spelling is in the small ones. */
const LARGEST = 200_000;

const FILES = listOwnCorpus().filter(({ path }) => readFileSync(path).length < LARGEST);

const BANS = FILES.filter(({ name }) => /kernel\/(?:bans|containers)/.test(name));

describeKernel("what is written for the next boot", () => {
  test.each(BANS.flatMap((file) => BACKENDS.map((backend) => ({ ...file, backend }))))(
    "$name with $backend loads as what was live",
    ({ path, family, backend }) => {
      const live = loadAndSave({ family, backend, text: readFileSync(path, "utf8") }).saved;
      const made = { by: "markify", on: "Fri Nov 27 12:00:00 2026" };
      const texts = { v4: live.replace(/^#.*\n/gm, ""), v6: null, sets: null, neededSets: [], made };
      const { files } = planPersist("/rules", new Set(), texts);
      const { saved, errors } = loadAndSave({ family, backend, text: files[0]!.text });
      expect(errors).toBe("");
      expect(normaliseSaved(saved)).toEqual(normaliseSaved(live));
    },
  );
});

describeKernel("read back from the kernel", () => {
  test.each(FILES.flatMap((file) => BACKENDS.map((backend) => ({ ...file, backend }))))(
    "$name with $backend",
    async ({ path, family, backend }) => {
      const text = makeLoadable(readFileSync(path, "utf8"));
      const meant = rulesetOf(text, family);
      const { saved, errors } = loadAndSave({ family, backend, text });
      expect(errors).toBe("");
      const { live, diagnostics } = readLiveTables([Buffer.from(saved)], { family, program: "save" });
      expect(diagnostics).toEqual([]);
      const tables = meant.tables.map(({ name }) => name);
      const answers = await compareReadBack(meant, live!.ruleset, tables, proveNothing);
      expect(answers.filter(({ answer }) => answer !== "same")).toEqual([]);
      expect(changedTables(live!.ruleset, meant)).toEqual([]);
      expect((await compareLive(meant, live!.ruleset, proveNothing)).answer).toBe("same");
    },
  );
});
