/**
 * An emitted restore file, read back as anybody else would read it: what is proved is what is written.
 */
import { importRuleset } from "../import/import.ts";
import type { Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { knowGroupSets } from "../sets/know.ts";
import { parseSets } from "../sets/parse.ts";
import { InternalError } from "../text/internal-error.ts";
import { decodeSource, makeSourceFile } from "../text/source.ts";
import { emitProduct, type Product, type Rewrites } from "./emit-product.ts";

export type { Rewrites } from "./emit-product.ts";

/** Reads an emitted file as anybody else would, with the sets that were emitted beside it. */
export function readBack({ bytes, sets }: Pick<Product, "bytes" | "sets">, old: Ruleset): Ruleset {
  const now = readRules(bytes, old);
  if (sets === "") return now;
  const { sets: read } = parseSets(makeSourceFile("the file of sets beside it", sets));
  if (read === null) throw new InternalError("the emitted sets can't be read");
  return knowGroupSets([now], read)[0]!;
}

function readRules(bytes: Uint8Array, old: Ruleset): Ruleset {
  const reading = { family: old.family, keepUnparsed: countUnparsed(old) > 0 };
  const { ruleset, diagnostics } = importRuleset(decodeSource("new ruleset", bytes), reading);
  if (ruleset !== null) return ruleset;
  const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  throw new InternalError(`the emitted ruleset can't be read: ${codes.join(", ")}`);
}

/** What the product of one input reads as, before anything is known of a check. */
export function readProduct(source: Rewrites, version: string, input: number): Ruleset {
  return readBack(emitProduct(source, version, input, ""), source.rewrites[input]!.ruleset);
}
