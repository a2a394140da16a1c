/** Rules that are made of what others said, against the same rules each alone in the file. */
import { expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { SEED } from "../support/seed.ts";

const HEAD = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":LAN - [0:0]"];

const ADDRESSES = [
  "-s 10.0.0.1/32",
  "-s 10.0.0.2/32",
  "-s 10.0.0.0/8",
  // With a report, or with nothing to test.
  "-s 10.0.0.1/8",
  "-s 0.0.0.0/0",
  "-s 10.0.0.300/32",
  "-s 2001:db8::1/128",
  "! -s 10.0.0.1/32",
  "-d 10.1.0.1/32",
  "-d 10.1.0.2/32",
  "-s 10.0.0.1/32 -d 10.1.0.1/32",
  "-s 10.0.0.2/32 -d 10.1.0.2/32",
  "-d 10.1.0.1/32 -s 10.0.0.1/32",
  "-s 10.0.0.1/32 ! -d 10.1.0.1/32",
  "-s 10.0.0.1/32 -s 10.0.0.2/32",
];

const RESTS = [
  "-p tcp -m tcp --dport 22 -j ACCEPT",
  "-i eth0 -p udp -m udp --dport 53 -m comment --comment dns -j LAN",
  "-p tcp -d 10.1.0.9/32 -m tcp --dport 80 -j DROP",
  "-m conntrack --ctstate NEW -g LAN",
  "-j REJECT --reject-with tcp-reset",
  "-p tcp -j REJECT --reject-with tcp-reset",
  '-j LOG --log-prefix "a b"',
  "-c 5 60 -j ACCEPT",
  "-j NOSUCHTARGET",
  "-o eth1 -j ACCEPT",
  "-o eth1 -p tcp -j DROP",
  "-j nochain",
  "-m nosuchmodule --x 1 -j ACCEPT",
  "-p tcp -m tcp --dport 99999 -j ACCEPT",
  "-p tcp -m multiport --dports 1,2,1 -j ACCEPT",
  '-m comment --comment "open',
  "-t nat -j ACCEPT",
  "-j ACCEPT -j DROP",
  "",
];

function read(lines: readonly string[]) {
  const file = makeSourceFile("x.rules", `${[...HEAD, ...lines, "COMMIT"].join("\n")}\n`);
  const { ruleset, diagnostics } = importRuleset(file, { family: "v4", keepUnparsed: true });
  const rules = ruleset?.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules)) ?? null;
  const starts = file.lineStarts;
  const lineOf = (at: number) => starts.filter((start) => start <= at).length;
  const found = diagnostics.map(({ code, severity, args, span }) => ({
    code,
    severity,
    args,
    line: span === null ? 0 : lineOf(span.start),
    span: span === null ? null : [span.start, span.end],
  }));
  return { rules, found };
}

test("the same rules and reports", () => {
  let known = 0;
  for (let number = 0; number < 25; number++) {
    const random = new Random(SEED * 1_000_003 + number);
    const pick = (list: readonly string[]) => list[random.below(list.length)]!;
    const rests = RESTS.filter(() => random.below(3) > 0);
    const lines = Array.from({ length: 30 }, () => {
      const counters = random.below(6) === 0 ? "[3:180] " : "";
      const end = random.below(9) === 0 ? "  " : "";
      return (
        `${counters}-A ${pick(["FORWARD", "FORWARD", "INPUT"])} ${pick(ADDRESSES)} ${pick(rests)}`.trimEnd() +
        end
      );
    });
    const whole = read(lines);
    for (const [at, line] of lines.entries()) {
      // Comments of the same length: places stay what they are.
      const alone = read(
        lines.map((other) =>
          other === line && lines.indexOf(other) === at ? other : "#".repeat(other.length),
        ),
      );
      if (lines.indexOf(line) !== at) continue;
      const row = at + HEAD.length + 1;
      const here = ({ line: where }: { readonly line: number }) => where === row;
      expect(whole.found.filter(here)).toEqual(alone.found.filter(here));
      if (whole.rules === null || alone.rules === null) continue;
      expect(whole.rules.filter(here)).toEqual(alone.rules.filter(here));
      known += 1;
    }
  }
  expect(known).toBeGreaterThan(20);
});

test("a repeated line", () => {
  const lines = ["-A FORWARD -s 10.0.0.1/32 -j ACCEPT", "[7:8] -A FORWARD -s 10.0.0.1/32 -j ACCEPT"];
  const { rules } = read(lines);
  expect(rules!.map(({ line, counters }) => [line, counters])).toEqual([
    [5, null],
    [6, { packets: "7", bytes: "8" }],
  ]);
});

test("a name that becomes a chain further down", () => {
  const rule = "-A FORWARD -s 10.0.0.1/32 -j LATER";
  const { rules } = read([rule, rule, ":LATER - [0:0]", rule]);
  expect(rules!.map(({ target }) => target.kind)).toEqual(["extension", "extension", "jump"]);
});

test("what one chain takes, and another does not", () => {
  const { found } = read([
    "-A FORWARD -s 10.0.0.1/32 -o eth1 -j ACCEPT",
    "-A INPUT -s 10.0.0.1/32 -o eth1 -j ACCEPT",
  ]);
  expect(found.map(({ line }) => line)).toEqual([6]);
});
