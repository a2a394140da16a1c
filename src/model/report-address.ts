/**
 * Says what is wrong with a text that should have been an address.
 */
import type { Piece } from "../syntax/report.ts";
import type { AddressProblem } from "./address.ts";
import type { MatchContext } from "./match-context.ts";

/** Reports the problem; true when the text may stay as it is (a name), false when it is an error. */
export function reportAddress(
  problem: AddressProblem,
  place: Piece,
  value: string,
  context: MatchContext,
): boolean {
  const version = context.family === "v4" ? 4 : 6;
  switch (problem) {
    case "name":
      context.report("UNREADABLE_ADDRESS", place, { value });
      return true;
    case "foreign":
      context.report("FOREIGN_ADDRESS", place, { value, version, found: version === 4 ? 6 : 4 });
      return false;
    case "malformed":
      context.report("BAD_ADDRESS", place, { value, version });
      return false;
  }
}
