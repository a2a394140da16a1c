/**
 * The traps of the article's technique in the kernel: real packets through the published form, and through the same with the trap mended. docs/technique.md tells of them.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { CTSTATE } from "../../src/model/types.ts";
import { hexDigits } from "../../src/verify/kernel/bytes.ts";
import { readFate } from "../../src/verify/kernel/fate.ts";
import { packetBytes } from "../../src/verify/kernel/packet-bytes.ts";
import { emptyText, LogTexts, restoreCommand, restoreText } from "../../src/verify/kernel/restore-text.ts";
import { KernelSession } from "../../src/verify/kernel/session.ts";
import { FIELD, makePacket } from "../../src/verify/sample/packet.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { readRuleset } from "../support/small-tables.ts";
import { BACKENDS, describeKernel } from "./harness.ts";

/** An example of the article, from the corpus. */
function article(name: string): string {
  return readCorpusFile(listOwnCorpus().find((file) => file.name === `corpus/article/${name}.rules`)!).text;
}

const PUBLISHED = article("published");

interface Sent {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly mark?: number;
}

const word = (address: string): number =>
  address.split(".").reduce((value, part) => (value << 8) | Number(part), 0);

function request({ from, to, port, mark = 0 }: Sent) {
  const packet = makePacket();
  packet[FIELD.PROTOCOL] = 6;
  packet[FIELD.FLAGS] = 2;
  packet[FIELD.CTSTATE] = CTSTATE.NEW;
  packet[FIELD.SPORT] = 40_000;
  packet[FIELD.DPORT] = port;
  packet[FIELD.SOURCE] = word(from);
  packet[FIELD.DESTINATION] = word(to);
  const bytes = hexDigits(packetBytes(packet, 1, false));
  return { in: "eth0", out: "eth1", destination: to, bytes, mark, mac: "02006d6bfe01" };
}

const TRUSTED: Sent = { from: "198.51.100.10", to: "192.0.2.10", port: 22 };
const STRANGER: Sent = { from: "198.51.100.99", to: "192.0.2.10", port: 22 };

/** A second rule chain behind the first: guests may send mail to one host. */
function withMail(text: string, reset: string): string {
  const chains = [":S-GUESTS - [0:0]", ":D-MAIL - [0:0]", ":D-SRV-MAIL - [0:0]", ":R-ALLOW-MAIL - [0:0]"];
  const rules = [
    "-A S-GUESTS -s 203.0.113.1/32 -j MARK --set-xmark 0x8/0x0",
    "-A D-MAIL -d 192.0.2.25/32 -j MARK --set-xmark 0x4/0x0",
    "-A D-SRV-MAIL -p tcp -m tcp --dport 25 -j MARK --set-xmark 0x2/0x0",
    `-A R-ALLOW-MAIL -j MARK --set-xmark ${reset}`,
    "-A R-ALLOW-MAIL -j S-GUESTS",
    "-A R-ALLOW-MAIL -j D-MAIL",
    "-A R-ALLOW-MAIL -j D-SRV-MAIL",
    "-A R-ALLOW-MAIL -m mark --mark 0xe -j ACCEPT",
    "-A FORWARD -j R-ALLOW-MAIL",
  ];
  return text
    .replace(":S-TRUSTED", `${chains.join("\n")}\n:S-TRUSTED`)
    .replace("COMMIT", `${rules.join("\n")}\nCOMMIT`);
}

/** A network inside of which a member is: whoever is in both has the bit flipped twice. */
function withNetwork(text: string): string {
  const entry = text.split("\n").find((line) => line.startsWith("-A S-TRUSTED -s 198.51.100.10/32"))!;
  return text.replace(entry, `${entry}\n${entry.replace("198.51.100.10/32", "198.51.100.0/28")}`);
}

const setting = (text: string) => text.replace(/--set-xmark (0x[842])\/0x0/g, "--set-xmark $1/$1");
const masked = (text: string) => text.replace("--mark 0xe ", "--mark 0xe/0xe ");
/** A mark of somebody else, as policy routing sets one. */
const routed = (text: string) =>
  `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -j MARK --set-xmark 0x100/0x100\nCOMMIT\n${text}`;
