/** Random chains that let some packets out and decide about the rest (`cluster/exclusions.ts`), most of them policy rules with negated groups, some with a flaw that makes them none. */
import fc from "fast-check";
import { AXES, type Axis, type Family } from "../../src/model/types.ts";
import { filterTable, product } from "./small-tables.ts";

const ADDRESSES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.0/30", "10.0.0.1/32", "10.0.0.2/32", "10.0.0.4/31", "10.0.0.0/8"],
  v6: ["2001:db8::/126", "2001:db8::1/128", "2001:db8::2/128", "2001:db8::4/127", "2001:db8::/32"],
};

const SERVICES = [
  "-p tcp -m tcp --dport 22",
  "-p tcp -m tcp --dport 80",
  "-p udp -m udp --dport 53",
  "-p tcp -m tcp --sport 22 --dport 1024:65535",
  "-p udp -m udp --dport 123",
];

/** These read less of the header, or nothing. */
const OTHER_SERVICES = ["-p tcp", "-p tcp -m multiport --dports 22,80", "-p udp -m multiport --dports 53"];

const LEAVES = ["-j ACCEPT", "-j DROP", "-j REJECT", "-j LOGDROP", "-j COUNT", "-j RETURN"];
const LEAF_CHAINS = ["-A LOGDROP -j LOG", "-A LOGDROP -j DROP", "-A COUNT -j LOG"];

/** One place in FORWARD: a call, exceptions, the rest. */
interface Spec {
  readonly calls: readonly string[];
  readonly exceptions: readonly string[];
  readonly rest: readonly string[];
  readonly leaf: string;
  readonly flaw: string | null;
}

function membersOf(family: Family, axis: Axis): fc.Arbitrary<readonly string[]> {
  const all: Readonly<Record<Axis, readonly string[]>> = {
    source: ADDRESSES[family].map((address) => `-s ${address}`),
    destination: ADDRESSES[family].map((address) => `-d ${address}`),
    in: ["-i eth0", "-i eth1", "-i ppp+"],
    out: ["-o eth0", "-o eth1", "-o ppp+"],
    service: SERVICES,
  };
  const usual = fc.shuffledSubarray([...all[axis]], { minLength: 1, maxLength: 3 });
  if (axis !== "service") return usual;
  const odd = fc.shuffledSubarray([...SERVICES, ...OTHER_SERVICES], { minLength: 1, maxLength: 3 });
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

function listsOf(family: Family, most: number, least: number): fc.Arbitrary<readonly (readonly string[])[]> {
  return fc
    .shuffledSubarray([...AXES], { minLength: least, maxLength: most })
    .chain((axes) => fc.tuple(...axes.map((axis) => membersOf(family, axis))));
}

function specOf(family: Family): fc.Arbitrary<Spec> {
  const [, host] = ADDRESSES[family];
  const words = ["", "-m conntrack --ctstate NEW", "! -i eth0", `-d ${host}`, `! -s ${host}`, "-o eth0"];
  return fc.record({
    calls: fc
      .tuple(
        fc.constantFrom(...words),
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc.constantFrom("", "", "", ...SERVICES, ...OTHER_SERVICES).map((one) => [one]),
          },
          { weight: 1, arbitrary: listsOf(family, 1, 1).map(([list]) => list!) },
        ),
      )
      .map(([one, list]) =>
        list.map((other) => (/^-m|^-o|^! -s/.test(one) ? `${other} ${one}` : `${one} ${other}`)),
      ),
    exceptions: listsOf(family, 2, 1).map((lists) => lists.flat()),
    rest: listsOf(family, 2, 0).map((lists) => product("", ...[...lists].sort(inSaveOrder))),
    leaf: fc.constantFrom(...LEAVES),
    flaw: fc.constantFrom(
      null,
      null,
      null,
      null,
      null,
      "-m limit --limit 1/s -j RETURN",
      "-j LOG",
      "-s 10.1.1.1/32 -j ACCEPT",
    ),
  });
}

const OPTIONS = ["-s", "-d", "-i", "-o", "-p"];

function inSaveOrder([one]: readonly string[], [other]: readonly string[]): number {
  return OPTIONS.indexOf(one!.slice(0, 2)) - OPTIONS.indexOf(other!.slice(0, 2));
}

/** iptables refuses such a line. */
function repeats(words: string): boolean {
  const options = words.match(/(?<= |^)-[sdio](?= )/g) ?? [];
  return new Set(options).size < options.length;
}

/** A filter table, as text. */
export function randomExclusions(family: Family): fc.Arbitrary<string> {
  const others = fc.constantFrom(null, "-j LOG", "-i eth1 -j DROP", "-p tcp -m tcp --dport 22 -j ACCEPT");
  return fc.array(fc.tuple(specOf(family), others), { minLength: 1, maxLength: 3 }).map((specs) => {
    const rules: string[] = [];
    for (const [at, [{ calls, exceptions, rest, leaf, flaw }, other]] of specs.entries()) {
      for (const call of calls.filter((words) => !repeats(words)))
        rules.push(`-A FORWARD ${call} -j NOT${at}`);
      for (const exception of exceptions) rules.push(`-A NOT${at} ${exception} -j RETURN`);
      if (flaw !== null)
        rules.push(`-A NOT${at} ${family === "v4" ? flaw : flaw.replace("10.1.1.1/32", "2001:db8::9/128")}`);
      for (const words of rest) rules.push(`-A NOT${at} ${words} ${leaf}`);
      if (other !== null) rules.push(`-A FORWARD ${other}`);
    }
    return filterTable([...rules, ...LEAF_CHAINS].map((rule) => rule.trim().replace(/ {2,}/g, " ")));
  });
}
