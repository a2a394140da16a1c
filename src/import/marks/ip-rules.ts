/**
 * Reads `ip rule` and `ip -6 rule`, as text and as JSON (`ip -j rule`): which marks choose a routing table. Words as in iproute2's `print_rule`.
 */
import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { locate } from "../../text/source.ts";
import {
  linesOf,
  type MarkFormat,
  type MarkReader,
  noteFault,
  noteUse,
  readMasked,
  readNumber,
  takenBits,
  wordsOf,
} from "./mark-reader.ts";

/** Words that stand alone, and words with a value behind them. */
const ALONE = new Set([
  ...[
    "not",
    "unreachable",
    "prohibit",
    "blackhole",
    "nop",
    "none",
    "masquerade",
    "[detached]",
    "[unresolved]",
  ],
  ...["[l3mdev-table]"],
]);
const WITH_VALUE = new Set([
  ...["from", "to", "tos", "dsfield", "dscp", "iif", "dev", "oif", "uidrange", "ipproto", "sport", "dport"],
  ...[
    "lookup",
    "table",
    "goto",
    "proto",
    "protocol",
    "realms",
    "tun_id",
    "suppress_prefixlength",
    "suppress_ifgroup",
  ],
  ...["l3mdev", "map-to", "nat", "flowlabel"],
]);

/** `ip rule`. */
export const IP_RULES: MarkFormat = { name: "ip rule", begins: /^\d+:\s+(not )?from /, read: readText };

/** `ip -j rule`. */
export const IP_RULES_JSON: MarkFormat = {
  name: "ip -j rule",
  begins: /^\s*\[\s*(\]|\{\s*("priority"|$)|$)/,
  read: readJson,
};

function readText(reader: MarkReader): void {
  for (const { number, text } of linesOf(reader.file)) {
    const [priority, ...words] = wordsOf(text);
    if (!/^\d+:$/.test(priority?.text ?? "")) {
      noteFault(reader, number, priority, "expected a rule such as 100: from all fwmark 0x1 lookup 100");
      continue;
    }
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!;
      if (ALONE.has(word.text)) continue;
      const value = words[at + 1];
      if (word.text === "fwmark") {
        const mark = readMasked(value?.text);
        if (mark === null) noteFault(reader, number, value, "expected a mark such as 0x1/0xff");
        else noteUse(reader, number, `ip rule: fwmark ${value!.text}`, takenBits(mark.value, mark.mask));
      } else if (!WITH_VALUE.has(word.text)) {
        noteFault(reader, number, word, "expected a word of ip rule");
        break;
      } else if (value === undefined) noteFault(reader, number, value, `expected a value of ${word.text}`);
      // `lookup [l3mdev-table]` is one word more than it seems; so is `iif NAME [detached]`: both stand alone.
      at++;
    }
  }
}

/** Keys of `ip -j rule`; others could be another way to a mark. */
const KEYS = new Set([
  ...[
    "priority",
    "not",
    "src",
    "srclen",
    "dst",
    "dstlen",
    "tos",
    "dscp",
    "fwmark",
    "fwmask",
    "iif",
    "iif_detached",
  ],
  ...[
    "oif",
    "oif_detached",
    "l3mdev",
    "uid_start",
    "uid_end",
    "ipproto",
    "sport",
    "sport_start",
    "sport_end",
  ],
  ...[
    "dport",
    "dport_start",
    "dport_end",
    "tun_id",
    "table",
    "suppress_prefixlen",
    "suppress_ifgroup",
    "flow_to",
  ],
  ...["flow_from", "nat_gateway", "nat", "goto", "unresolved", "action", "protocol", "to", "flowlabel"],
]);

function readJson(reader: MarkReader): void {
  const { file } = reader;
  // JSON is YAML, and this reader knows the places of things.
  const document = parseDocument(file.text, { schema: "failsafe", prettyErrors: false, logLevel: "error" });
  const fault = (offset: number, length: number, expected: string): void => {
    const { line } = locate(file, offset);
    const at = offset - file.lineStarts[line - 1]!;
    noteFault(reader, line, { text: file.text.slice(offset, offset + Math.max(length, 1)), at }, expected);
  };
  const [error] = document.errors;
  if (error !== undefined) {
    fault(Math.min(error.pos[0], file.text.trimEnd().length - 1), 1, "expected JSON");
    return;
  }
  const root: unknown = document.contents;
  if (!isSeq(root)) {
    fault(0, 1, "expected a list of rules");
    return;
  }
  for (const item of root.items) {
    const rule = isMap(item)
      ? new Map(item.items.map(({ key, value }) => [textOf(key), { key, value }]))
      : null;
    const offset = (item as Node | null)?.range?.[0] ?? 0;
    if (rule === null) {
      fault(offset, 1, "expected a rule");
      continue;
    }
    for (const [name, { key }] of rule)
      if (!KEYS.has(name))
        fault((key as Node).range?.[0] ?? offset, name.length, "expected a key of ip -j rule");
    const fwmark = rule.get("fwmark");
    const mask = rule.get("fwmask");
    if (fwmark === undefined && mask === undefined) continue;
    const value = readNumber(textOf(fwmark?.value));
    const bits = mask === undefined ? 0xffffffff : readNumber(textOf(mask.value));
    if (value === null || bits === null) fault(offset, 1, "expected fwmark to be a number such as 0x1");
    else {
      const words =
        mask === undefined ? textOf(fwmark?.value) : `${textOf(fwmark?.value)}/${textOf(mask.value)}`;
      noteUse(reader, locate(file, offset).line, `ip rule: fwmark ${words}`, takenBits(value, bits));
    }
  }
}

function textOf(node: unknown): string {
  return isScalar(node) ? String(node.value ?? "") : "";
}
