/** Which name a set of members finds among those that a person has given elsewhere. */
import { describe, expect, test } from "vitest";
import { readFwbuilderNames } from "../../src/import/fwbuilder/read-names.ts";
import type { Axis } from "../../src/model/types.ts";
import { findChainNameProblem } from "../../src/plan/chain-name.ts";
import { KnownNames } from "../../src/plan/known-names.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { fwbAround, group, ipv4, tcp } from "../import/fwbuilder/fwb.ts";
import { bestName, giveNames } from "./naming.ts";

function namesOf(objects: string): KnownNames {
  const { sets } = readFwbuilderNames(makeSourceFile("policy.fwb", fwbAround(objects)));
  return new KnownNames(sets!, "policy.fwb");
}

const HOSTS = Array.from({ length: 12 }, (_, at) => ipv4(`h${at}`, `host ${at}`, `192.0.2.${at}`));
const ids = (count: number) => Array.from({ length: count }, (_, at) => `h${at}`);
const addresses = (count: number) => Array.from({ length: count }, (_, at) => `192.0.2.${at}/32`);

const KNOWN = namesOf(
  [
    ...HOSTS,
    '<Network id="n" name="lan" address="192.0.2.0" netmask="255.255.255.0"/>',
    '<AddressRange id="r" name="pool" start_address="10.0.0.1" end_address="10.0.0.4"/>',
    '<NetworkIPv6 id="n6" name="lan6" address="2001:db8::" netmask="32"/>',
    '<ICMPService id="ping" name="ping" type="8" code="-1"/>',
    '<IPService id="gre" name="tunnel" protocol_num="47"/>',
    '<UDPService id="u" name="dns" src_range_start="0" src_range_end="0" dst_range_start="53" dst_range_end="53"/>',
    tcp("t", "alt", 8080, 8081),
    group("ObjectGroup", "servers", "Web Servers", ...ids(12)),
    group("ObjectGroup", "both", "mixed", "h0", "h1", "n6"),
    group("ServiceGroup", "web", "web and alt", "std-http", "t"),
    group("ServiceGroup", "any", "odd ones", "ping", "gre", "u"),
  ].join("\n"),
);

describe("the very set", () => {
  test.each<[Axis, string[], string]>([
    ["source", addresses(12), "Web Servers"],
    // However it is cut up.
    ["destination", ["192.0.2.8/30", "192.0.2.4/30", "192.0.2.0/30"], "Web Servers"],
    ["source", ["10.0.0.1-10.0.0.4"], "pool"],
    ["source", ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"], "pool"],
    ["source", ["192.0.2.0/24"], "lan"],
    ["source", ["192.0.2.3/32"], "host 3"],
    // A group may have members of both families.
    ["source", ["192.0.2.0/31"], "mixed"],
    ["source", ["2001:db8::/32"], "lan6"],
    ["service", ["tcp dport 80", "tcp dport 8080:8081"], "web and alt"],
    ["service", ["tcp header dports 80,8080,8081"], "web and alt"],
    ["service", ["tcp dport 80", "tcp dport 443"], "standard web"],
    ["service", ["icmp type 8", "gre", "udp dport 53"], "odd ones"],
    ["service", ["47"], "tunnel"],
  ])("%s %j: %s", (axis, members, name) => {
    expect(KNOWN.find(axis, members)).toEqual({ name, isExact: true });
    expect(KNOWN.has(axis, members)).toBe(true);
  });

  test.each<[Axis, string[]]>([
    ["source", ["198.51.100.1/32"]],
    ["source", ["192.0.2.0/255.0.255.0"]],
    ["in", ["eth0"]],
    ["service", ["tcp dport 8080"]],
    ["service", ["tcp sport 80"]],
    ["service", ["udp dport 80"]],
    ["service", ["tcp dport 80 flags SYN SYN"]],
    ["service", ["tcp ports 80"]],
    ["service", ["tcp ! dport 80"]],
    ["service", ["icmp type 8/1"]],
  ])("%s %j is no set that has a name", (axis, members) => {
    expect(KNOWN.find(axis, members)).toBeNull();
    expect(KNOWN.has(axis, members)).toBe(false);
  });
});

describe("a set like it", () => {
  test("is told apart from the very set, with what it lacks and has besides", () => {
    const members = [...addresses(11), "10.9.9.9/32"];
    expect(KNOWN.find("source", members)).toEqual({
      name: "Web Servers",
      isExact: false,
      note: "like Web Servers of policy.fwb: 11 of 12 members, lacks 192.0.2.11, has 10.9.9.9/32 besides",
    });
    expect(bestName("source", members, { known: KNOWN })).toMatchObject({
      names: ["like-Web_Servers", "S-like-Web_Servers"],
      from: "fwbuilder-near",
    });
  });

  test("shares half of all members at least", () => {
    expect(KNOWN.find("source", addresses(6))?.note).toBe(
      "like Web Servers of policy.fwb: 6 of 12 members, lacks 192.0.2.6 192.0.2.7 192.0.2.8 and 3 more",
    );
    expect(KNOWN.find("source", addresses(5))).toBeNull();
  });
});

test("two sets that are it together join their names", () => {
  const known = namesOf(
    `${HOSTS.join("")}${group("ObjectGroup", "a", "Admins", "h0", "h1")}${group("ObjectGroup", "d", "Devs", "h2", "h3", "h4")}`,
  );
  expect(bestName("source", addresses(5), { known })).toEqual({
    names: ["Devs+Admins", "S-Devs+Admins"],
    from: "fwbuilder",
    note: "Devs and Admins of policy.fwb together",
  });
  expect(known.find("source", addresses(4))?.isExact).toBe(false);
});

describe("as a chain's name", () => {
  const nameAs = (name: string) => {
    const known = namesOf(`${HOSTS[0]}${HOSTS[1]}${group("ObjectGroup", "g", name, "h0", "h1")}`);
    const [found = ""] = giveNames([["source", addresses(2)]], { known }, ["taken"]);
    expect(findChainNameProblem(found)).toBeNull();
    return `${found} ${bestName("source", addresses(2), { known }).from}`;
  };

  test.each([
    ["Admins", "Admins fwbuilder"],
    ["LAN", "LAN fwbuilder"],
    ["web farm (new)", "web_farm_new fwbuilder"],
    ["Büro Köln", "Buro_Koln fwbuilder"],
    ["-x", "x fwbuilder"],
    ["taken", "S-taken fwbuilder"],
    ["DROP", "S-DROP fwbuilder"],
    ["ip", "S-ip fwbuilder"],
    ["a name of more than twenty-eight letters", "a_name_of_more_than_twenty-e fwbuilder"],
    // Nothing that people could read would be left.
    ["серверы", "S-192-0-2 network"],
    ["???", "S-192-0-2 network"],
  ])("%s: %s", (name, expected) => expect(nameAs(name)).toBe(expected));

  test("one object on both sides makes two groups", () => {
    const names = giveNames(
      (["source", "destination", "source"] as const).map((axis) => [axis, addresses(12)]),
      { known: KNOWN },
    );
    expect(names).toEqual(["Web_Servers", "D-Web_Servers", "S-Web_Servers"]);
  });
});
