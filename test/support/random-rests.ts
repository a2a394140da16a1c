/**
 * Random chains in which products are followed by what their flat rules say of the rest: LOG, REJECT or DROP for packets that are in some of the groups alone, at one level or at several. Lines of one packet keep
 * their order; others are mixed, and single rules stand in between that may keep the parts from each other.
 */
import fc from "fast-check";
import { AXES, type Axis, type Family } from "../../src/model/types.ts";
import { filterTable, product } from "./small-tables.ts";

const MEMBERS: Readonly<Record<Family, Readonly<Record<Axis, readonly string[]>>>> = {
  v4: {
    source: ["-s 10.0.0.1/32", "-s 10.0.0.2/32", "-s 10.0.0.4/31", "-s 10.0.0.8/29", "-s 10.0.0.0/29"],
    destination: ["-d 10.0.0.1/32", "-d 10.0.0.4/32", "-d 10.0.0.8/29", "-d 192.0.2.0/24"],
    in: ["-i eth0", "-i eth1", "-i ppp+"],
    out: ["-o eth0", "-o eth1", "-o eth+"],
    service: ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 1024:2047", "-p udp -m udp --dport 53"],
  },
  v6: {
    source: [
      "-s 2001:db8::1/128",
      "-s 2001:db8::2/128",
      "-s 2001:db8::4/127",
      "-s 2001:db8::8/125",
      "-s 2001:db8::/125",
    ],
    destination: ["-d 2001:db8::1/128", "-d 2001:db8::4/128", "-d 2001:db8::8/125", "-d 2001:db8:1::/48"],
    in: ["-i eth0", "-i eth1", "-i ppp+"],
    out: ["-o eth0", "-o eth1", "-o eth+"],
    service: ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 1024:2047", "-p udp -m udp --dport 53"],
  },
};

const LOGS = ['-j LOG --log-prefix "rest: "', '-j LOG --log-prefix "REST "', "-j NFLOG --nflog-group 2"];
const HEADS = ["-j ACCEPT", "-j ACCEPT", "-j DROP", "-j REJECT", ...LOGS.slice(0, 1)];
const RESTS = [
  ...LOGS,
  ...LOGS,
  "-j DROP",
  "-j DROP",
  "-j REJECT",
  "-j ACCEPT",
  "-p tcp -j REJECT --reject-with tcp-reset",
];
const TESTS = ["", "", "", "-m conntrack --ctstate NEW", "-m mark --mark 0x100/0x100"];

/** Sets by axis. */
type Sets = ReadonlyMap<Axis, readonly string[]>;

function setsOf(family: Family): fc.Arbitrary<Sets> {
  return fc
    .shuffledSubarray([...AXES], { minLength: 2, maxLength: 3 })
    .chain((axes) =>
      fc.tuple(
        ...axes.map((axis) =>
          fc
            .shuffledSubarray([...MEMBERS[family][axis]], { minLength: 3 })
            .map((members) => [axis, members] as const),
        ),
      ),
    )
    .map((entries) => new Map(entries));
}

const ORDER: readonly Axis[] = ["source", "destination", "in", "out", "service"];

/** The lines of a product for some of the sets, in the order in which iptables-save prints matches; `single`: interfaces that all of them test. */
function linesOf(sets: Sets, axes: readonly Axis[], single: Single, tests: string, target: string): string[] {
  const lists = ORDER.map((axis) => {
    const text = axis === "in" ? single.in : axis === "out" ? single.out : "";
    return axes.includes(axis) ? sets.get(axis)! : [text];
  });
  return product("-A FORWARD", ...lists, tests, target).map((line) => line.replace(/ +/g, " "));
}

/** Interfaces that a block has beside its sets; empty where it has none. */
interface Single {
  readonly in: string;
  readonly out: string;
}

function blockOf(family: Family): fc.Arbitrary<string[]> {
  return fc
    .record({
      sets: setsOf(family),
      out: fc.constantFrom("", "", "", "-o eth2"),
      first: fc.tuple(fc.constantFrom(...TESTS), fc.constantFrom(...HEADS)),
      rests: fc.array(
        fc.record({
          drop: fc.subarray([...AXES], { maxLength: 2 }),
          tests: fc.constantFrom("", "", "", "-m conntrack --ctstate NEW"),
          target: fc.constantFrom(...RESTS),
          extra: fc.constantFrom("", "", "", "", "-i eth3"),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      isMixed: fc.boolean(),
    })
    .map(({ sets, out, first: [tests, target], rests, isMixed }) => {
      const all = [...sets.keys()];
      let axes = all;
      const single = { in: "", out: sets.has("out") ? "" : out };
      const lines = linesOf(sets, all, single, tests, target);
      for (const [at, rest] of rests.entries()) {
        // Most often services are what is missing.
        const gone = at === 0 && all.includes("service") && all.length > 1 ? ["service" as const] : rest.drop;
        const left = axes.filter((axis) => !gone.includes(axis) && axis !== "service");
        if (left.length > 0) axes = left;
        const words = { ...single, in: sets.has("in") ? "" : rest.extra };
        const own = rest.target.startsWith("-p") && axes.includes("service") ? "-j DROP" : rest.target;
        lines.push(...linesOf(sets, axes, words, own.startsWith("-p") ? "" : rest.tests, own));
      }
      // As a person writes it who goes from host to host.
      const keyOf = (line: string) => /^-A FORWARD (\S+ \S+)/.exec(line)![1]!;
      return isMixed
        ? [...lines].sort((one, other) =>
            keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0,
          )
        : lines;
    });
}

function strayOf(family: Family): fc.Arbitrary<string> {
  const { source, destination, service } = MEMBERS[family];
  return fc
    .tuple(
      fc.constantFrom("", ...source),
      fc.constantFrom("", ...destination),
      fc.constantFrom("", ...service),
      fc.constantFrom("-j ACCEPT", "-j DROP", "-j LOG", "-j RETURN"),
    )
    .map((words) => ["-A FORWARD", ...words.filter((word) => word !== "")].join(" "));
}

/** A whole table as text. */
export function randomRests(family: Family): fc.Arbitrary<string> {
  return fc
    .record({
      blocks: fc.array(blockOf(family), { minLength: 1, maxLength: 2 }),
      strays: fc.array(fc.tuple(strayOf(family), fc.nat()), { maxLength: 3 }),
      policy: fc.constantFrom("ACCEPT", "DROP"),
    })
    .map(({ blocks, strays, policy }) => {
      const rules = blocks.flat();
      for (const [stray, place] of strays) rules.splice(place % (rules.length + 1), 0, stray);
      return filterTable(rules, { FORWARD: policy });
    });
}
