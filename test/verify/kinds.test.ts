/**
 * Kinds of equality that people write, each proved, and for each a near miss that is found different, with a packet that shows why.
 */
import { expect, test } from "vitest";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import type { VerifyOptions } from "../../src/verify/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "./samples.ts";
import { differences, walk } from "./small/judge.ts";
import { packetOfWitness, witnessAgain } from "./small/witness-packet.ts";

interface Kind {
  readonly name: string;
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** Nearly the new rules: a list for each near miss, with what differs and some fields of the packet. */
  readonly near: readonly {
    readonly rules: readonly string[];
    readonly differs: readonly string[];
    readonly fields: Readonly<Record<string, string>>;
  }[];
  readonly policy?: "ACCEPT" | "DROP";
  readonly options?: Partial<VerifyOptions>;
}

const SSH = "-p tcp -m tcp --dport 22";

const KINDS: readonly Kind[] = [
  {
    name: "a chain by another name",
    old: ["-A FORWARD -s 10.0.0.0/8 -j lan", `-A lan ${SSH} -j ACCEPT`, "-A lan -j DROP"],
    new: ["-A FORWARD -s 10.0.0.0/8 -j inside", `-A inside ${SSH} -j ACCEPT`, "-A inside -j DROP"],
    near: [
      {
        rules: ["-A FORWARD -s 10.0.0.0/8 -j inside", `-A inside ${SSH} -j DROP`, "-A inside -j DROP"],
        differs: ["verdict"],
        fields: { protocol: "tcp", destinationPort: "22", source: "10.0.0.1" },
      },
    ],
  },
  {
    name: "a chain inlined",
    old: [
      "-A FORWARD -i eth0 -j lan",
      "-A FORWARD -j DROP",
      "-A lan -s 10.0.0.1 -j ACCEPT",
      "-A lan -d 10.0.0.2 -j ACCEPT",
    ],
    new: [
      "-A FORWARD -s 10.0.0.1 -i eth0 -j ACCEPT",
      "-A FORWARD -d 10.0.0.2 -i eth0 -j ACCEPT",
      "-A FORWARD -j DROP",
    ],
    near: [
      {
        rules: [
          "-A FORWARD -s 10.0.0.1 -i eth0 -j ACCEPT",
          "-A FORWARD -d 10.0.0.2 -j ACCEPT",
          "-A FORWARD -j DROP",
        ],
        differs: ["verdict"],
        fields: { destination: "10.0.0.2" },
      },
    ],
  },
  {
    name: "a chain split, its end by goto",
    old: ["-A FORWARD -s 10.0.0.1 -j ACCEPT", "-A FORWARD -s 10.0.0.2 -j RETURN", "-A FORWARD -j REJECT"],
    new: [
      "-A FORWARD -s 10.0.0.1 -j ACCEPT",
      "-A FORWARD -g rest",
      "-A rest -s 10.0.0.2 -j RETURN",
      "-A rest -j REJECT",
    ],
    near: [
      {
        rules: [
          "-A FORWARD -s 10.0.0.1 -j ACCEPT",
          "-A FORWARD -j rest",
          "-A FORWARD -j DROP",
          "-A rest -s 10.0.0.2 -j RETURN",
          "-A rest -j REJECT",
        ],
        differs: ["verdict"],
        fields: { source: "10.0.0.2" },
      },
    ],
  },
  {
    name: "rules for different packets in another order",
    old: [
      "-A FORWARD -s 10.0.0.0/24 -j DROP",
      "-A FORWARD -s 10.0.1.0/24 -j ACCEPT",
      "-A FORWARD -s 10.0.2.0/24 -j REJECT",
    ],
    new: [
      "-A FORWARD -s 10.0.2.0/24 -j REJECT",
      "-A FORWARD -s 10.0.1.0/24 -j ACCEPT",
      "-A FORWARD -s 10.0.0.0/24 -j DROP",
    ],
    near: [
      {
        rules: [
          "-A FORWARD -s 10.0.2.0/24 -j REJECT",
          "-A FORWARD -s 10.0.0.0/23 -j ACCEPT",
          "-A FORWARD -s 10.0.0.0/24 -j DROP",
        ],
        differs: ["verdict"],
        fields: { source: "10.0.0.1" },
      },
    ],
  },
  {
    name: "networks joined and split",
    old: [
      "-A FORWARD -s 10.0.0.0/26 -j DROP",
      "-A FORWARD -s 10.0.0.64/26 -j DROP",
      "-A FORWARD -s 10.0.0.128/25 -j DROP",
      "-A FORWARD -d 192.0.2.0/24 -j REJECT",
    ],
    new: [
      "-A FORWARD -s 10.0.0.0/24 -j DROP",
      "-A FORWARD -d 192.0.2.128/25 -j REJECT",
      "-A FORWARD -m iprange --dst-range 192.0.2.0-192.0.2.127 -j REJECT",
    ],
    near: [
      {
        rules: ["-A FORWARD -s 10.0.0.0/24 -j DROP", "-A FORWARD -d 192.0.2.128/25 -j REJECT"],
        differs: ["verdict"],
        fields: { protocol: "tcp" },
      },
      {
        rules: ["-A FORWARD -s 10.0.0.0/23 -j DROP", "-A FORWARD -d 192.0.2.0/24 -j REJECT"],
        differs: ["verdict"],
        fields: { protocol: "tcp" },
      },
    ],
  },
  {
    name: "multiport against single ports, where headers that are too short are dropped anyway",
    // In later fragments nft reads payload where single ports are asked for, and multiport never does.
    old: ["-A FORWARD -f -j DROP", "-A FORWARD -p tcp -m multiport --dports 22,80:90 -j ACCEPT"],
    new: [
      "-A FORWARD -f -j DROP",
      `-A FORWARD ${SSH} -j ACCEPT`,
      "-A FORWARD -p tcp -m tcp --dport 80:90 -j ACCEPT",
    ],
    near: [
      {
        rules: [
          "-A FORWARD -f -j DROP",
          `-A FORWARD ${SSH} -j ACCEPT`,
          "-A FORWARD -p tcp -m tcp --dport 80:91 -j ACCEPT",
        ],
        differs: ["verdict"],
        fields: { destinationPort: "91" },
      },
      {
        rules: [`-A FORWARD ${SSH} -j ACCEPT`, "-A FORWARD -p tcp -m tcp --dport 80:90 -j ACCEPT"],
        differs: ["verdict"],
        fields: { fragment: "later fragment, offset 1", backend: "nft" },
      },
    ],
    policy: "DROP",
    options: { backend: "nft" },
  },
  {
    name: "multiport with several ports against one port at a time",
    old: ["-A FORWARD -p udp -m multiport --ports 53,67:68 -j ACCEPT"],
    new: [
      "-A FORWARD -p udp -m multiport --dports 53,67,68 -j ACCEPT",
      "-A FORWARD -p udp -m multiport --sports 53 -j ACCEPT",
      "-A FORWARD -p udp -m multiport --sports 67:68 -j ACCEPT",
    ],
    near: [
      {
        rules: [
          "-A FORWARD -p udp -m multiport --dports 53,67,68 -j ACCEPT",
          "-A FORWARD -p udp -m multiport --sports 53 -j ACCEPT",
        ],
        differs: ["verdict"],
        fields: { protocol: "udp", sourcePort: "67" },
      },
    ],
    policy: "DROP",
  },
  {
    name: "-m state against -m conntrack",
    old: [
      "-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
      "-A FORWARD -m state --state INVALID -j DROP",
    ],
    new: [
      "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
      "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
    ],
    near: [
      {
        rules: [
          "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT",
          "-A FORWARD -m conntrack ! --ctstate NEW,UNTRACKED -j DROP",
        ],
        differs: ["verdict"],
        fields: { ctstate: "RELATED" },
      },
    ],
  },
  {
    name: "! -s against a chain that returns",
    old: ["-A FORWARD ! -s 10.0.0.0/8 -i eth1 -j DROP"],
    new: ["-A FORWARD -i eth1 -j spoofed", "-A spoofed -s 10.0.0.0/8 -j RETURN", "-A spoofed -j DROP"],
    near: [
      {
        rules: ["-A FORWARD -i eth1 -j spoofed", "-A spoofed -s 10.0.0.0/9 -j RETURN", "-A spoofed -j DROP"],
        differs: ["verdict"],
        fields: { in: "eth1" },
      },
    ],
  },
  {
    name: "groups on marks, with own bits cleared before anybody sees them",
    old: [
      "-A FORWARD -s 10.0.0.1 -d 10.0.1.1 -j ACCEPT",
      "-A FORWARD -s 10.0.0.1 -d 10.0.1.2 -j ACCEPT",
      "-A FORWARD -s 10.0.0.2 -d 10.0.1.1 -j ACCEPT",
      "-A FORWARD -s 10.0.0.2 -d 10.0.1.2 -j ACCEPT",
      "-A FORWARD -j LOG",
    ],
    new: groups("-A allow -j MARK --set-xmark 0x0/0x30000"),
    near: [
      { rules: groups(), differs: ["mark"], fields: { source: "10.0.0.1" } },
      {
        rules: groups("-A allow -j MARK --set-xmark 0x0/0x30000").filter(
          (rule) => !/FORWARD.*0x0\//.test(rule),
        ),
        differs: ["effects", "mark"],
        fields: { protocol: "tcp" },
      },
    ],
  },
  {
    name: "a counting match behind conditions in another order",
    old: ["-A FORWARD -s 10.0.0.1 -p tcp -m limit --limit 5/min -j ACCEPT"],
    new: ["-A FORWARD -p tcp -j tcp", "-A tcp -s 10.0.0.1 -m limit --limit 5/min -j ACCEPT"],
    near: [
      {
        rules: ["-A FORWARD -p tcp -j tcp", "-A tcp -m limit --limit 5/min -s 10.0.0.2/31 -j ACCEPT"],
        differs: ["effects"],
        fields: { protocol: "tcp" },
      },
    ],
  },
];

