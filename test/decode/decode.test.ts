/** What a logged mark means, by rulesets of markify's form, of the article's, and of others. */
import { describe, expect, test } from "vitest";
import { makeDecoder } from "../../src/decode/decode.ts";
import { makeLegend } from "../../src/decode/legend.ts";
import { readLogLine } from "../../src/decode/log-line.ts";
import { describeDecoded } from "../../src/report/decode-line.ts";
import { filterTable, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

/** A line as the kernel's nf_log_syslog.c prints it. */
function logLine(fields: Readonly<Record<string, string>>, mark: string, prefix = "MGMT: "): string {
  const { IN = "eth0", OUT = "eth1", SRC = "10.0.0.1", DST = "192.0.2.7", PROTO = "TCP", rest } = fields;
  const tail =
    rest ?? `SPT=${fields.SPT ?? "40000"} DPT=${fields.DPT ?? "22"} WINDOW=64240 RES=0x00 SYN URGP=0`;
  return `Nov 27 12:00:00 gw kernel: [ 12.5] ${prefix}IN=${IN} OUT=${OUT} MAC=00:11 SRC=${SRC} DST=${DST} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=${PROTO} ${tail}${mark === "0x0" ? "" : ` MARK=${mark}`}`;
}

const ARTICLE = `*filter
:FORWARD ACCEPT [0:0]
:S-TRUSTED - [0:0]
:S-GUESTS - [0:0]
:D-DMZ - [0:0]
:D-SRV-MGMT - [0:0]
:R-MGMT - [0:0]
:R-GUESTS - [0:0]
:LOG-DROP - [0:0]
-A FORWARD -j R-MGMT
-A FORWARD -j R-GUESTS
-A S-TRUSTED -s 10.0.0.0/24 -j MARK --set-xmark 0x8/0x8
-A S-TRUSTED -s 10.0.1.5/32 -j MARK --set-xmark 0x8/0x8
-A S-GUESTS -s 10.0.0.128/25 -j MARK --set-xmark 0x8/0x8
-A D-DMZ -d 192.0.2.0/28 -j MARK --set-xmark 0x4/0x4
-A D-SRV-MGMT -p tcp -m tcp --dport 22 -j MARK --set-xmark 0x2/0x2
-A D-SRV-MGMT -p icmp -m icmp --icmp-type 8 -j MARK --set-xmark 0x2/0x2
-A R-MGMT -j MARK --set-xmark 0x0/0xe
-A R-MGMT -j S-TRUSTED
-A R-MGMT -j D-DMZ
-A R-MGMT -j D-SRV-MGMT
-A R-MGMT -m mark --mark 0xe/0xe -j ACCEPT
-A R-MGMT -j LOG --log-prefix "MGMT: "
-A R-MGMT -j MARK --set-xmark 0x0/0xe
-A R-GUESTS -j MARK --set-xmark 0x0/0xe
-A R-GUESTS -j S-GUESTS
-A R-GUESTS -j LOG --log-prefix "EARLY "
-A R-GUESTS -j D-DMZ
-A R-GUESTS -j LOG-DROP
-A LOG-DROP -j LOG --log-prefix "SHARED "
-A LOG-DROP -j LOG --log-prefix "MGMT: " --log-level 7
-A LOG-DROP -j DROP
COMMIT
`;

const decoderOf = (text: string) => makeDecoder([makeLegend(readRuleset(text, "v4"))]);
const say = (line: string, rules = ARTICLE): string | null => {
  const decoded = decoderOf(rules)(line);
  return decoded === null ? null : describeDecoded(decoded);
};

describe("a mark in a log line", () => {
  test("names the rule chain by the prefix, and what of it matched", () => {
    expect(say(logLine({ DPT: "80" }, "0xc"))).toBe(
      "[markify: R-MGMT: S-TRUSTED matched, D-DMZ matched, D-SRV-MGMT did not match; the packet is in S-TRUSTED, D-DMZ]",
    );
  });

  test("groups that are asked later are not said to have failed", () => {
    expect(say(logLine({ SRC: "10.0.0.200" }, "0x8", "EARLY "))).toBe(
      "[markify: R-GUESTS: S-GUESTS matched, D-DMZ not asked yet; the packet is in S-TRUSTED, S-GUESTS, D-DMZ, D-SRV-MGMT]",
    );
  });

  test("a LOG in a chain that is called is seen from its rule chain", () => {
    expect(say(logLine({ SRC: "10.0.0.200", DST: "198.51.100.1" }, "0x8", "SHARED "))).toContain(
      "[markify: R-GUESTS: S-GUESTS matched, D-DMZ did not match;",
    );
  });

  test("two rule chains with one prefix: both, unless the packet's own fields exclude one", () => {
    // 10.0.0.200 is in both source groups.
    expect(say(logLine({ SRC: "10.0.0.200", DST: "198.51.100.1", DPT: "80" }, "0x8"))).toContain(
      "one of 2 rule chains: R-MGMT: S-TRUSTED matched, D-DMZ did not match, D-SRV-MGMT did not match or R-GUESTS: S-GUESTS matched, D-DMZ did not match",
    );
    // 10.0.0.1 is no guest.
    expect(say(logLine({ SRC: "10.0.0.1", DST: "198.51.100.1", DPT: "80" }, "0x8"))).toContain(
      "[markify: R-MGMT: ",
    );
    // The service group is not asked in R-GUESTS.
    expect(say(logLine({ SRC: "10.0.0.200", DST: "198.51.100.1" }, "0xa"))).toContain("[markify: R-MGMT: ");
  });

  test("who has all bits has left the chain before its LOG", () => {
    expect(say(logLine({}, "0xe"))).toBe(
      "[markify: bits of source, destination, service; no LOG rule of the ruleset logs this packet with these bits; the packet is in S-TRUSTED, D-DMZ, D-SRV-MGMT]",
    );
  });

  test("bits that the packet's fields contradict are not explained away", () => {
    expect(say(logLine({ SRC: "203.0.113.9" }, "0xc"))).toContain(
      "no LOG rule of the ruleset logs this packet with these bits",
    );
    expect(say(logLine({}, "0xc", "OTHER: "))).toContain("no LOG rule of the ruleset has this prefix");
  });

  test("bits of others are told apart", () => {
    expect(say(logLine({ DPT: "80" }, "0x10c"))).toContain("; bits of others 0x100]");
    expect(say(logLine({ DPT: "80" }, "0x100"))).toBeNull();
  });

  test("no mark, no meaning: the field is missing where the mark is 0", () => {
    expect(say(logLine({}, "0x0"))).toBeNull();
    expect(say("Nov 27 kernel: something MARK=0x8")).toBeNull();
  });

  test("what a line does not tell is unknown: a fragment has no ports", () => {
    const line = logLine({ rest: "FRAG:185" }, "0xc").replace("PROTO=TCP FRAG:185", "FRAG:185 PROTO=TCP");
    expect(say(line)).toContain("the packet is in S-TRUSTED, D-DMZ; the line does not tell of D-SRV-MGMT]");
  });

  test("icmp types, and the packet that an error is about is another packet", () => {
    const ping = logLine({ PROTO: "ICMP", rest: "TYPE=8 CODE=0 ID=1 SEQ=1" }, "0xa").replace(
      "192.0.2.7",
      "198.51.100.1",
    );
    expect(say(ping)).toContain("D-SRV-MGMT matched");
    const error = logLine(
      { PROTO: "ICMP", rest: "TYPE=3 CODE=1 [SRC=203.0.113.1 DST=10.0.0.1 LEN=60 PROTO=TCP SPT=1 DPT=22 ]" },
      "0xc",
    );
    expect(readLogLine(error)).toMatchObject({ source: "10.0.0.1", dport: null, icmpType: 3, icmpCode: 1 });
    expect(say(error)).toContain("D-SRV-MGMT did not match");
  });

  test("the article's own form: flips instead of sets, a chain that turns a bit round", () => {
    const published = ARTICLE.replaceAll(/--set-xmark (0x[842])\/0x[842]/g, "--set-xmark $1/0x0")
      .replace(":R-MGMT", ":S-NEGATE - [0:0]\n:R-MGMT")
      .replace("-A R-MGMT -j D-DMZ", "-A R-MGMT -j S-NEGATE\n-A R-MGMT -j D-DMZ")
      .replace("-A R-MGMT -j LOG", "-A S-NEGATE -j MARK --xor-mark 0x8\n-A R-MGMT -j LOG");
    expect(say(logLine({ SRC: "203.0.113.9", DPT: "80" }, "0xc"), published)).toContain(
      "R-MGMT: not S-TRUSTED matched, D-DMZ matched, D-SRV-MGMT did not match; the packet is in D-DMZ]",
    );
  });

  test("a prefix that ends in a letter, and a bridge's own interfaces", () => {
    const rules = ARTICLE.replaceAll('"MGMT: "', "MGMT");
    const line = logLine({ DPT: "80" }, "0xc", "MGMT").replace("MAC=", "PHYSIN=eth7 PHYSOUT=eth8 MAC=");
    expect(say(line, rules)).toContain("[markify: R-MGMT: ");
    expect(readLogLine(line)).toMatchObject({ in: "eth0", out: "eth1" });
  });

  test("a prefix beyond ASCII is found in a log of bytes", () => {
    const rules = ARTICLE.replaceAll("MGMT: ", "Büro: ");
    const bytes = Buffer.from(logLine({ DPT: "80" }, "0xc", "Büro: "), "utf8").toString("latin1");
    expect(say(bytes, rules)).toContain("[markify: R-MGMT: ");
  });
});

describe("groups as trees, and in the hoisted layout", () => {
  const hosts = (option: string, net: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${option} ${net}.${at}.1/32`);
  const SOURCES = hosts("-s", "10.0", 20);
  const OTHERS = [...hosts("-s", "10.1", 19), "-s 10.0.3.1/32"];
  const DMZ = hosts("-d", "10.8", 5);
  const DB = [...hosts("-d", "10.9", 5), "-d 10.8.2.1/32"];
  const FLAT = filterTable([
    ...product("-A FORWARD", SOURCES, DMZ, "-p tcp -m tcp --dport 80", "-j ACCEPT"),
    ...product("-A FORWARD", OTHERS, DB, "-p tcp -m tcp --dport 25", "-j ACCEPT"),
  ]);
  const written = (layout: "article" | "hoisted"): string => {
    const old = readRuleset(FLAT);
    return rewriteOf(old, { ...planOf(old), layout }).text;
  };
  const chainOf = (text: string, line: RegExp): string => line.exec(text)![1]!;

  test("a member in a branch is in the group", () => {
    const text = written("article");
    const group = chainOf(text, /^-A (S-[^/ ]+)\/\S+ -s 10\.0\.17\.1\/32/m);
    const rule = chainOf(text, new RegExp(`^-A (R-\\S+) -j ${group}$`, "m"));
    const logged = text.replace(
      new RegExp(`^-A ${rule} -j D-.*$`, "m"),
      (line) => `-A ${rule} -j LOG --log-prefix "SEEN "\n${line}`,
    );
    const line = logLine({ SRC: "10.0.17.1", DST: "10.8.2.1", DPT: "80" }, "0x1", "SEEN ");
    const said = say(line, logged)!;
    expect(said).toContain(`${rule}: ${group} matched`);
    expect(said).toMatch(new RegExp(`the packet is in ${group}, `));
    expect(said).not.toContain(`${group}/`);
  });

  test("each bit of a run is a group", () => {
    const text = written("hoisted");
    const logged = text.replace(
      /^-A P-FORWARD -j P-FORWARD\/S$/m,
      (line) => `-A P-FORWARD -j LOG --log-prefix "RUN "\n${line}`,
    );
    const [dmz, db] = [/10\.8\.1\.1\/32 -j (D-\S+)/, /10\.9\.1\.1\/32 -j (D-\S+)/].map((line) =>
      chainOf(text, line),
    );
    const bitOf = (group: string): number =>
      Number(chainOf(text, new RegExp(`^-A ${group} -j MARK --set-xmark (\\S+)/`, "m")));
    const mark = (bits: number): string => `0x${bits.toString(16)}`;
    const both = say(
      logLine({ SRC: "10.0.3.1", DST: "10.8.2.1" }, mark(bitOf(dmz!) | bitOf(db!)), "RUN "),
      logged,
    )!;
    expect(both).toContain(`${dmz} matched`);
    expect(both).toContain(`${db} matched`);
    const one = say(logLine({ SRC: "10.0.3.1", DST: "10.9.1.1" }, mark(bitOf(db!)), "RUN "), logged)!;
    expect(one).toContain("P-FORWARD: ");
    expect(one).toContain(`${dmz} did not match`);
    expect(one).toContain(`the packet is in ${db}`);
    // No such packet comes there with this bit.
    const never = say(logLine({ SRC: "10.0.3.1", DST: "10.9.1.1" }, mark(bitOf(dmz!)), "RUN "), logged)!;
    expect(never).toContain("no LOG rule of the ruleset logs this packet with these bits");
  });
});

/** The form that markify emits for "not S-TRUSTED", with a log before each way out. */
const NOT_TRUSTED = `*filter
:FORWARD ACCEPT [0:0]
:S-TRUSTED - [0:0]
:D-DMZ - [0:0]
:SRV-MGMT - [0:0]
:R-MGMT - [0:0]
:M-CLEAR - [0:0]
-A FORWARD -j R-MGMT
-A S-TRUSTED -s 10.0.0.0/24 -j MARK --set-xmark 0x1/0x1
-A D-DMZ -d 192.0.2.0/28 -j MARK --set-xmark 0x2/0x2
-A SRV-MGMT -p tcp -m tcp --dport 22 -j MARK --set-xmark 0x4/0x4
-A R-MGMT -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7
-A R-MGMT -j D-DMZ
-A R-MGMT -m mark ! --mark 0x2/0x7 -j RETURN
-A R-MGMT -j S-TRUSTED
-A R-MGMT -m mark ! --mark 0x2/0x7 -j LOG --log-prefix "R-MGMT: "
-A R-MGMT -m mark ! --mark 0x2/0x7 -g M-CLEAR
-A R-MGMT -j SRV-MGMT
-A R-MGMT -m mark ! --mark 0x6/0x7 -j LOG --log-prefix "R-MGMT: "
-A R-MGMT -m mark ! --mark 0x6/0x7 -g M-CLEAR
-A R-MGMT -j MARK --set-xmark 0x0/0x7
-A R-MGMT -j DROP
-A M-CLEAR -j MARK --set-xmark 0x0/0x7
COMMIT
`;

describe("a negated group", () => {
  test("whose bit is 0 has matched: the packet is not in it", () => {
    expect(say(logLine({ SRC: "172.16.0.1", DPT: "80" }, "0x2", "R-MGMT: "), NOT_TRUSTED)).toBe(
      "[markify: R-MGMT: D-DMZ matched, not S-TRUSTED matched, SRV-MGMT did not match; the packet is in D-DMZ]",
    );
  });

  test("whose bit is set has not: the packet is in it", () => {
    expect(say(logLine({ SRC: "10.0.0.1" }, "0x3", "R-MGMT: "), NOT_TRUSTED)).toBe(
      "[markify: R-MGMT: D-DMZ matched, not S-TRUSTED did not match, SRV-MGMT not asked yet; the packet is in S-TRUSTED, D-DMZ, SRV-MGMT]",
    );
  });
});

describe("a rule chain that ends processing", () => {
  const ENDING = NOT_TRUSTED.replaceAll("0x2/0x7 -g M-CLEAR", "0x2/0x7 -j DROP")
    .replace("0x6/0x7 -g M-CLEAR", "0x6/0x7 -g R-MGMT/rest")
    .replace(":M-CLEAR", ":R-MGMT/rest - [0:0]\n:M-CLEAR")
    .replace(
      "-A M-CLEAR",
      '-A R-MGMT/rest -j MARK --set-xmark 0x0/0x7\n-A R-MGMT/rest -j LOG --log-prefix "REST: "\n-A R-MGMT/rest -j DROP\n-A M-CLEAR',
    );

  test("a negated group of which the test drops is one to be not in", () => {
    expect(say(logLine({ SRC: "10.0.0.1" }, "0x3", "R-MGMT: "), ENDING)).toContain(
      "not S-TRUSTED did not match",
    );
  });

  test("its log has no bits of groups, so marks in it are those of others", () => {
    expect(say(logLine({ SRC: "172.16.0.1", DPT: "80" }, "0x100", "REST: "), ENDING)).toBeNull();
    expect(say(logLine({ SRC: "172.16.0.1", DPT: "80" }, "0x2", "REST: "), ENDING)).toContain("no LOG rule");
  });
});
