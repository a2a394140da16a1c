/**
 * The options of `import` that tell which mark bits others use.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseMark } from "../plan/own-bits.ts";
import { collect } from "./options.ts";

/** `--avoid kubernetes,tailscale`, also several times. */
function collectNames(text: string, names: readonly string[] = []): readonly string[] {
  const given = text.split(",").map((name) => name.trim());
  if (given.includes("")) throw new InvalidArgumentError("It has to be names with commas between them.");
  return [...names, ...given];
}

function readRoom(text: string): number {
  const mask = parseMark(text);
  if (mask === null || mask === 0)
    throw new InvalidArgumentError("It has to be a 32-bit mask such as 0x00ff0000.");
  return mask;
}

/** Adds them. */
export function addMarkOptions(command: Command): Command {
  return command
    .option(
      "--ip-rules <file>",
      "leave alone marks in this output of ip rule, ip -6 rule, ip -j rule (repeatable)",
      collect,
    )
    .option("--tc <file>", "the same for tc filter show (repeatable)", collect)
    .option(
      "--marks-of <file>",
      "the same for any of these, nft list ruleset, wg show all fwmark, ip xfrm, ip -d link, ipvsadm, sysctl (repeatable)",
      collect,
    )
    .option("--this-host", "ask this host for all of them (Linux, root; only reads)")
    .option(
      "--avoid <names>",
      "leave alone marks of this software, such as kubernetes,tailscale",
      collectNames,
    )
    .addOption(
      new Option("--mark-mask <mask>", "take mark bits from these alone, such as 0x00ff0000").argParser(
        readRoom,
      ),
    );
}
