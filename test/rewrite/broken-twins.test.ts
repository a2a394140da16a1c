/**
 * Deliberately wrong rewrites, each run where its fault shows: the checker must reject every one, and accept the right one beside it.
 */
import { describe, expect, test } from "vitest";
import { verify } from "../../src/verify/verify.ts";
import { filterTable, product, readRuleset, rewriteText } from "../support/small-tables.ts";

/** A table in which every fault of the list has consequences: overlapping members, foreign marks, exceptions before and after, RETURN, LOG. */
const FLAT = [
  "-A INPUT -i lo -j ACCEPT",
  "-A FORWARD -m mark --mark 0x100/0x100 -j LOG --log-prefix marked",
  "-A FORWARD -s 10.0.1.9/32 -d 10.9.0.1/32 -j DROP",
  ...product(
    "-A FORWARD",
    ["-s 10.0.1.0/24", "-s 10.0.1.9/32", "-s 10.0.2.1/32", "-s 10.0.3.1/32"],
    ["-d 10.9.0.0/24", "-d 10.9.0.1/32", "-d 10.9.1.1/32"],
    ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443", "-p udp -m udp --dport 53"],
    "-m conntrack --ctstate NEW -j ACCEPT",
  ),
  "-A FORWARD -j LOG --log-prefix rest",
  ...product(
    "-A FORWARD",
    ["-s 172.16.0.0/16", "-s 172.16.0.1/32", "-s 172.16.0.2/32", "-s 172.17.0.0/16"],
    ["-d 10.9.0.0/24", "-d 10.9.0.2/32", "-d 10.9.7.0/24"],
    ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 23", "-p tcp -m tcp --dport 5432"],
    "-j REJECT --reject-with tcp-reset",
  ),
  "-A FORWARD -j sub",
  "-A FORWARD -p tcp -j ACCEPT",
  ...product(
    "-A sub",
    [1, 2, 3, 4, 5].map((host) => `-s 192.168.0.${host}/32`),
    ["-d 10.9.0.0/24", "-d 10.9.0.7/32", "-d 10.9.3.0/24", "-d 10.9.4.0/24"],
    "-j RETURN",
  ),
  "-A sub -s 192.168.0.0/16 -j DROP",
];
const good = rewriteText(filterTable(FLAT, { FORWARD: "DROP" }));
const [accept, reject, leave] = good.plan.policyRules.map(({ name }) => name);

type Edit = (text: string) => string;

/** Replaces the first occurrence; fails where there is none, so that no twin is the right text by accident. */
function swap(from: string | RegExp, to: string): Edit {
  return (text) => {
    const result = text.replace(from, to);
    if (result === text) throw new Error(`nothing to break: ${from}`);
    return result;
  };
}

/** Moves the first line that contains `line` behind the first that contains `after`. */
function moveBehind(line: string, after: string): Edit {
  return (text) => {
    const lines = text.split("\n");
    const [moved] = lines.splice(
      lines.findIndex((candidate) => candidate.includes(line)),
      1,
    );
    lines.splice(lines.findIndex((candidate) => candidate.includes(after)) + 1, 0, moved!);
    return lines.join("\n");
  };
}

