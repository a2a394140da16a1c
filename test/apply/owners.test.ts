/** Who else writes rules is told by chains, rules, nft tables and paths, and accepted only where somebody says so. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chainPattern } from "../../src/apply/chain-pattern.ts";
import { KNOWN_OWNERS } from "../../src/apply/known-owners.ts";
import {
  findOwners,
  keepPatternFor,
  ownerOfChain,
  ownerOfLines,
  refuseOwners,
} from "../../src/apply/owners.ts";
import { DAEMON_CHAINS } from "../../src/cluster/segments.ts";
import { importRuleset } from "../../src/import/import.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { decodeSource } from "../../src/text/source.ts";
import { filterRules, rulesOfTables } from "./texts.ts";

const DOCKER = ["-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN", ":DOCKER"];
const JAIL = ["-A INPUT -j f2b-sshd", "-A f2b-sshd -j RETURN"];
const UFW = ["-A INPUT -j ufw-before-input", "-A ufw-before-input -i lo -j ACCEPT"];

function found(
  rulesets: readonly Ruleset[],
  nftTables: readonly string[] = [],
  paths: readonly string[] = [],
) {
  return findOwners({ rulesets, nftTables, paths: new Set(paths) });
}

function refused(ruleset: Ruleset, keep: readonly string[] = [], isKnown = false) {
  return refuseOwners(found([ruleset]), { isKnown, keep: keep.map(chainPattern) });
}

describe("found", () => {
  test.each<[string, string]>([
    ["ufw-user-input", "ufw"],
    ["ufw6-before-input", "ufw"],
    ["IN_public", ""],
    ["INPUT_ZONES", "firewalld"],
    ["FORWARD_direct", "firewalld"],
    ["shorewall", "Shorewall"],
    ["sha-lh-c0313bc3c203c06d4f09", "Shorewall"],
    ["SMART_REJECT", "FireHOL"],
    ["LOCALINPUT", "csf/lfd"],
    ["zone_lan_input", "OpenWrt's firewall"],
    ["DOCKER", "Docker"],
    ["DOCKER-ISOLATION-STAGE-1", "Docker"],
    ["KUBE-SVC-TCOU7JCQXEZGVUNU", "Kubernetes (kubelet, kube-proxy)"],
    ["f2b-sshd", "fail2ban"],
    ["fail2ban-ssh", "fail2ban"],
    ["LIBVIRT_FWI", "libvirt"],
    ["NETAVARK_FORWARD", "Podman (netavark)"],
    ["CNI-FORWARD", "CNI plugins"],
    ["cali-INPUT", "Calico"],
    ["ts-input", "Tailscale"],
    ["PVEFW-INPUT", "Proxmox VE"],
    ["P-FORWARD", ""],
    ["S-LAN", ""],
    ["INPUT", ""],
    ["logdrop", ""],
  ])("%s: %s", (chain, owner) => {
    expect(ownerOfChain("filter", chain)?.name ?? "").toBe(owner);
    const ruleset = filterRules(...(chain === "INPUT" ? [] : [`:${chain}`]));
    expect(found([ruleset]).map(({ owner: { name } }) => name)).toEqual(owner === "" ? [] : [owner]);
  });

  test("all whose chains import leaves alone", () => {
    const known = KNOWN_OWNERS.flatMap(({ chains }) => chains);
    expect(DAEMON_CHAINS.filter((pattern) => !known.includes(pattern))).toEqual([]);
  });

  test("none in a ruleset of nobody's, with every owner's shared names", () => {
    const shared = KNOWN_OWNERS.flatMap(({ alsoChains = [] }) => alsoChains).map((text) =>
      text.replace("*", "x"),
    );
    expect(found([filterRules(...[...new Set(shared)].map((chain) => `:${chain}`))])).toEqual([]);
  });

  test("chains with names that anybody could use are its, once it is known to be there", () => {
    const [firewalld] = found([filterRules(":INPUT_ZONES", ":IN_public", ":IN_public_allow", ":other")]);
    expect(firewalld!.chains.map(({ chain }) => chain)).toEqual([
      "INPUT_ZONES",
      "IN_public",
      "IN_public_allow",
    ]);
    expect(firewalld!.evidence).toEqual(["chain INPUT_ZONES of filter"]);
  });

  test("each table once, of both families", () => {
    const v6 = rulesOfTables({ filter: [":f2b-sshd", ":f2b-web"] }, "v6");
    const [jail] = found([rulesOfTables({ filter: JAIL, nat: [":f2b-x"] }), v6]);
    expect(jail!.chains.map(({ table, chain }) => `${table} ${chain}`)).toEqual([
      "nat f2b-x",
      "filter f2b-sshd",
      "filter f2b-web",
    ]);
  });

  test("FireHOL by its rules", () => {
    const rule = '-A INPUT -m limit --limit 1/sec -j LOG --log-prefix "DROP UNMATCHED IN-unknown:"';
    expect(found([filterRules(rule)]).map(({ owner, evidence }) => [owner.name, evidence])).toEqual([
      ["FireHOL", [`rule ${rule} of filter`]],
    ]);
  });

  test("firewalld by its nft table, and the service nftables by what starts it", () => {
    const path = "/etc/systemd/system/sysinit.target.wants/nftables.service";
    const owners = found([], ["inet firewalld", "ip filter"], [path]);
    expect(owners.map(({ owner, evidence }) => [owner.name, evidence])).toEqual([
      ["firewalld", ["nft table inet firewalld"]],
      ["the service nftables", [path]],
    ]);
    const facts = { rulesets: [], nftTables: [], paths: new Set([path]) };
    expect(findOwners({ ...facts, backend: "nft" })).toHaveLength(1);
    // It flushes nothing of iptables-legacy.
    expect(findOwners({ ...facts, backend: "legacy" })).toEqual([]);
  });
});

describe("refused", () => {
  test("one that makes everything anew, also with its chains kept", () => {
    expect(refused(filterRules(...UFW), ["ufw*"])).toMatchObject({
      message: "ufw writes rules on this machine, too",
    });
    expect(refused(filterRules(...UFW))!.next).toBe("--owner-known loads the ruleset all the same");
  });

  test("one that owns chains, unless all of them are kept", () => {
    const ruleset = filterRules(...DOCKER);
    expect(refused(ruleset)!.next).toContain("--keep-chain 'DOCKER*'");
    expect(refused(ruleset, ["DOCKER"])).not.toBeNull();
    expect(refused(ruleset, ["DOCKER*"])).toBeNull();
    expect(refused(ruleset, ["DOCKER", "DOCKER-USER"])).toBeNull();
  });

  test("with patterns for the chains that are there", () => {
    expect(refused(filterRules(...JAIL))!.next).toBe(
      "--keep-chain 'f2b-*' leaves these chains as they are live; --owner-known takes them as the plan has them",
    );
  });

  test("none where the user knows", () => {
    expect(refused(filterRules(...UFW, ...DOCKER), [], true)).toBeNull();
  });

  test("several, each with what shows it", () => {
    const refusal = refused(filterRules(...UFW, ...DOCKER, ...JAIL), ["f2b-*"])!;
    expect(refusal.message).toBe("others write rules on this machine, too: ufw, Docker");
    expect(refusal.details).toHaveLength(2);
    expect(refusal.details[0]).toMatch(
      /^ufw \(chain ufw-before-input of filter\): it makes the whole ruleset anew/,
    );
    expect(refusal.next).toContain("--owner-known");
    expect(refusal.next).toContain("--keep-chain 'DOCKER*'");
  });

  test("none where nobody else writes", () => {
    expect(refused(filterRules("-A INPUT -j ACCEPT"))).toBeNull();
  });
});

describe("whose a change is", () => {
  test.each<[string, readonly string[], string | null]>([
    ["f2b-sshd", ["-A f2b-sshd -j RETURN"], "fail2ban"],
    ["INPUT", ["-A INPUT -p tcp -j f2b-sshd", "-A INPUT -j f2b-web"], "fail2ban"],
    ["INPUT", ["-A INPUT -j f2b-sshd", "-A INPUT -j DOCKER-USER"], null],
    ["INPUT", ["-A INPUT -j f2b-sshd", "-A INPUT -j ACCEPT"], null],
    ["FORWARD", ["-A FORWARD -g DOCKER-USER"], "Docker"],
    ["mine", [], null],
    ["mine", ['-A mine -m comment --comment "-j f2b-x" -j ACCEPT'], null],
  ])("%s %j: %s", (chain, lines, owner) => {
    expect(ownerOfLines("filter", chain, lines)).toBe(owner);
  });

  test("the pattern that keeps a chain", () => {
    expect(keepPatternFor("filter", "f2b-sshd")).toBe("f2b-*");
    expect(keepPatternFor("filter", "mine")).toBe("mine");
  });
});

const MADE = new URL("../../../shared/corpus/tools/", import.meta.url);
const isThere = existsSync(MADE);

/** By the folder of the tool whose rulesets are in it; ferm and Firewall Builder run when a person runs them. */
const MAKERS: Readonly<Record<string, string>> = {
  "apf-firewall": "APF",
  fail2ban: "fail2ban",
  ferm: "",
  firehol: "FireHOL",
  firewalld: "firewalld",
  fwbuilder: "",
  libvirt: "libvirt",
  shorewall: "Shorewall",
  shorewall6: "Shorewall",
  ufw: "ufw",
};

const MADE_BY = Object.entries(MAKERS).flatMap(([folder, owner]) => {
  const names = isThere
    ? readdirSync(new URL(`${folder}/`, MADE), { recursive: true, encoding: "utf8" })
    : [];
  const saved = names.filter((name) => /(?:^|\/)ip6?tables-save(?:-c)?\.(?:legacy|nft)$/.test(name));
  return saved.map((name): [string, string] => [`${folder}/${name}`, owner]);
});

describe.skipIf(!isThere)("rulesets that these programs made (skipped without the shared corpus)", () => {
  test.each(MADE_BY)("%s: %s", (path, name) => {
    const family = path.includes("ip6tables") ? "v6" : "v4";
    const file = decodeSource(path, readFileSync(new URL(path, MADE)));
    const { ruleset } = importRuleset(file, { family, keepUnparsed: true });
    expect(found([ruleset!]).map(({ owner }) => owner.name)).toEqual(name === "" ? [] : [name]);
  });
});
