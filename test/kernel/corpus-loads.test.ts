/** Every ruleset of `corpus/` is one that iptables takes, with both backends, and saves back as it is written there. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { listOwnCorpus } from "../support/corpus.ts";
import { BACKENDS, countRules, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";
import { makeLoadable } from "./replacements.ts";

/** Written by hand in forms that iptables-save never prints: they come back in its own form, so that only their rules are counted. */
const isHandWritten = (name: string) => name.startsWith("corpus/handmade/");

describeKernel("the corpus loads", () => {
  test.each(listOwnCorpus().flatMap((file) => BACKENDS.map((backend) => ({ ...file, backend }))))(
    "$name with $backend",
    ({ name, path, family, backend }) => {
      const text = readFileSync(path, "utf8");
      const loaded = loadAndSave({ family, backend, text: isHandWritten(name) ? makeLoadable(text) : text });
      expect(loaded.errors).toBe("");
      const saved = normaliseSaved(loaded.saved);
      if (isHandWritten(name)) expect(countRules(saved)).toEqual(countRules(normaliseSaved(text)));
      else expect(saved).toEqual(normaliseSaved(text));
      const again = loadAndSave({ family, backend, text: loaded.saved });
      expect(normaliseSaved(again.saved)).toEqual(saved);
    },
  );
});