/** Two sources, two destinations, and what is done when a rule of theirs matched. */
function groups(...clear: readonly string[]): readonly string[] {
  return [
    "-A FORWARD -j sources",
    "-A FORWARD -j destinations",
    "-A FORWARD -m mark --mark 0x30000/0x30000 -j allow",
    "-A FORWARD -j MARK --set-xmark 0x0/0x30000",
    "-A FORWARD -j LOG",
    "-A sources -m iprange --src-range 10.0.0.1-10.0.0.2 -j MARK --set-xmark 0x10000/0x10000",
    "-A destinations -m iprange --dst-range 10.0.1.1-10.0.1.2 -j MARK --set-xmark 0x20000/0x20000",
    ...clear,
    "-A allow -j ACCEPT",
  ];
}

test.each(KINDS)("$name: proved equal", async (kind) => {
  const [old, now] = [kind.old, kind.new].map((rules) => rulesetOf(filterOf(rules, kind.policy)));
  const found = await verify(old!, now!, { packets: 500, ...kind.options });
  expect(found).toMatchObject({ result: "equal", basis: "proved" });
  const back = await verify(now!, old!, { packets: 500, ...kind.options, ownBits: found.ownBits });
  expect(back).toMatchObject({ result: "equal", basis: "proved" });
});

