/** What can't be followed is no proof: neither of equality nor of a difference. */
import { expect, test } from "vitest";
import { verify } from "../../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "../samples.ts";

const SET = "-A FORWARD -j MARK --set-xmark 0x1/0x1";
const NPT = "--src-pfx 2001:db8:1::/64 --dst-pfx 2001:db8:2::/64";

test.each([
  [
    "v4",
    "STRANGE is not known and might write the mark",
    [SET, "-A FORWARD -j STRANGE --option 1", "-A FORWARD -m mark --mark 0x1/0x1 -j DROP"],
    [SET, "-A FORWARD -j STRANGE --option 1", "-A FORWARD -j DROP"],
  ],
  [
    "v6",
    "DNPT rewrites addresses",
    [`-A FORWARD -d 2001:db8:1::/64 -j DNPT ${NPT}`, "-A FORWARD -d 2001:db8:2::/64 -j DROP"],
    ["-A FORWARD -d 2001:db8:2::/64 -j DROP", `-A FORWARD -d 2001:db8:1::/64 -j DNPT ${NPT}`],
  ],
  [
    "v4",
    "TCPOPTSTRIP rewrites tcp options",
    ["-A FORWARD -p tcp -j TCPOPTSTRIP --strip-options 5", "-A FORWARD -p tcp -m tcp --tcp-option 5 -j DROP"],
    ["-A FORWARD -p tcp -m tcp --tcp-option 5 -j DROP"],
  ],
  [
    "v4",
    "--restore-skmark writes the mark",
    ["-A FORWARD -m socket --restore-skmark -j LOG", "-A FORWARD -m mark --mark 0x5/0xf -j DROP"],
    ["-A FORWARD -m mark --mark 0x5/0xf -j DROP", "-A FORWARD -m socket --restore-skmark -j LOG"],
  ],
] as const)("%s: %s", async (family, reason, old, now) => {
  const [one, other] = [old, now].map((rules) => rulesetOf(filterOf(rules), family));
  const result = await verify(one!, other!, { packets: 2000, ownBits: 0 });
  expect(result.result).toBe("unknown");
  expect(result.reason).toContain(reason);
});

test.each([
  ["an unknown target where nobody reads marks", ["-A FORWARD -j STRANGE --option 1"]],
  ["a rewritten option that nobody tests", ["-A FORWARD -p tcp -j TCPMSS --clamp-mss-to-pmtu"]],
])("%s is no gap", async (_name, rules) => {
  const [old, now] = [rules, [...rules, "-A FORWARD -j ACCEPT"]].map((list) => rulesetOf(filterOf(list)));
  expect(await verify(old!, now!, { packets: 2000 })).toMatchObject({ result: "equal", basis: "proved" });
});
