/** What becomes of traffic under two rulesets: verdicts, who decides, what is not known, where packets go. */
import { describe, expect, test } from "vitest";
import { filterOf } from "../verify/samples.ts";
import { cooked, cooked2, ethernet, FLAG, icmp, ipv4, ipv6, pcap, pcapng, tcp, udp } from "./packet-bytes.ts";
import { ROUTES, replayed, verdictsOf } from "./run.ts";

const { SYN, ACK } = FLAG;
const WAN = "198.51.100.7";
const HOST = "192.0.2.1";
const LAN = "10.0.0.5";

/** A connection of three packets. */
function opened(client: string, server: string, dport: number): readonly (readonly number[])[] {
  return [
    ipv4(client, server, 6, tcp(40_000, dport, SYN)),
    ipv4(server, client, 6, tcp(dport, 40_000, SYN | ACK)),
    ipv4(client, server, 6, tcp(40_000, dport, ACK)),
  ];
}

const onEthernet = (packets: readonly (readonly number[])[]) =>
  pcap(packets.map((each) => ethernet(0x0800, each)));

const OLD = filterOf(
  [
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A INPUT -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT",
    "-A FORWARD -i eth1 -o eth0 -j ACCEPT",
  ],
  "DROP",
);

describe("verdicts", () => {
  const seen = onEthernet([...opened(WAN, HOST, 22), ...opened(WAN, HOST, 23), ...opened(LAN, WAN, 443)]);

  test("alike", async () => {
    const view = await replayed([OLD], seen);
    expect(view).toMatchObject({
      result: "same",
      packets: 9,
      judged: 9,
      same: 9,
      different: 0,
      perhaps: 0,
      unjudged: [],
    });
    expect(verdictsOf(view)).toEqual(["ACCEPT→ACCEPT 8", "DROP→DROP 1"]);
  });

  test("what differs comes first, with both rules that decide and one of the packets", async () => {
    const view = await replayed([OLD, OLD.replace("--dport 22", "--dport 23")], seen);
    expect(view).toMatchObject({ result: "different", judged: 9, same: 7, different: 2 });
    expect(verdictsOf(view)).toEqual(["ACCEPT→DROP 1", "DROP→ACCEPT 1", "ACCEPT→ACCEPT 7"]);
    expect(view.differences[0]).toEqual({
      packets: 1,
      isCertain: true,
      differs: ["verdict"],
      packet: {
        hook: "INPUT",
        in: "eth0",
        source: WAN,
        destination: HOST,
        protocol: "tcp",
        sourcePort: "40000",
        destinationPort: "22",
        tcpFlags: "SYN",
        ctstate: "NEW",
        mark: "0x0",
        connmark: "0x0",
      },
      old: {
        verdict: "ACCEPT",
        decidedBy: {
          table: "filter",
          chain: "INPUT",
          line: 6,
          text: "-A INPUT -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT",
        },
      },
      new: { verdict: "DROP", decidedBy: { table: "filter", chain: "INPUT", line: 0, text: "policy DROP" } },
      open: [],
    });
  });

  test("rules count the packets that match them and those that they decide; packets that are alike are judged once", async () => {
    const view = await replayed([OLD], onEthernet(new Array(5).fill(opened(WAN, HOST, 22)[0]!)));
    expect(view.distinct).toBe(1);
    expect(view.rules.old).toEqual([expect.objectContaining({ line: 6, packets: 5, decided: 5 })]);
  });

  test("marks and what is logged differ, too", async () => {
    const mangle = (rules: string) => `*mangle\n:PREROUTING ACCEPT [0:0]\n${rules}COMMIT\n${OLD}`;
    const [marked, plain] = [mangle("-A PREROUTING -j MARK --set-xmark 0x10/0xffffffff\n"), mangle("")];
    const first = onEthernet([opened(WAN, HOST, 22)[0]!]);
    expect((await replayed([plain, marked], first)).differences[0]).toMatchObject({
      differs: ["mark"],
      packets: 1,
    });
    const logged = OLD.replace("-A INPUT -i", "-A INPUT -j LOG\n-A INPUT -i");
    expect((await replayed([OLD, logged], first)).differences[0]).toMatchObject({ differs: ["effects"] });
  });

  test("a mark of mangle is there in filter", async () => {
    const text = (verdict: string) =>
      `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -s ${WAN}/32 -j MARK --set-xmark 0x10/0xffffffff\nCOMMIT\n${filterOf([`-A INPUT -m mark --mark 0x10 -j ${verdict}`])}`;
    const view = await replayed([text("DROP"), text("ACCEPT")], onEthernet([opened(WAN, HOST, 22)[0]!]));
    expect(verdictsOf(view)).toEqual(["DROP→ACCEPT 1"]);
  });
});