const NEAR = KINDS.flatMap((kind) => kind.near.map((near) => ({ ...kind, ...near })));

test.each(NEAR)("$name: a near miss", async ({ old, rules, differs, fields, policy, options }) => {
  const [one, other] = [old, rules].map((list) => rulesetOf(filterOf(list, policy)));
  const found = await verify(one!, other!, { packets: 0, ...options });
  expect(found).toMatchObject({ result: "different", basis: "proved" });
  const witness = found.witness!;
  expect(witness).toMatchObject({ differs, packet: { hook: "FORWARD", fields } });
  // An ordinary packet, and one that the naive interpreter treats differently, too.
  for (const odd of ["fragment", "header", "backend"])
    if (options?.backend === undefined) expect(witness.packet.fields).not.toHaveProperty(odd);
  const tables = [one!.tables[0]!, other!.tables[0]!] as const;
  const names = nameOccurrences(...tables);
  const outcomes = tables.map((table) =>
    walk(table, "FORWARD", packetOfWitness(witness), names, witnessAgain),
  );
  const settings = { ownBits: found.ownBits, anyMark: false };
  expect(differences(outcomes[0]!, outcomes[1]!, settings)).toEqual(differs);
});

test("multiport and single ports read headers of different lengths", async () => {
  const old = rulesetOf(filterOf(["-A FORWARD -p tcp -m multiport --dports 22 -j ACCEPT"]));
  const now = rulesetOf(filterOf([`-A FORWARD ${SSH} -j ACCEPT`]));
  const found = await verify(old, now, { packets: 0 });
  expect(found).toMatchObject({ result: "different", basis: "proved" });
  expect(found.witness!.packet.fields.header).toMatch(/cut short after \d+ bytes/);
});
