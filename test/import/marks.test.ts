/** Which uses of marks are read in the outputs of programs, and which lines are refused. */
import { describe, expect, test } from "vitest";
import { type MarkFileKind, readMarks } from "../../src/import/marks/read-marks.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { findSoftware, MARK_SOFTWARE } from "../../src/import/marks/software.ts";
import { locate, makeSourceFile } from "../../src/text/source.ts";
import { readRuleset } from "../support/small-tables.ts";

const read = (text: string, kind: MarkFileKind = "any") => readMarks(makeSourceFile("f", text), kind);

/** Uses as `0x1 where`, faults as `! line:column`. */
function summary(text: string, kind?: MarkFileKind): readonly string[] {
  const { uses, diagnostics } = read(text, kind);
  return [
    ...uses.map(({ bits, from }) => `0x${bits.toString(16)} ${from}`),
    ...diagnostics.map(({ span }) => {
      const { line, column } = locate(span!.file, span!.start);
      return `! ${line}:${column}`;
    }),
  ];
}

const IP_RULES = `0:\tfrom all lookup local
7:\tfrom 10.0.0.0/8 to 192.0.2.0/24 tos 0x10 fwmark 0x7 iif lo lookup main
9:\tfrom all fwmark 0x5 unreachable
11:\tfrom all uidrange 0-10 ipproto tcp sport 10-20 dport 80 lookup 5
12:\tfrom all fwmark 0x3 goto 32766
99:\tnot from all fwmark 0xca6c lookup 51820 suppress_prefixlength 0
100:\tfrom all fwmark 0x1/0xff lookup 100
1000:\tfrom all lookup [l3mdev-table]
32766:\tfrom all lookup main proto kernel
`;

/** As ip -j rule of iproute2 6.1 prints the first rules of those. */
const JSON_RULES =
  '[{"priority":0,"src":"all","table":"local"},{"priority":99,"not":null,"src":"all","fwmark":"0xca6c","table":"51820","suppress_prefixlen":0},{"priority":100,"src":"all","fwmark":"0x1","fwmask":"0xff","table":"100"}]\n';

const TC = `filter parent 1: protocol ip pref 10 fw chain 0 
filter parent 1: protocol ip pref 10 fw chain 0 handle 0x1 classid 1:1 
filter parent 1: protocol ip pref 11 fw chain 0 handle 0x100/0xff00 classid 1:1 
filter protocol ip pref 12 u32 chain 0 fh 800: ht divisor 1 
filter protocol ip pref 12 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 *flowid 1:1 not_in_hw 
  mark 0x0006 0x00ff (success 0)
  match 0a000001/ffffffff at 16
filter parent 1: protocol ip pref 13 basic chain 0 handle 0x1 flowid 1:1 
  meta(nf_mark mask 0x000000f0 eq 0x00000010)
filter parent 1: protocol ip pref 15 flow chain 0 handle 0x1 map keys mark and 0x0000000f baseclass 1:1 
filter protocol all pref 1 matchall chain 0 
filter protocol all pref 1 matchall chain 0 handle 0x1 
  not_in_hw
\taction order 1: skbedit  mark 5/0xf pipe
\t index 1 ref 1 bind 1

\taction order 2: connmark zone 2 pipe
\taction order 3: mirred (Egress Redirect to device lo) stolen
`;

const NFT = `table inet fw {
	map m {
		type mark : verdict
		elements = { 0x00000900 : accept }
	}
	chain c {
		type filter hook forward priority filter; policy accept;
		meta mark 0x00000005 accept
		meta mark & 0x000000ff == 0x00000001 accept
		meta mark set meta mark | 0x00000010
		meta mark set meta mark & 0xfffffffd
		meta mark set ct mark
		ct mark set meta mark
		ct mark & 0x00000003 == 0x00000002 accept
		meta mark vmap @m
		meta mark set jhash ip saddr mod 4 offset 1
		meta mark set ip saddr map { 10.0.0.1 : 0x00000004 }
		meta mark 0x00000001-0x0000000a accept
		tcp dport 22 accept comment "mark this"
		meta mark set tcp dport << 8
	}
}
`;