describe("where packets go", () => {
  const rules = ["INPUT", "FORWARD", "OUTPUT"].map((chain) => `-A ${chain} -j LOG --log-prefix ${chain}`);
  const ways = filterOf(
    rules.concat(
      "-A FORWARD -i eth1 -o eth0 -j ACCEPT",
      "-A INPUT -i eth0 -j ACCEPT",
      "-A OUTPUT -o eth0 -j ACCEPT",
    ),
    "DROP",
  );
  const decidersOf = async (bytes: Uint8Array, options = {}) => {
    const view = await replayed([ways], bytes, options);
    return [
      ...view.rules.old.filter(({ decided }) => decided > 0).map(({ chain, line }) => `${chain} ${line}`),
      ...view.unjudged.map(({ what }) => what),
      ...view.passed.map(({ what }) => what),
    ];
  };
  const packet = (source: string, destination: string) => ipv4(source, destination, 17, udp(1, 2));

  test.each([
    ["to this host", packet(WAN, HOST), "INPUT 9"],
    ["from it", packet(HOST, WAN), "OUTPUT 10"],
    ["through it", packet(LAN, WAN), "FORWARD 8"],
    ["through it, the other way", packet(WAN, LAN), "FORWARD 0"],
    ["to everybody", packet(WAN, "255.255.255.255"), "INPUT 9"],
    [
      "between two others",
      packet("198.51.100.8", WAN),
      expect.stringMatching(/both ends are reached by one/),
    ],
  ])("%s", async (_, bytes, expected) => {
    expect(await decidersOf(onEthernet([bytes]))).toEqual([expected]);
  });

  test("the interface of the capture, by its direction", async () => {
    // Routes would say eth0; it was seen at eth7.
    const at = (direction: number) => cooked2(7, direction, 0x0800, packet(LAN, WAN));
    const names = {
      deviceNames: new Map([
        [7, "eth0"],
        [8, "eth7"],
      ]),
    };
    expect(await decidersOf(pcap([at(0)], { link: 276 }), names)).toEqual(["FORWARD 0"]);
    expect(await decidersOf(pcap([at(4)], { link: 276 }), names)).toEqual(["FORWARD 8"]);
    const named = pcapng(
      [{ link: 1, name: "eth7" }],
      [{ bytes: ethernet(0x0800, packet(WAN, HOST)), direction: 1 }],
    );
    expect(await decidersOf(named)).toEqual(["INPUT 0"]);
    expect(await decidersOf(onEthernet([packet(WAN, HOST)]), { device: "eth7" })).toEqual(["INPUT 0"]);
    expect(await decidersOf(onEthernet([packet(LAN, WAN)]), { device: "eth7" })).toEqual([
      expect.stringMatching(/no route explains/),
    ]);
  });

  test("a VLAN tag takes the name away: routes say", async () => {
    const tagged = pcap([ethernet(0x0800, packet(WAN, HOST), [12])]);
    expect(await decidersOf(tagged, { device: "eth7" })).toEqual(["INPUT 9"]);
  });

  test("an own address from outside", async () => {
    const spoofed = pcap([cooked(0, 0x0800, packet(HOST, HOST))], { link: 113 });
    expect(await decidersOf(spoofed, { device: "eth0" })).toEqual([
      expect.stringMatching(/the kernel drops them/),
    ]);
  });

  test("to itself: out by lo, and in again", async () => {
    const own = filterOf(["-A OUTPUT -o lo -j ACCEPT", "-A INPUT -i lo -p udp -j DROP"], "DROP");
    const view = await replayed(
      [own],
      pcap([[0, 0, 0, 2, ...packet("127.0.0.1", "127.0.0.1")]], { link: 0 }),
    );
    expect(verdictsOf(view)).toEqual(["DROP→DROP 1"]);
    expect(view.rules.old.map(({ line, decided }) => [line, decided])).toEqual([
      [6, 1],
      [5, 0],
    ]);
  });

  test("without routes nothing is judged", async () => {
    const view = await replayed([ways], onEthernet([packet(WAN, HOST)]), { routes: "" });
    expect(view).toMatchObject({
      result: "unknown",
      judged: 0,
      unjudged: [{ packets: 1, what: expect.stringMatching(/--routes/) }],
    });
  });

  test("an interface that no route names is tried in every way", async () => {
    const routes = `local ${HOST} dev eth0`;
    const view = await replayed([ways], onEthernet([packet(WAN, HOST)]), { routes });
    expect(verdictsOf(view)).toEqual(["ACCEPT|DROP→ACCEPT|DROP 1"]);
    expect(view).toMatchObject({ result: "same", open: [{ what: "the in-interface", packets: 1 }] });
    const other = await replayed(
      [ways, ways.replace("-i eth0 -j ACCEPT", "-i eth0 -j DROP")],
      onEthernet([packet(WAN, HOST)]),
      { routes },
    );
    expect(other).toMatchObject({
      result: "unknown",
      perhaps: 1,
      differences: [{ isCertain: false, open: ["the in-interface"] }],
    });
  });

  test("the other family has no rulesets", async () => {
    const view = await replayed(
      [ways],
      pcap([ipv6("2001:db8::9", "2001:db8::1", 17, udp(1, 2))], { link: 101 }),
    );
    expect(view).toMatchObject({
      judged: 0,
      unjudged: [{ what: expect.stringMatching(/no IPv6 rulesets/) }],
    });
    const six = filterOf(["-A INPUT -p udp -j DROP"]);
    const judged = await replayed(
      [six],
      pcap([ipv6("2001:db8:7::9", "2001:db8::1", 17, udp(1, 2))], { link: 101 }),
      { family: "v6" },
    );
    expect(verdictsOf(judged)).toEqual(["DROP→DROP 1"]);
  });
});

