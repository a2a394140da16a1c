/**
 * Files that iptables-restore refuses: markify reports something at the same line. The kernel's word is the first line that it can't take; lines behind it
 * are tried again without it, so that all places of a file are compared.
 */
import { expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { listOwnCorpus, listSharedCorpus, readCorpusFile } from "../support/corpus.ts";
import { BACKENDS, type Backend, describeKernel, loadAndSave } from "./harness.ts";
import { makeIpsets } from "./replacements.ts";

/** What refuses a rule for a reason that is not the file's. */
const NOT_THE_FILES =
  /missing kernel module|Extension \S+ revision|does not exist.*set|Set \S+ doesn't exist/iu;

/** Places more than these are not looked for in one file. */
const MOST_PLACES = 40;

/** What iptables calls a name when a CR is part of it differs from line to line: the first line is its place, and the rest is tried without. */
const firstReturn = (text: string): readonly number[] =>
  text.includes("\r\n") ? [text.slice(0, text.indexOf("\r\n")).split("\n").length] : [];

/** What stands there in its place, so that the lines behind it are not refused for it, and keep their numbers. */
function withoutHarm(line: string): string {
  if (line.startsWith("\uFEFF")) return line.slice(1);
  return line.trim() === "COMMIT" ? "COMMIT" : "# refused";
}

/** Lines that iptables refuses, from 1, each with what it says. */
function refusedLines(text: string, family: "v4" | "v6", backend: Backend): ReadonlyMap<number, string> {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const found = new Map<number, string>(firstReturn(text).map((line) => [line, "CR LF"]));
  const ipsets = makeIpsets(text.replaceAll("\r", ""), family);
  while (found.size < MOST_PLACES) {
    const { ok, errors } = loadAndSave({ family, backend, text: lines.join("\n"), ipsets });
    if (ok) break;
    const at = [...errors.matchAll(/line:? (\d+)/gu)].map(([, number]) => Number(number)).at(-1);
    if (at === undefined || found.has(at)) {
      found.set(0, errors);
      break;
    }
    found.set(at, errors);
    lines[at - 1] = withoutHarm(lines[at - 1]!);
    if (at === lines.length) lines.push("");
  }
  return found;
}

/** Files of one line that is refused each, beside those of the corpus. */
const REFUSED: Readonly<Record<string, string>> = {
  "a line of blanks": "*filter\n:INPUT ACCEPT [0:0]\n  \nCOMMIT\n",
  "a line of blanks outside tables": "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n\t\n",
  "blanks before a chain": "*filter\n :INPUT ACCEPT [0:0]\nCOMMIT\n",
  "blanks before a comment": "*filter\n  # comment\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
  "blanks before counters": "*filter\n:INPUT ACCEPT [0:0]\n [1:2] -A INPUT -j DROP\nCOMMIT\n",
  "blanks behind COMMIT": "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT \n",
  "a byte order mark": "\uFEFF*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
};

/** Lines with a warning or an error, from 1. */
function reportedLines(text: string, family: "v4" | "v6"): ReadonlySet<number> {
  const { diagnostics } = importRuleset(makeSourceFile("t.rules", text), { family });
  return new Set(
    diagnostics.flatMap(({ severity, span }) =>
      severity === "note" || span === null ? [] : [text.slice(0, span.start).split("\n").length],
    ),
  );
}

describeKernel("markify reports something where iptables-restore refuses", () => {
  const files = [...listOwnCorpus(), ...listSharedCorpus()].filter(({ name }) => !/100k/u.test(name));

  test.each(files.flatMap((file) => BACKENDS.map((backend) => ({ ...file, backend }))))(
    "$name with $backend",
    (file) => {
      const { text } = readCorpusFile(file);
      const refused = refusedLines(text, file.family, file.backend);
      const theirs = [...refused].filter(([, errors]) => !NOT_THE_FILES.test(errors));
      const ours = reportedLines(text, file.family);
      const missing = theirs.filter(([line]) => !ours.has(line));
      expect(missing.map(([line, errors]) => `${line}: ${text.split("\n")[line - 1]} <- ${errors}`)).toEqual(
        [],
      );
    },
  );

  test.each(
    Object.entries(REFUSED).flatMap(([name, text]) => BACKENDS.map((backend) => ({ name, text, backend }))),
  )("$name with $backend", ({ text, backend }) => {
    const refused = [...refusedLines(text, "v4", backend).keys()];
    expect(refused).toHaveLength(1);
    expect([...reportedLines(text, "v4")]).toEqual(refused);
  });

  test("a last line without its end, with legacy", () => {
    const text = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT";
    expect([...refusedLines(text, "v4", "legacy").keys()]).toEqual([3]);
    expect([...reportedLines(text, "v4")]).toEqual([3]);
  });
});
