/** Groups of one definition on the command line: a change of one is a change of both. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { filterTable, product } from "../support/small-tables.ts";

const PLAN = "old.rules.markify.yaml";
const servers = (option: string) => [1, 2, 3, 4].map((host) => `${option} 172.16.5.${host}/32`);
const clients = (option: string) => [1, 2, 3].map((host) => `${option} 10.9.0.${host}/32`);
const ports = (...all: readonly number[]) => all.map((port) => `-p tcp -m tcp --dport ${port}`);
const links = (option: string) => ["eth1", "eth2", "ppp0"].map((link) => `${option} ${link}`);
const RULES = filterTable(
  [
    ...product("-A FORWARD", servers("-s"), clients("-d"), ports(22, 80), "-j ACCEPT"),
    ...product("-A FORWARD", clients("-s"), servers("-d"), ports(443, 8443), "-j ACCEPT"),
    ...product("-A INPUT", links("-i"), ports(22, 25, 53, 80, 110, 143, 389), "-j ACCEPT"),
    ...product("-A OUTPUT", links("-o"), ports(22, 25, 53, 80, 110, 143, 389), "-j ACCEPT"),
  ],
  { FORWARD: "DROP", INPUT: "DROP", OUTPUT: "DROP" },
);

type Files = Record<string, string>;

const planned = async (): Promise<Files> => {
  const { code, stderr, files } = await runIn({ "old.rules": RULES }, ["import", "old.rules"]);
  expect(code, stderr).toBe(0);
  return files;
};
const edit = async (files: Files, ...argv: readonly string[]) =>
  runIn(files, ["group", argv[0]!, PLAN, ...argv.slice(1)]);
const apply = async (files: Files) =>
  runIn(files, ["apply", PLAN, "-o", "new.rules", "--allow-policy-change", "--packets", "1000"]);

describe("group add", () => {
  const commands = (member: string) =>
    `iptables -A S-172-16-5 -s ${member} -j MARK --set-xmark 0x1/0x1\niptables -A D-172-16-5 -d ${member} -j MARK --set-xmark 0x2/0x2\n`;

  test.each(["S-172-16-5", "D-172-16-5"])(
    "to %s is one for both: in the plan once, and the packets of all their policy rules are shown",
    async (group) => {
      const { code, stdout, stderr, files } = await edit(await planned(), "add", group, "172.16.5.9");
      expect(code, stderr).toBe(0);
      expect(stdout).toBe(commands("172.16.5.9/32"));
      expect(stderr).toContain("note: what is in S-172-16-5 is in D-172-16-5, too\n");
      const said = stderr.replace(/\s+/g, " ");
      expect(said).toMatch(/tcp from 172\.16\.5\.9\/32 to 10\.9\.0\.\S+ port 22,80: DROP, now ACCEPT/);
      expect(said).toMatch(/tcp from 10\.9\.0\.\S+ to 172\.16\.5\.9\/32 port 443,8443: DROP, now ACCEPT/);
      expect(files[PLAN]!.match(/172\.16\.5\.9/g)).toHaveLength(1);
      const applied = await apply(files);
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.files["new.rules"]).toMatch(/# +S-172-16-5 gets 172\.16\.5\.9\/32\n# +D-172-16-5 gets /);
    },
  );

  test("works for interfaces in and out", async () => {
    const { code, stdout, stderr } = await edit(await planned(), "add", "O-eth1-eth2-ppp0", "tun0");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^iptables -A I-eth1-eth2-ppp0 -i tun0 .*\niptables -A O-eth1-eth2-ppp0 -o tun0 .*\n$/,
    );
  });
});

test("group remove takes a member out of both", async () => {
  const { code, stdout, stderr, files } = await edit(await planned(), "remove", "D-172-16-5", "172.16.5.2");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^iptables -D S-172-16-5 -s 172.*\niptables -D D-172-16-5 -d 172.*\n$/);
  expect((await apply(files)).code).toBe(0);
});

test("two groups that are parted change one by one", async () => {
  const files = await planned();
  const members = servers("").map((member) => `      - ${member.trim()}\n`);
  const apart = files[PLAN]!.replace(/ {4}sameAs: S-172-16-5\n/, `    members:\n${members.join("")}`);
  expect(apart).not.toBe(files[PLAN]);
  const { code, stdout } = await edit({ ...files, [PLAN]: apart }, "add", "D-172-16-5", "172.16.5.9");
  expect([code, stdout]).toEqual([
    0,
    "iptables -A D-172-16-5 -d 172.16.5.9/32 -j MARK --set-xmark 0x2/0x2\n",
  ]);
  // And stay so.
  const more = RULES.replace("COMMIT", "-A OUTPUT -d 10.3.0.1/32 -j DROP\nCOMMIT");
  const again = await runIn({ "old.rules": more, [PLAN]: apart }, ["import", "old.rules", "--overwrite"]);
  expect(again.files[PLAN]).not.toContain("sameAs: S-172-16-5\n");
  expect(again.files[PLAN]).toContain("sameAs: I-eth1-eth2-ppp0\n");
});

test("lists and reports say it in place of the members; lists for others and JSON have all of them", async () => {
  const files = await planned();
  expect((await edit(files, "list")).stdout).toMatch(
    /^D-172-16-5 {2}destination, 4 members\n {2}same as S-172-16-5\n {2}used by /m,
  );
  const list = JSON.parse((await edit(files, "list", "--json")).stdout);
  const members = servers("").map((member) => member.trim());
  expect(list.groups).toContainEqual(
    expect.objectContaining({ name: "D-172-16-5", sameAs: "S-172-16-5", members }),
  );
  const review = async (...options: readonly string[]) =>
    (await runIn(files, ["review", PLAN, ...options])).stdout;
  expect(await review()).toMatch(/D-172-16-5 {2}destination, 4 members.*\n {4}same as S-172-16-5\n/);
  expect(await review("--markdown")).toContain("| `D-172-16-5` | destination | **same as** `S-172-16-5` |");
  const { groups } = JSON.parse(await review("--json"));
  expect(groups).toContainEqual(
    expect.objectContaining({ name: "D-172-16-5", sameAs: "S-172-16-5", members }),
  );
  const { stdout } = await edit(files, "export", "D-172-16-5", "--format", "yaml");
  expect(stdout).toContain("      - 172.16.5.4/32\n");
});

test("a new import keeps names and changes, and says which groups are not the same any more", async () => {
  const files = await planned();
  const named = files[PLAN]!.replace("name: S-172-16-5\n", "name: S-DMZ\n");
  const { files: edited } = await edit({ ...files, [PLAN]: named }, "add", "D-172-16-5", "172.16.5.9");
  const more = RULES.replace("COMMIT", "-A OUTPUT -d 10.3.0.1/32 -j DROP\nCOMMIT");
  const again = await runIn({ ...edited, "old.rules": more }, ["import", "old.rules", "--overwrite"]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.files[PLAN]).toMatch(
    / {2}S-172-16-5:\n {4}name: S-DMZ\n(?: {4}.*\n)*? {4}added:\n {6}- 172\.16\.5\.9\/32\n/,
  );
  // A name that a person gave is that group's alone.
  expect(again.files[PLAN]).toMatch(
    / {2}D-172-16-5:\n {4}name: D-172-16-5\n(?: {4}.*\n)*? {4}sameAs: S-172-16-5\n/,
  );
  const fifth = product("-A FORWARD", "-s 172.16.5.5/32", clients("-d"), ports(22, 80), "-j ACCEPT");
  const larger = RULES.replace("COMMIT", `${fifth.join("\n")}\nCOMMIT`);
  const parted = await runIn({ ...files, "old.rules": larger }, ["import", "old.rules", "--overwrite"]);
  expect(parted.code, parted.stderr).toBe(0);
  expect(parted.stderr.replace(/\s+/g, " ")).toContain(
    "D-172-16-5 no longer has the members of S-172-16-5; it has its own now",
  );
  expect(parted.files[PLAN]!.match(/172\.16\.5\.4\/32/g)).toHaveLength(2);
});

test("the new file has the same groups, and nothing to do", async () => {
  const applied = await apply(await planned());
  expect(applied.code, applied.stderr).toBe(0);
  const again = await runIn({ "new.rules": applied.files["new.rules"]! }, ["import", "new.rules"]);
  expect(again.stdout).toContain("stays as it is");
  expect(again.files["new.rules.markify.yaml"]).toContain("    sameAs: S-172-16-5\n");
  expect(again.files["new.rules.markify.yaml"]).toContain("    sameAs: I-eth1-eth2-ppp0\n");
});