test("hardware addresses: of what comes in by the interface that saw it, else not known", async () => {
  const rules = filterOf(
    [
      "-A INPUT -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT",
      "-A FORWARD -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT",
    ],
    "DROP",
  );
  const seen = (source: string, destination: string) =>
    onEthernet([ipv4(source, destination, 17, udp(1, 2))]);
  expect(verdictsOf(await replayed([rules], seen(WAN, HOST)))).toEqual(["ACCEPT→ACCEPT 1"]);
  const other = rules.replaceAll("00:01", "00:02");
  expect(verdictsOf(await replayed([other], seen(WAN, HOST)))).toEqual(["DROP→DROP 1"]);
  expect(verdictsOf(await replayed([rules], seen(WAN, LAN), { device: "eth0" }))).toEqual([
    "ACCEPT→ACCEPT 1",
  ]);
  // At the other side it has the address of this host.
  const beyond = await replayed([rules], seen(WAN, LAN), { device: "eth1" });
  expect(verdictsOf(beyond)).toEqual(["ACCEPT|DROP→ACCEPT|DROP 1"]);
  expect(beyond.open).toEqual([{ what: "the sender's hardware address", packets: 1 }]);
});

describe("what is not known", () => {
  const stateful = filterOf(
    ["-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", "-A INPUT -p tcp --dport 22 -j ACCEPT"],
    "DROP",
  );

  test("the state of a connection that had begun: the same for each, or perhaps otherwise", async () => {
    const middle = onEthernet([ipv4(WAN, HOST, 6, tcp(5, 25, ACK))]);
    const view = await replayed([stateful], middle);
    expect(verdictsOf(view)).toEqual(["ACCEPT|DROP→ACCEPT|DROP 1"]);
    expect(view.result).toBe("same");
    expect(view.notes.join(" ")).toMatch(/1 packet is of connections that had begun before/);
    const lax = await replayed([stateful, stateful.replace("--dport 22", "--dport 25")], middle);
    expect(lax).toMatchObject({
      result: "unknown",
      perhaps: 1,
      differences: [{ open: ["the connection state"] }],
    });
    // Where the state decides nothing, there is nothing to say.
    expect(await replayed([stateful], onEthernet([ipv4(WAN, HOST, 6, tcp(5, 22, ACK))]))).toMatchObject({
      open: [{ what: "the connection state" }],
      same: 1,
    });
  });

  test("counting matches have either answer, the same in both rulesets", async () => {
    const limited = filterOf(["-A INPUT -p udp -m limit --limit 5/min -j ACCEPT"], "DROP");
    const seen = onEthernet([ipv4(WAN, HOST, 17, udp(1, 2))]);
    const view = await replayed([limited], seen);
    expect(verdictsOf(view)).toEqual(["ACCEPT|DROP→ACCEPT|DROP 1"]);
    expect(view.open[0]!.what).toBe("what -m limit --limit 5/min says in filter");
    const otherwise = await replayed([limited, limited.replace("-m limit --limit 5/min ", "")], seen);
    expect(otherwise).toMatchObject({ result: "different", different: 1 });
    // Without an effect of its own, only one of the answers shows the difference.
    const owner = filterOf(["-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT"], "DROP");
    const open = await replayed([owner, filterOf([], "DROP")], seen);
    expect(open).toMatchObject({ result: "unknown", perhaps: 1 });
  });

  test("a counting match in front of a report is no question, however many there are", async () => {
    const logging = Array.from({ length: 12 }, (_, at) => `-A INPUT -m limit --limit ${at + 1}/min -j LOG`);
    const seen = onEthernet([ipv4(WAN, HOST, 17, udp(1, 2))]);
    const view = await replayed([filterOf(logging, "DROP")], seen);
    expect(verdictsOf(view)).toEqual(["DROP→DROP 1"]);
    expect(view).toMatchObject({ open: [], rules: { old: [{ line: 0, packets: 1, decided: 1 }] } });
    const fewer = await replayed([filterOf(logging, "DROP"), filterOf(logging.slice(1), "DROP")], seen);
    expect(fewer.differences).toMatchObject([{ isCertain: true, differs: ["effects"] }]);
    // One that drops, too, is asked.
    const both = filterOf([...logging, "-A INPUT -m limit --limit 1/min -j ACCEPT"], "DROP");
    expect(verdictsOf(await replayed([both], seen))).toEqual(["ACCEPT|DROP→ACCEPT|DROP 1"]);
  });

  test("more possibilities than are tried are not judged", async () => {
    const deciding = Array.from(
      { length: 12 },
      (_, at) => `-A INPUT -m limit --limit ${at + 1}/min -j MARK --set-xmark ${2 ** at}/${2 ** at}`,
    );
    const view = await replayed([filterOf(deciding, "DROP")], onEthernet([ipv4(WAN, HOST, 17, udp(1, 2))]));
    expect(view).toMatchObject({
      judged: 0,
      result: "unknown",
      unjudged: [{ what: expect.stringMatching(/more than 512/) }],
    });
  });

  test("marks that are not modelled are not judged", async () => {
    const marking = filterOf(["-A INPUT -j HMARK --hmark-tuple src --hmark-mod 5 --hmark-rnd 1"]);
    const view = await replayed([marking], onEthernet([ipv4(WAN, HOST, 17, udp(1, 2))]));
    expect(view).toMatchObject({
      judged: 0,
      unjudged: [{ what: expect.stringMatching(/which mark line 5 of the old ruleset sets/) }],
    });
  });

  test("a translation of the destination is not followed; another one is a difference", async () => {
    const nat = (target: string) =>
      `*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 80 -j ${target}\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n${filterOf([])}`;
    const [one, other] = [nat("DNAT --to-destination 10.0.0.5"), nat("DNAT --to-destination 10.0.0.6")];
    const seen = onEthernet([opened(WAN, HOST, 80)[0]!, opened(LAN, WAN, 443)[0]!]);
    const view = await replayed([one], seen);
    expect(verdictsOf(view)).toEqual(["ACCEPT, MASQUERADE→ACCEPT, MASQUERADE 1"]);
    expect(view.unjudged).toEqual([
      { what: "nat changes their destination, and where they go then is not followed", packets: 1 },
    ]);
    expect(view.notes.join(" ")).toMatch(/judged as that/);
    expect(await replayed([one, other], seen)).toMatchObject({ different: 1, result: "different" });
  });

  test("fragments: put together where connections are tracked, else each for itself", async () => {
    const first = ipv4(WAN, HOST, 17, udp(1, 53, 8), { more: true });
    const later = ipv4(WAN, HOST, 17, [1, 2, 3], { offset: 2 });
    const seen = onEthernet([first, later, ipv4(WAN, HOST, 17, [1], { id: 8, offset: 9 })]);
    const tracked = await replayed([stateful], seen);
    expect(tracked).toMatchObject({
      judged: 1,
      passed: [{ packets: 1 }],
      unjudged: [{ packets: 1, what: expect.stringMatching(/first one is not/) }],
    });
    const rules = filterOf(["-A INPUT -p udp -m udp --dport 53 -j ACCEPT", "-A INPUT -f -j DROP"], "DROP");
    const single = await replayed([rules], seen, { backend: "legacy" });
    expect(single.rules.old.map(({ line, decided }) => [line, decided])).toEqual([
      [5, 1],
      [6, 2],
    ]);
    expect((await replayed([rules, stateful], seen)).unjudged[0]!.what).toMatch(/only one of them tracks/);
  });
});

