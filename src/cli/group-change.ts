/**
 * What an edit of a plan changes for a firewall that runs the plan's product: the packets, and the commands that lead there.
 */
import { findSmallChange, type RuleCommand } from "../emit/small-change.ts";
import { findSetChange } from "../emit/set-change.ts";
import type { Family, Ruleset } from "../model/types.ts";
import type { VerifyResult } from "../verify/types.ts";
import { readProduct, type Rewrites } from "./read-back.ts";
import { EXIT } from "./exit-codes.ts";
import { withoutPartialLogs } from "./partial-logs.ts";
import { type Comparison, findFlatForms, findPacketChange, type PacketChange } from "./policy-change.ts";
import { CommandStop } from "./stop.ts";

/** The commands of one family; null where more changes than rules of chains. */
export interface FamilyChange {
  readonly family: Family;
  readonly commands: readonly RuleCommand[] | null;
  /** What goes to ipset, without the program's name. */
  readonly sets: readonly string[];
}

/** The change from one state of a plan to the next. */
export interface EditChange extends PacketChange {
  /** One for each input whose product changes. */
  readonly families: readonly FamilyChange[];
  /** Set where the packets could not be found in time. */
  readonly unknown: VerifyResult | null;
}

/** Compares the products of two states of one plan. `isProved`: that of the second one is what the plan says. */
export async function compareProducts(
  before: Rewrites,
  after: Rewrites,
  { version, isProved }: { readonly version: string; readonly isProved: boolean },
  compare: Comparison,
): Promise<EditChange> {
  const families: FamilyChange[] = [];
  const packets: (PacketChange & { readonly unknown: VerifyResult | null })[] = [];
  for (const [input, { ruleset, newBits }] of after.rewrites.entries()) {
    const [old, now] = [before, after].map((source) => readProduct(source, version, input)) as [
      Ruleset,
      Ruleset,
    ];
    const sets = findSetChange(before.rewrites[input]!.sets, after.rewrites[input]!.sets);
    const commands = sets === null ? null : findSmallChange(old, now);
    if (commands?.length === 0 && sets?.length === 0) continue;
    families.push({ family: ruleset.family, commands, sets: sets ?? [] });
    const states = [before.rewrites[input]!, after.rewrites[input]!] as const;
    // Both sides write the bits, so nobody could find out that they are ours.
    const [quietOld, quietNow] = [
      withoutPartialLogs(old, before.plan, input, before.rewrites[input]!.newBits),
      withoutPartialLogs(now, after.plan, input, newBits),
    ];
    const quiet = [quietOld.ruleset, quietNow.ruleset] as const;
    const flat = isProved ? await findFlatForms(...states, quietOld.ruleset, compare) : null;
    packets.push(await findPacketChange(...(flat ?? quiet), compare, { ownBits: newBits }));
  }
  return {
    families,
    differences: packets.flatMap(({ differences }) => differences),
    moreDifferences: packets.some(({ moreDifferences }) => moreDifferences),
    unknown: packets.find(({ unknown }) => unknown !== null)?.unknown ?? null,
  };
}

/** Input of iptables-restore is of one family, and says nothing of sets. */
export function requireOneFile({ families }: EditChange): void {
  if (families.some(({ sets }) => sets.length > 0)) {
    const message = "members of a set change, and --restore prints rules alone; nothing was written";
    throw new CommandStop(EXIT.usage, message, "the same without --restore, which prints the ipset commands");
  }
  if (families.length < 2) return;
  const message = "two files change, and --restore prints the text for one; nothing was written";
  throw new CommandStop(EXIT.usage, message, "the same without --restore, or with --json, which has both");
}