const clean = (text: string) =>
  text.replace(
    "-m mark --mark 0xe -j ACCEPT",
    "-m mark ! --mark 0xe/0xe -j RETURN\n-A R-ALLOW-DMZ-MGMT -j MARK --set-xmark 0x0/0xe\n-A R-ALLOW-DMZ-MGMT -j ACCEPT",
  );

const DROPPED = { verdict: "dropped" };
const ACCEPTED = { verdict: "accepted" };

/** What is tried: a ruleset, a packet, what becomes of it. */
const CASES: readonly (readonly [what: string, rules: string, sent: Sent, fate: object])[] = [
  ["published: trusted management is accepted", PUBLISHED, TRUSTED, ACCEPTED],
  ["published: others are not", PUBLISHED, STRANGER, DROPPED],
  ["published: nor other services", PUBLISHED, { ...TRUSTED, port: 25 }, DROPPED],
  [
    "first trap: the reset leaves bits of the rule before, and lets mail of a host that is no guest through",
    withMail(PUBLISHED, "0x0/0x0"),
    { ...TRUSTED, port: 25 },
    ACCEPTED,
  ],
  [
    "mended: a reset with a mask clears them",
    withMail(PUBLISHED, "0x0/0xe"),
    { ...TRUSTED, port: 25 },
    DROPPED,
  ],
  ["second trap: a host in two members loses its bit again", withNetwork(PUBLISHED), TRUSTED, DROPPED],
  ["mended: bits are set, not flipped", withNetwork(setting(PUBLISHED)), TRUSTED, ACCEPTED],
  [
    "third trap: the test of the whole mark misses packets of policy routing",
    routed(PUBLISHED),
    TRUSTED,
    DROPPED,
  ],
  ["mended: the test has a mask", routed(masked(PUBLISHED)), TRUSTED, { ...ACCEPTED, mark: "0x10e" }],
  ["and a packet that comes with a mark", PUBLISHED, { ...TRUSTED, mark: 0x100 }, DROPPED],
  ["what is left: the bits go on with the packet", PUBLISHED, TRUSTED, { ...ACCEPTED, mark: "0xe" }],
  ["mended: they are cleared before the verdict", clean(PUBLISHED), TRUSTED, { ...ACCEPTED, mark: "0x0" }],
  ["S-NEGATE: others are accepted", article("negated"), STRANGER, ACCEPTED],
  ["S-NEGATE: the trusted are not", article("negated"), TRUSTED, DROPPED],
  ["flat: as published", article("flat"), TRUSTED, { ...ACCEPTED, mark: "0x0" }],
  ["flat, negated: as published", article("flat-negated"), STRANGER, { ...ACCEPTED, mark: "0x0" }],
  ["flat, negated: the trusted are not accepted", article("flat-negated"), TRUSTED, DROPPED],
];

for (const backend of BACKENDS) {
  describeKernel(`the article's technique with ${backend}`, () => {
    // A namespace for each backend: rules of both would be active at once.
    let session: KernelSession;
    beforeAll(async () => {
      const setUp = { family: "v4", kind: "tap", devices: ["eth0", "eth1"], tracked: false } as const;
      const ends = ["INPUT", "POSTROUTING"];
      ({ session } = await KernelSession.open({ ...setUp, begins: ["FORWARD"], ends }));
    });
    afterAll(() => session.close());

    const tables = readRuleset(routed(PUBLISHED), "v4").tables;
    test.each(CASES)("%s", async (_, text, sent, fate) => {
      const logs = new LogTexts();
      await session.load({
        command: restoreCommand("v4", backend),
        empty: emptyText(tables),
        text: restoreText(readRuleset(text, "v4").tables, logs),
        ipsets: "",
      });
      const [answer] = await session.send([request(sent)]);
      expect(answer!.unsent).toBeUndefined();
      expect(answer!.events!.map(({ told }) => told)).toContain("FORWARD<");
      expect(readFate(answer!.events!, ["INPUT", "POSTROUTING"], logs)).toMatchObject(fate);
    });
  });
}