describe("connections of conntrack -L", () => {
  const LINES = [
    `tcp      6 431999 ESTABLISHED src=${WAN} dst=${HOST} sport=40000 dport=22 packets=10 bytes=1 src=${HOST} dst=${WAN} sport=22 dport=40000 packets=7 bytes=1 [ASSURED] mark=3 use=1`,
    `udp      17 20 src=${WAN} dst=${HOST} sport=4000 dport=99 packets=4 bytes=1 [UNREPLIED] src=${HOST} dst=${WAN} sport=99 dport=4000 packets=0 bytes=0 mark=0 use=1`,
    `tcp      6 100 TIME_WAIT src=${WAN} dst=${HOST} sport=41000 dport=80 packets=2 bytes=1 src=10.0.0.5 dst=${WAN} sport=8080 dport=41000 packets=2 bytes=1 [ASSURED] mark=0 use=1`,
    "ipv6     10 tcp      6 431999 ESTABLISHED src=2001:db8:7::7 dst=2001:db8::1 sport=1 dport=22 src=2001:db8::1 dst=2001:db8:7::7 sport=22 dport=1 [ASSURED] use=1",
  ].join("\n");
  const text = [
    "*nat",
    ":PREROUTING ACCEPT [0:0]",
    "-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080",
    "COMMIT",
    filterOf(
      [
        "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
        "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
        "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT",
      ],
      "DROP",
    ),
  ].join("\n");

  test("the first packet, the others, and answers; translations are those of the kernel", async () => {
    const view = await replayed([text], LINES);
    expect(view).toMatchObject({ packets: 17 + 4 + 4 + 3, judged: 25, result: "same" });
    expect(verdictsOf(view)).toEqual([
      "ACCEPT→ACCEPT 20",
      "DROP→DROP 4",
      "ACCEPT, DNAT --to-destination 10.0.0.5:8080→ACCEPT, DNAT --to-destination 10.0.0.5:8080 1",
    ]);
    const decided = view.rules.old.filter(({ decided }) => decided > 0);
    expect(
      decided.map(
        ({ chain, text: rule, decided: packets }) => `${chain} ${rule.replace(/^.* -j/, "-j")} ${packets}`,
      ),
    ).toEqual([
      "INPUT -j ACCEPT 9",
      "INPUT -j ACCEPT 1",
      "INPUT policy DROP 4",
      "FORWARD -j ACCEPT 4",
      "OUTPUT policy ACCEPT 7",
    ]);
  });

  test("a connection's mark is there behind its first packet", async () => {
    const marked = filterOf(["-A INPUT -m connmark --mark 0x3 -j DROP"]);
    expect(verdictsOf(await replayed([marked], LINES.split("\n")[0]!))).toEqual([
      "DROP→DROP 9",
      "ACCEPT→ACCEPT 8",
    ]);
  });

  test("routes may stand in the same file; a line of something else refuses it", async () => {
    const view = await replayed([text], `${LINES.split("\n")[0]}\n${ROUTES}\n`, { routes: "" });
    expect(view.judged).toBe(17);
    await expect(replayed([text], "hello world\n")).rejects.toThrow(/line 1 that is no connection/);
  });
});

