/**
 * `-m policy`: its options of one element each, with `--next` between elements.
 *
 * Source: iptables 1.8.9, `extensions/libxt_policy.c`, `print_entry`.
 */
import { flag, inOrder, type Speller, type Value, value } from "./parts.ts";
import { hex, maskedHost, oneOf, uint } from "./values.ts";

const PROTOCOLS: Readonly<Record<string, string>> = { "50": "esp", "51": "ah", "108": "ipcomp" };

const protocol: Value = oneOf(["esp", "ah", "ipcomp"], PROTOCOLS);

const spellStart = inOrder(
  value("dir", oneOf(["in", "out"])),
  value("pol", oneOf(["none", "ipsec"])),
  flag("strict"),
);

const spellElement = inOrder(
  value("reqid", uint()),
  value("spi", hex(1)),
  value("proto", protocol),
  value("mode", oneOf(["transport", "tunnel"])),
  value("tunnel-dst", maskedHost),
  value("tunnel-src", maskedHost),
);

const START: ReadonlySet<string> = new Set(["dir", "pol", "strict"]);

/** `-m policy`. */
export const spellPolicy: Speller = (options, family) => {
  const start = options.filter(({ row }) => START.has(row.name));
  const elements: (typeof start)[] = [[]];
  for (const option of options) {
    if (option.row.name === "next") elements.push([]);
    else if (!START.has(option.row.name)) elements.at(-1)!.push(option);
  }
  const spelled = [spellStart(start, family)];
  for (const [at, element] of elements.entries()) {
    if (at > 0) spelled.push(["--next"]);
    spelled.push(spellElement(element, family));
  }
  return spelled.includes(null) ? null : spelled.flatMap((texts) => texts ?? []);
};