const TWINS: Readonly<Record<string, Edit>> = {
  "a member is dropped": swap(/^-A S-\S+ -s 10\.0\.2\.1\/32 .*\n/m, ""),
  "a member is added": swap(/^(-A S-\S+) -s 10\.0\.2\.1\/32 (.*)\n/m, "$&$1 -s 10.0.2.2/32 $2\n"),
  "a member's port is off by one": swap(/--dport 443 -j MARK/, "--dport 444 -j MARK"),
  "the mask of a group is too wide": swap(
    "-d 10.9.1.1/32 -j MARK --set-xmark 0x2/0x2",
    "-d 10.9.1.1/32 -j MARK --set-xmark 0x2/0xffff",
  ),
  "a group wipes the other bits": swap(
    "-d 10.9.1.1/32 -j MARK --set-xmark 0x2/0x2",
    "-d 10.9.1.1/32 -j MARK --set-xmark 0x2/0x3",
  ),
  "a group toggles (the article's 0x8/0x0)": (text) =>
    text.replaceAll("-j MARK --set-xmark 0x1/0x1", "-j MARK --set-xmark 0x1/0x0"),
  "a group sets another axis's bit": swap(
    "-s 10.0.3.1/32 -j MARK --set-xmark 0x1/0x1",
    "-s 10.0.3.1/32 -j MARK --set-xmark 0x2/0x2",
  ),
  "the reset clears nothing (the article's 0x0/0x0)": (text) =>
    text.replaceAll(
      "! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7",
      "! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x0",
    ),
  "the reset is missing": swap(new RegExp(`^-A ${accept} -m mark ! --mark 0x0/0x7 -j MARK.*\n`, "m"), ""),
  "the bits are not cleared before ACCEPT": swap(
    new RegExp(`^-A ${accept} -j MARK --set-xmark 0x0/0x7\n`, "m"),
    "",
  ),
  "the bits are not cleared before REJECT": swap(
    new RegExp(`^-A ${reject} -j MARK --set-xmark 0x0/0x7\n`, "m"),
    "",
  ),
  "the bits are not cleared when a group is missing": (text) =>
    text.replaceAll("! --mark 0x3/0x7 -g M-CLEAR", "! --mark 0x3/0x7 -j RETURN"),
  "the clearing chain clears one bit only": swap(
    "-A M-CLEAR -j MARK --set-xmark 0x0/0x7",
    "-A M-CLEAR -j MARK --set-xmark 0x0/0x1",
  ),
  "the test of a bit is inverted": swap(
    `-A ${accept} -m mark ! --mark 0x3/0x7`,
    `-A ${accept} -m mark --mark 0x3/0x7`,
  ),
  "the test of a bit is missing": swap(new RegExp(`^-A ${accept} -m mark ! --mark 0x3/0x7 .*\n`, "m"), ""),
  "the rule chain is entered by goto": swap(`-A FORWARD -j ${accept}`, `-A FORWARD -g ${accept}`),
  "a group chain is entered by goto": swap(new RegExp(`^(-A ${accept}) -j (D-\\S+)$`, "m"), "$1 -g $2"),
  "M-CLEAR is entered by jump": swap(
    `-A ${accept} -m mark ! --mark 0x3/0x7 -g M-CLEAR`,
    `-A ${accept} -m mark ! --mark 0x3/0x7 -j M-CLEAR`,
  ),
  "the call stands before an exception": moveBehind(
    "-s 10.0.1.9/32 -d 10.9.0.1/32 -j DROP",
    `-A FORWARD -j ${accept}`,
  ),
  "a call moved past a LOG": moveBehind("-j LOG --log-prefix rest", `-A FORWARD -j ${reject}`),
  "services are tested before addresses": (text) => {
    const lines = text.split("\n");
    const at = lines.findIndex(
      (line) => line === `-A ${accept} -j ${good.plan.groups.find(({ axis }) => axis === "service")!.name}`,
    );
    const start = lines.findIndex((line) => line.startsWith(`-A ${accept} -j S-`));
    const [service] = lines.splice(at, 1);
    lines.splice(start, 0, service!);
    return lines
      .join("\n")
      .replaceAll(`-A ${accept} -m mark ! --mark 0x1/0x7`, `-A ${accept} -m mark ! --mark 0x1/0x1`)
      .replaceAll(`-A ${accept} -m mark ! --mark 0x3/0x7`, `-A ${accept} -m mark ! --mark 0x3/0x3`);
  },
  "the verdict's other match is lost": swap("-m conntrack --ctstate NEW -j ACCEPT", "-j ACCEPT"),
  "REJECT answers otherwise": swap(
    new RegExp(`^(-A ${reject} .*)--reject-with tcp-reset`, "m"),
    "$1--reject-with icmp-port-unreachable",
  ),
  "RETURN moved into the rule chain": (text) =>
    swap(
      /^-A sub -m mark --mark \S+ -g M-CLEAR\n/m,
      "",
    )(text).replace(
      new RegExp(`^(-A ${leave} -m mark ! --mark 0x3/0x7) -g M-CLEAR`, "m"),
      `$1 -g M-CLEAR\n-A ${leave} -j M-CLEAR\n-A ${leave} -j RETURN`,
    ),
  "RETURN leaves the bits set": swap(/^(-A sub -m mark --mark \S+) -g M-CLEAR/m, "$1 -j RETURN"),
  "a LOG shows own bits": swap(
    `-A ${accept} -j MARK --set-xmark 0x0/0x7`,
    `-A ${accept} -j LOG --log-prefix rest\n-A ${accept} -j MARK --set-xmark 0x0/0x7`,
  ),
};

test("the right rewrite is equal", async () => {
  expect(good.plan.policyRules).toHaveLength(3);
  expect((await verify(good.old, good.new, { demandAnyMark: true })).result).toBe("equal");
});

describe.each(Object.entries(TWINS))("%s", (_name, edit) => {
  test("is found different, with a witness", async () => {
    const twin = readRuleset(edit(good.text), "v4", "twin.rules");
    const result = await verify(good.old, twin, { demandAnyMark: true, ownBits: 0x7 });
    expect(result.result).toBe("different");
    expect(result.witness).toBeDefined();
  });
});
