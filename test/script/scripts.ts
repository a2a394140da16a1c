/** Scripts of the tests, translated. */
import { importRuleset } from "../../src/import/import.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { translateScript, type Translation } from "../../src/script/translate.ts";
import { makeSourceFile, originalSpan, type SourceFile } from "../../src/text/source.ts";

/** What a script comes to with the values and files that the user gives. */
export function translateText(
  text: string,
  defines: Readonly<Record<string, string>> = {},
  tables: Readonly<Record<string, string>> = {},
): Translation {
  const files = Object.entries(tables).map(([name, table]): [string, SourceFile] => [
    name,
    makeSourceFile(name, table),
  ]);
  return translateScript(makeSourceFile("rc.firewall", text), {
    defines: new Map(Object.entries(defines)),
    tables: new Map(files),
  });
}

/** The save file of a family without its first line, which says where it comes from; the codes where there is none. */
export function savedText({ sources, diagnostics }: Translation, family: "v4" | "v6" = "v4"): string {
  const source = sources.find((one) => one.family === family);
  if (source === undefined) return diagnostics.map(({ code }) => code).join(" ");
  return source.file.text.split("\n").slice(1).join("\n");
}

/** The rules alone, `nat POSTROUTING …` for those of other tables than filter. */
export function savedRules(translation: Translation, family: "v4" | "v6" = "v4"): readonly string[] {
  const rules: string[] = [];
  let table = "";
  for (const line of savedText(translation, family).split("\n")) {
    if (line.startsWith("*")) table = line === "*filter" ? "" : `${line.slice(1)} `;
    else if (line.startsWith("-A ")) rules.push(table + line.slice(3));
    else if (line !== "" && !/^[:#]|^COMMIT$/u.test(line)) rules.push(line);
  }
  return rules;
}

/** What is reported, as `code line:text`. */
export function findings(
  { diagnostics }: Translation,
  severities: readonly string[] = ["error"],
): readonly string[] {
  return diagnostics
    .filter(({ severity }) => severities.includes(severity))
    .map(({ code, span }) => {
      if (span === null) return code;
      const { file, start, end } = originalSpan(span);
      const line = file.text.slice(0, start).split("\n").length;
      return `${code.replace("SCRIPT_", "")} ${line}:${file.text.slice(start, end)}`;
    });
}

/** The ruleset that the made save file is. */
export function importTranslated({ sources }: Translation, family: "v4" | "v6" = "v4"): Ruleset {
  const source = sources.find((one) => one.family === family);
  const imported = source === undefined ? null : importRuleset(source.file, { family });
  if (imported?.ruleset == null)
    throw new Error(imported?.diagnostics.map(({ code }) => code).join(" ") ?? "none");
  return imported.ruleset;
}
