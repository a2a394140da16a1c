/**
 * The packets of a ruleset through what became of it.
 */
import { emitRestoreFile } from "../emit/restore.ts";
import { importRuleset } from "../import/import.ts";
import { countUnparsed } from "../model/unparsed.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { makeSourceFile } from "../text/source.ts";
import { measureClasses, type MeasureOptions, type PacketClass } from "./estimate.ts";

/** Reads the new ruleset as anybody else would, and measures; empty where nothing changed. */
export function measureRewrite(rewritten: Rewritten, options?: MeasureOptions): readonly PacketClass[] {
  if (!rewritten.changed) return [];
  const { ruleset: old, ownBits } = rewritten;
  const { family, file } = old;
  const source = makeSourceFile(file.path, emitRestoreFile(rewritten, []), file.encoding);
  const { ruleset: now } = importRuleset(source, { family, keepUnparsed: countUnparsed(old) > 0 });
  if (now === null) throw new InternalError("the new ruleset can't be read again");
  return measureClasses(old, now, ownBits, options);
}