test("a capture that is damaged behind some packets says so, and the packets before count", async () => {
  const bytes = onEthernet([...opened(WAN, HOST, 22), ...opened(WAN, HOST, 23)]);
  for (const length of [bytes.length - 1, bytes.length - 60]) {
    const view = await replayed([OLD], bytes.subarray(0, length));
    expect(view.notes[0]).toMatch(/^seen: it is cut off after byte \d+; nothing of what follows was read$/);
    expect(view.judged).toBeGreaterThan(3);
  }
});

test("an icmp error of a connection is RELATED", async () => {
  const rules = filterOf(["-A INPUT -m conntrack --ctstate RELATED -j ACCEPT"], "DROP");
  const sent = ipv4(HOST, WAN, 17, udp(5000, 53));
  const error = ipv4("203.0.113.1", HOST, 1, icmp(3, 1, 0, sent.slice(0, 28)));
  expect(verdictsOf(await replayed([rules], onEthernet([sent, error])))).toEqual(["ACCEPT→ACCEPT 2"]);
});

test("groups of the new ruleset count packets that have one of their members", async () => {
  const groups = [
    "*filter",
    ":INPUT DROP [0:0]",
    ":FORWARD ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":S - [0:0]",
    ":R - [0:0]",
    "-A INPUT -j R",
    "-A R -j S",
    "-A R -m mark --mark 0x1/0x1 -j MARK --set-xmark 0x0/0x1",
    `-A S -s ${WAN}/32 -j MARK --set-xmark 0x1/0x1`,
    "-A S -s 198.51.100.0/24 -j MARK --set-xmark 0x1/0x1",
    "COMMIT",
    "",
  ].join("\n");
  const seen = onEthernet(
    [WAN, "198.51.100.9", "203.0.113.4"].map((source) => ipv4(source, HOST, 17, udp(1, 2))),
  );
  expect((await replayed([groups], seen)).groups).toEqual([{ table: "filter", chain: "S", packets: 2 }]);
});
