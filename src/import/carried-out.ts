/**
 * Files with commands that iptables-restore takes and iptables-save never writes: what they come to is read instead.
 */
import type { Family } from "../model/types.ts";
import { translateRestore } from "../script/translate-restore.ts";
import { parseSaveFile } from "../syntax/parse.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { detectFamily, type SetFamilies } from "./detect.ts";

/** The save file that the commands come to; null after an error. */
export function carryOut(
  file: SourceFile,
  given: Family | undefined,
  setFamilies: SetFamilies | undefined,
): {
  readonly file: SourceFile | null;
  readonly family: Family;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { family, diagnostics } =
    given === undefined
      ? detectFamily(parseSaveFile(file).tree, setFamilies)
      : { family: given, diagnostics: [] };
  const translated = translateRestore(file, family);
  return { file: translated.file, family, diagnostics: [...diagnostics, ...translated.diagnostics] };
}
