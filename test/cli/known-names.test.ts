/** `import --names`: groups go by the names that a file of Firewall Builder has for them. */
import { describe, expect, test } from "vitest";
import { fwbAround, group, ipv4 } from "../import/fwbuilder/fwb.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

const CLIENTS = [1, 2, 3, 4].map((at) => ipv4(`c${at}`, `client ${at}`, `10.0.1.${at}`));
const SERVERS = [1, 2, 3, 4, 5].map((at) => ipv4(`s${at}`, `server ${at}`, `10.9.0.${at}`));
const FWB = fwbAround(
  [
    ...[...CLIENTS, ...SERVERS],
    group("ObjectGroup", "clients", "our clients", "c1", "c2", "c3", "c4"),
    group("ObjectGroup", "servers", "Servers", "s1", "s2", "s3", "s4", "s5"),
  ].join("\n"),
);
const FILES = { "old.rules": FLAT, "policy.fwb": FWB };
const ARGV = ["import", "old.rules", "--names", "policy.fwb"];

describe("names", () => {
  test("are those of the very set, and tell of one that is like it", async () => {
    const { code, files, stderr, stdout } = await runIn(FILES, ARGV);
    expect(code).toBe(0);
    expect(stderr).toContain("policy.fwb has names for 2 of 3 groups, and sets that 1 more group is like\n");
    expect(files[PLAN]).toContain("  our_clients:\n    name: our_clients\n    nameFrom: fwbuilder\n");
    expect(files[PLAN]).toContain("  standard_web:\n");
    expect(files[PLAN]).toContain(
      '    nameNote: "like Servers of policy.fwb: 4 of 5 members, lacks 10.9.0.5"\n',
    );
    expect(stdout).toContain("like Servers of policy.fwb: 4 of 5 members, lacks 10.9.0.5");
  });

  test("are in the JSON report", async () => {
    const { stdout } = await runIn(FILES, [...ARGV, "--json"]);
    const { groups } = JSON.parse(stdout);
    expect(groups.map(({ name, nameFrom }: Record<string, string>) => `${name} ${nameFrom}`)).toEqual([
      "our_clients fwbuilder",
      "like-Servers fwbuilder-near",
      "standard_web fwbuilder",
    ]);
    expect(groups[1].nameNote).toContain("lacks 10.9.0.5");
  });

  test("come into a plan that is there; what a person has edited stays", async () => {
    const { files: first } = await runIn(FILES, ["import", "old.rules"]);
    const edited = first[PLAN]!.replace("name: S-10-0-1\n", "name: S-Desks\n").replace(
      "accept: true",
      "accept: false",
    );
    const { code, files, stderr } = await runIn({ ...FILES, [PLAN]: edited }, ARGV);
    expect(code).toBe(0);
    expect(files[PLAN]).toContain("  our_clients:\n    name: S-Desks\n");
    expect(files[PLAN]).toContain("accept: false");
    expect(files[PLAN]).toContain("    name: like-Servers\n");
    expect(stderr).toContain("written anew");
    const again = await runIn(files, ARGV);
    expect(again.files).toEqual(files);
    expect(again.stderr).toContain("kept as it is");
    // Without the option the plan stays as it is, too.
    expect((await runIn(files, ["import", "old.rules"])).files).toEqual(files);
    const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
    expect(applied.code).toBe(0);
  });

  test("stay when the plan is made anew without the file, rules and all", async () => {
    const { files: first } = await runIn(FILES, ARGV);
    const kept = ["--keep-chain", "vpn-*"];
    const { code, files, stderr } = await runIn({ ...first }, ["import", "old.rules", ...kept]);
    expect(code).toBe(0);
    expect(stderr).toContain("written anew");
    expect(stderr).not.toContain("names not kept");
    expect(files[PLAN]).toBe(first[PLAN]!.replace("keepChains: []", "keepChains: [vpn-*]"));
    const more = FLAT.replace("COMMIT", "-A INPUT -j DROP\nCOMMIT");
    const changed = await runIn({ ...files, "old.rules": more }, ["import", "old.rules", "--overwrite"]);
    expect(changed.files[PLAN]).toContain("  our_clients:\n    name: our_clients\n    nameFrom: fwbuilder\n");
    expect(changed.files[PLAN]).toContain("  like-Servers:\n    name: like-Servers\n");
    expect(changed.files[PLAN]).toContain("lacks 10.9.0.5");
  });

  test("of a set go with its members, and that is said", async () => {
    const { files } = await runIn(FILES, ARGV);
    const fewer = FLAT.split("\n").filter((line) => !line.includes("-s 10.0.1.4/32"));
    const changed = { ...files, "old.rules": fewer.join("\n") };
    const { files: left, stderr } = await runIn(changed, ["import", "old.rules", "--overwrite"]);
    expect(left[PLAN]).not.toContain("our_clients");
    expect(left[PLAN]).toContain("  like-Servers:\n");
    expect(stderr).toContain(
      "names not kept, since no group has just their members any more (--names finds new ones): our_clients\n",
    );
  });

  test("from a file that can't be read stop the import", async () => {
    const broken = await runIn({ ...FILES, "policy.fwb": FWB.replace("</Library>", "") }, ARGV);
    expect(broken.code).not.toBe(0);
    expect(broken.stderr).toContain("policy.fwb:");
    expect(broken.stderr).toContain("NAMES_XML");
    expect(broken.files[PLAN]).toBeUndefined();
    const missing = await runIn({ "old.rules": FLAT }, ARGV);
    expect(missing.code).not.toBe(0);
    expect(missing.files[PLAN]).toBeUndefined();
  });
});