describe("uses", () => {
  test("ip rule, as text and as JSON; an unmasked mark takes the bits of its value alone", () => {
    expect(summary(IP_RULES)).toEqual(["0x7 f:2", "0x5 f:3", "0x3 f:5", "0xca6c f:6", "0xff f:7"]);
    expect(summary(JSON_RULES, "ip-rules")).toEqual(["0xca6c f:1", "0xff f:1"]);
    expect(summary("[]\n")).toEqual([]);
    expect(summary("\n", "tc")).toEqual([]);
  });

  test("tc filter show", () => {
    expect(summary(TC, "tc")).toEqual([
      ...["0x1 f:2", "0xff00 f:3", "0xff f:6", "0xf0 f:9", "0xf f:10", "0xf f:14", "0x0 f:17"],
    ]);
  });

  test("nft list ruleset", () => {
    expect(summary(NFT)).toEqual([
      ...["0x900 f:4", "0x5 f:8", "0xff f:9", "0x10 f:10", "0x2 f:11", "0x0 f:12", "0x0 f:13", "0x3 f:14"],
      ...["0x0 f:15", "0x7 f:16", "0x4 f:17", "0xf f:18", "! 20:27"],
    ]);
  });

  test("nft list ruleset, but not the table that is the ruleset itself", () => {
    // As nft 1.0.6 lists the table that iptables-nft made of two rules.
    const text = (mark: string) =>
      `# Warning: table ip mangle is managed by iptables-nft, do not touch!\ntable ip mangle {\n\tchain FORWARD {\n\t\ttype filter hook forward priority mangle; policy accept;\n\t\tcounter packets 7 bytes 9 meta mark set mark and 0xfffffff9 xor 0x5\n\t\tcounter packets 0 bytes 0 meta mark set mark or ${mark}\n\t}\n}\n`;
    const rules = ["-A FORWARD -j MARK --set-xmark 0x5/0x6", "-A FORWARD -j MARK --set-xmark 0x10/0x10"];
    const own = (lines: readonly string[], table = "mangle") =>
      readRuleset(
        `*${table}\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n${lines.join("\n")}\nCOMMIT\n`,
        "v4",
      );
    const bits = (ruleset: Ruleset) =>
      readMarks(makeSourceFile("f", text("0x10")), "any", [ruleset]).uses.map(({ bits, what }) => [
        bits,
        what,
      ]);
    expect(bits(own(rules))).toEqual([]);
    const all = [
      [0x7, "nft: meta mark set mark and 0xfffffff9 xor 0x5"],
      [0x10, "nft: meta mark set mark or 0x10"],
    ];
    expect(bits(own(rules.slice(1)))).toEqual(all);
    expect(bits(own(rules, "filter"))).toEqual(all);
    expect(bits(own([...rules, "-A INPUT -j ACCEPT"]))).toEqual(all);
  });

  test.each([
    ["wg", "wg0\t0xca6c\nwg1\toff\n", ["0xca6c f:1"]],
    [
      "xfrm",
      "src 10.0.0.0/24 dst 10.1.0.0/24 \n\tdir out priority 0 ptype main \n\tmark 0x5/0xff \n\ttmpl src 10.0.0.1 dst 10.0.0.2\n\t\tproto esp reqid 0 mode tunnel\n",
      ["0xff f:3"],
    ],
    [
      "tunnels",
      "4: vti1@NONE: <POINTOPOINT> mtu 1480\n    link/ipip 10.0.0.1\n    vti remote 10.0.0.2 fwmark 0x9\n",
      ["0x9 f:3"],
    ],
    ["ipvs", "-A -f 6 -s rr\n-a -f 6 -r 10.0.0.1:0 -m -w 1\n-A -t 10.0.0.1:80 -s rr\n", ["0x6 f:1"]],
    [
      "sysctl",
      "kernel.x = 1\nnet.ipv4.fwmark_reflect = 1\nnet.ipv4.tcp_fwmark_accept = 0\nvm.watermark_scale_factor = 10\n",
      ["0x0 f:2"],
    ],
  ])("%s", (_, text, uses) => expect(summary(text)).toEqual(uses));
});

describe("what can't be read is an error with its place", () => {
  test.each([
    ["a mark that is a name", "100:\tfrom all fwmark red lookup 100\n", ["! 1:22"]],
    [
      "a word of a newer ip",
      "1:\tfrom all newword 5 lookup main\n2:\tfrom all fwmark 1 lookup 5\n",
      ["0x1 f:2", "! 1:13"],
    ],
    ["a rule that is cut off", "1:\tfrom all fwmark\n", ["! 1:18"]],
    ["another line", "0:\tfrom all lookup local\nhello\n", ["! 2:1"]],
    ["JSON that is cut off", '[{"priority":0,"src":"all"\n', ["! 1:26"]],
    ["a key of a newer ip", '[{"priority":0,"mark2":"0x1"}]\n', ["! 1:16"]],
    ["a bpf classifier", "filter protocol all pref 49152 bpf chain 0 handle 0x1 prog.o\n", ["! 1:32"]],
    [
      "an unknown action",
      "filter protocol all pref 1 matchall chain 0 \n\taction order 1: bpf x\n",
      ["! 2:18"],
    ],
    [
      "a comparison in an ematch",
      "filter protocol ip pref 13 basic chain 0 \n  meta(nf_mark gt 0x10)\n",
      ["! 2:3"],
    ],
    ["an open brace", "table ip t {\n\tchain c {\n", ["! 3:1"]],
    ["a mark that is computed", "table ip t {\nmeta mark set ip saddr\n}\n", ["! 2:15"]],
    ["an extension of iptables", 'table ip t {\nxt target "MARK"\n}\n', ["! 2:1"]],
    ["something else", "hello\n", ["! 1:1"]],
  ])("%s", (_, text, found) => {
    expect(summary(text)).toEqual(found);
  });

  test("a file that is said to be something else is not guessed at", () => {
    expect(read("hello\n", "tc").diagnostics.map(({ code }) => code)).toEqual(["MARKS_OF_WHAT"]);
    expect(read(IP_RULES, "tc").diagnostics.map(({ code }) => code)).toEqual(["MARKS_OF_WHAT"]);
  });
});

describe("known software", () => {
  test.each([
    ["kubernetes", 0xc000],
    ["Tailscale", 0xff0000],
    ["mwan3", 0x3f00],
    ["mullvad", 0x6d6f6c65],
    ["wg-quick", 0xca6c],
  ])("%s", (name, mask) => expect(findSoftware(name)).toMatchObject({ mask }));

  test("names are in order, and each is found", () => {
    const keys = MARK_SOFTWARE.map(({ key }) => key);
    expect(keys).toEqual([...keys].sort());
    for (const key of keys) expect(findSoftware(key)).toMatchObject({ key });
  });

  test("others have the nearest name, where one is near", () => {
    expect(findSoftware("tailscal")).toEqual({ nearest: "tailscale" });
    expect(findSoftware("zzzzzz")).toEqual({ nearest: null });
  });
});
