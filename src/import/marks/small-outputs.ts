/**
 * Reads short outputs that name marks: `wg show all fwmark`, `ip xfrm state` and `policy`, `ipvsadm`, `ip -d link`, `sysctl`.
 */
import {
  linesOf,
  type MarkFormat,
  type MarkReader,
  noteFault,
  noteUse,
  readMasked,
  readNumber,
  takenBits,
  type Word,
  wordsOf,
} from "./mark-reader.ts";

/** `wg show all fwmark`: interface and mark, or `off`; of one interface the mark alone. */
const WIREGUARD: MarkFormat = {
  name: "wg show all fwmark",
  begins: /^(\S+\s+)?(0x[0-9a-f]+|off)\s*$/i,
  read: (reader) => {
    for (const { number, text } of linesOf(reader.file)) {
      const words = wordsOf(text);
      const mark = words.at(-1);
      const value = mark?.text === "off" ? 0 : readNumber(mark?.text);
      if (words.length > 2 || value === null)
        noteFault(reader, number, mark, "expected an interface with its mark, or off");
      else if (mark?.text !== "off")
        noteUse(reader, number, `wireguard ${words.map((word) => word.text).join(" ")}`, value);
    }
  },
};

/** First words of lines that `ip xfrm` prints. */
const XFRM_LINES = new Set([
  ...[
    "src",
    "dir",
    "tmpl",
    "proto",
    "replay-window",
    "mark",
    "output-mark",
    "set-mark",
    "auth",
    "auth-trunc",
    "enc",
  ],
  ...[
    "aead",
    "comp",
    "encap",
    "coa",
    "lastused",
    "anti-replay",
    "anti-replay-context:",
    "sel",
    "if_id",
    "lifetime",
  ],
  ...[
    "limit:",
    "current:",
    "stats:",
    "seq-hi",
    "seq",
    "tfcpad",
    "crypto",
    "mode",
    "level",
    "socket",
    "uid",
    "offload",
  ],
  ...["security", "dev", "add", "replay", "extra_flag", "flag", "reqid"],
]);

/** `ip xfrm state` and `ip xfrm policy`. */
const XFRM: MarkFormat = {
  name: "ip xfrm",
  begins: /^src \S+ dst \S+/,
  read: (reader) => {
    for (const { number, text } of linesOf(reader.file)) {
      const words = wordsOf(text);
      const isDetail =
        /^\s+(\d+|0x[0-9a-f]+|\(|[0-9a-f]{8})/i.test(text) || /^\s+(soft|hard|expire|oseq|seq)/.test(text);
      if (!XFRM_LINES.has(words[0]!.text) && !isDetail)
        noteFault(reader, number, words[0], "expected a line of ip xfrm state or policy");
      else readMarkWords(reader, number, words, "ip xfrm", /^(mark|output-mark|set-mark)$/);
    }
  },
};

/** `ip -d link show`: of tunnels. */
const LINKS: MarkFormat = {
  name: "ip -d link",
  begins: /^\d+: \S+: </,
  read: (reader) => {
    for (const { number, text } of linesOf(reader.file)) {
      const words = wordsOf(text);
      if (!/^(\d+: \S+: <|\s)/.test(text))
        noteFault(reader, number, words[0], "expected a line of ip -d link");
      else readMarkWords(reader, number, words, "tunnel", /^(fwmark|ifwmark|ofwmark)$/);
    }
  },
};

/** Every mark behind one of the words; `mask M` may follow it. */
function readMarkWords(
  reader: MarkReader,
  line: number,
  words: readonly Word[],
  what: string,
  name: RegExp,
): void {
  for (const [at, word] of words.entries()) {
    if (!name.test(word.text)) continue;
    const value = words[at + 1];
    const mark = readMasked(value?.text);
    const mask = words[at + 2]?.text === "mask" ? readNumber(words[at + 3]?.text) : mark?.mask;
    if (mark === null || mask === null || mask === undefined)
      noteFault(reader, line, value, "expected a mark such as 0x1/0xff");
    else noteUse(reader, line, `${what}: ${word.text} ${value!.text}`, takenBits(mark.value, mask));
  }
}

/** `ipvsadm -Sn` (`-A -f 1 -s rr`) and `ipvsadm -Ln` (`FWM  1 rr`): services that are chosen by the whole mark. */
const IPVS: MarkFormat = {
  name: "ipvsadm",
  begins: /^(IP Virtual Server version|-A |Prot LocalAddress)/,
  read: (reader) => {
    const known = /^(IP Virtual Server|Prot LocalAddress|-[Aa] |\s*-> |(TCP|UDP|SCTP|FWM)\s)/;
    for (const { number, text } of linesOf(reader.file)) {
      const words = wordsOf(text);
      if (!known.test(text)) {
        noteFault(reader, number, words[0], "expected a line of ipvsadm -Sn or -Ln");
        continue;
      }
      const at = words.findIndex((word) => word.text === "-f" || word.text === "FWM");
      const mark = at === -1 ? undefined : words[at + 1];
      // Servers of a service repeat its mark.
      if (at === -1 || text.startsWith("-a ")) continue;
      const value = readNumber(mark?.text);
      if (value === null) noteFault(reader, number, mark, "expected a mark such as 1");
      else noteUse(reader, number, `ipvs: service of mark ${mark!.text}`, value);
    }
  },
};

/** Settings of the kernel that read or copy the whole mark: it is enough that own bits are clear when they do. */
const MARK_SETTINGS = /^net\.\S*(fwmark_reflect|tcp_fwmark_accept|src_valid_mark)$/;

/** `sysctl -a`. */
const SYSCTL: MarkFormat = {
  name: "sysctl",
  begins: /^[\w-]+(\.[\w@:-]+)+ = /,
  read: (reader) => {
    for (const { number, text } of linesOf(reader.file)) {
      const [, name, value] = /^(\S+) =\s*(.*)$/.exec(text) ?? [];
      if (name === undefined)
        noteFault(reader, number, wordsOf(text)[0], "expected a setting such as net.ipv4.fwmark_reflect = 1");
      else if (MARK_SETTINGS.test(name) && value !== "0")
        noteUse(reader, number, `sysctl ${name} = ${value}`, 0);
      else if (/^net\..*mark/.test(name) && !MARK_SETTINGS.test(name))
        noteFault(reader, number, wordsOf(text)[0], "expected a setting whose use of marks is known");
    }
  },
};

/** In the order in which they are tried. */
export const SMALL_OUTPUTS: readonly MarkFormat[] = [XFRM, LINKS, IPVS, SYSCTL, WIREGUARD];
