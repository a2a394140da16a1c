/** Two spellings of one match or target: equal where iptables prints them alike, unknown where markify can't tell, different where they are. */
import { describe, expect, test } from "vitest";
import type { VerifyResult } from "../../src/verify/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "./samples.ts";

function compare(old: string, now: string): Promise<VerifyResult> {
  const [one, other] = [old, now].map((rule) =>
    rulesetOf(filterOf([`-A OUTPUT -p tcp ${rule}`, "-A INPUT -j DROP"])),
  );
  return verify(one!, other!, { packets: 2000 });
}

const DROP = "-j DROP";

describe("equal", () => {
  test.each([
    [`-m limit --limit 5/s ${DROP}`, `-m limit --limit-burst 5 --limit 5/second ${DROP}`],
    [`-m limit --limit 60/min ${DROP}`, `-m limit --limit 1/sec ${DROP}`],
    [`-m recent --set ${DROP}`, `-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource ${DROP}`],
    [`-m dscp --dscp-class EF ${DROP}`, `-m dscp --dscp 0x2e ${DROP}`],
    [`-m owner --uid-owner 0-0 ${DROP}`, `-m owner --uid-owner 0 ${DROP}`],
    [`-m string --algo bm --to 65535 --string a ${DROP}`, `-m string --string "a" --algo bm ${DROP}`],
    [
      `-m connlimit ! --connlimit-above 3 ${DROP}`,
      `-m connlimit --connlimit-upto 3 --connlimit-saddr ${DROP}`,
    ],
    ["-j LOG --log-level warning", "-j LOG --log-level 4"],
    ["-j NFLOG --nflog-group 0 --nflog-threshold 0", "-j NFLOG"],
  ])("%s and %s", async (old, now) => {
    expect(await compare(old, now)).toMatchObject({ result: "equal", basis: "proved" });
  });
});

describe("different", () => {
  test.each([
    [`-m limit --limit 5/s ${DROP}`, `-m limit --limit 6/s ${DROP}`],
    [`-m recent --set ${DROP}`, `-m recent --set --rdest ${DROP}`],
    [`-m dscp --dscp-class EF ${DROP}`, `-m dscp --dscp 0x2f ${DROP}`],
    [`-m owner --uid-owner 0 ${DROP}`, `-m owner --uid-owner 0-1 ${DROP}`],
    [`-m string --algo bm --string a ${DROP}`, `-m string --string A --algo bm ${DROP}`],
    ["-j NFLOG --nflog-group 1", "-j NFLOG"],
    // A name on both sides is the same question; the difference is another one.
    [`-m owner --uid-owner root ${DROP}`, "-m owner --uid-owner root -j REJECT"],
    [`-m owner --uid-owner root ${DROP}`, `-p tcp ! -s 10.0.0.1 ${DROP}`.replace("-p tcp ", "")],
  ])("%s and %s", async (old, now) => {
    expect(await compare(old, now)).toMatchObject({ result: "different" });
  });
});

describe("unknown", () => {
  test.each([
    [`-m owner --uid-owner root ${DROP}`, `-m owner --uid-owner 0 ${DROP}`],
    [`-s host.example ${DROP}`, `-s 192.0.2.1 ${DROP}`],
    [`-m tcp --dport nosuchservice ${DROP}`, `-m tcp --dport 22 ${DROP}`],
    [`-m limit --limit 010/s ${DROP}`, `-m limit --limit 8/s ${DROP}`],
    ["-m nosuchmodule --some 1 -j DROP", "-m nosuchmodule --some=1 -j DROP"],
    ["-j NOSUCHTARGET --some 1", "-j NOSUCHTARGET --some=1"],
  ])("%s and %s", async (old, now) => {
    const { result, reason } = await compare(old, now);
    expect([result, reason]).toEqual(["unknown", expect.stringContaining("two spellings of the same")]);
  });
});
