/**
 * What holds for every text that is read as a ruleset, whatever it is.
 */
import { strict as assert } from "node:assert";

/**
 * Reads bytes in every way; throws where something does not hold. The library is given: the fuzzer has the built one, tests have the sources.
 */
export function checkRead(bytes, library) {
  const { decodeSource, hasErrors, readInput, NO_INPUT_OPTIONS } = library;
  const file = decodeSource("fuzz", bytes);
  checkImport(file, bytes, library);
  for (const partial of [false, true]) {
    const { rulesets, diagnostics } = readInput(file, { ...NO_INPUT_OPTIONS, partial });
    assert(rulesets.length > 0 || hasErrors(diagnostics), "no ruleset, and nobody says why");
    checkDiagnostics(file, diagnostics, library);
    for (const { imported } of rulesets) checkRules(imported);
  }
}

function checkImport(file, bytes, library) {
  const { hasErrors, importRuleset, printTree } = library;
  const imported = importRuleset(file);
  const { ruleset, tree, diagnostics } = imported;
  assert(Buffer.from(printTree(tree), file.encoding).equals(bytes), "not printed back");
  checkDiagnostics(file, diagnostics, library);
  assert.equal(ruleset === null, hasErrors(diagnostics), "errors and no ruleset belong together");
  if (ruleset !== null) checkRules(imported);
}

/** Every line that looks like a rule is a rule, in order within its chain, and nothing else is. */
function checkRules({ ruleset, tree }) {
  const { file } = tree;
  const found = ruleset.tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules));
  const lines = new Map(found.map((rule) => [rule.line, rule]));
  assert.equal(lines.size, found.length, "two rules of one line");
  let count = 0;
  for (const [index, start] of file.lineStarts.entries()) {
    const text = file.text.slice(start, file.lineStarts[index + 1] ?? file.text.length);
    if (!/^\ufeff?[ \t\r]*(?:\[[^\]]*\][ \t\r]+)?-(?:[A-Z]|-[a-z][a-z-]*)(?:\s|$)/.test(text)) continue;
    count += 1;
    assert.equal(lines.get(index + 1)?.text, text.replace(/\r?\n$/, ""), "a rule is lost or changed");
  }
  assert.equal(found.length, count, "a rule from nowhere");
  for (const { name, chains } of ruleset.tables) {
    for (const { rules } of chains) {
      const numbers = rules.map(({ line }) => line);
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
        `rules of ${name} out of order`,
      );
    }
  }
}

function checkDiagnostics(file, diagnostics, { formatDiagnostic }) {
  let last = -1;
  for (const [index, diagnostic] of diagnostics.entries()) {
    const { span } = diagnostic;
    if (span !== null) {
      assert(span.file === file, "a place in a text that the user did not write");
      assert(span.start >= 0 && span.start <= span.end && span.end <= file.text.length, "a place outside");
    }
    const start = span?.start ?? -1;
    assert(start >= last, "diagnostics out of order");
    last = start;
    if (index > 200) continue;
    const text = formatDiagnostic(diagnostic, { maxWidth: 60 });
    assert(text.length < 20_000 || diagnostic.notes.length > 10, "an excerpt without end");
    assert(!text.includes("undefined"), `a hole in the wording:\n${text}`);
  }
}
