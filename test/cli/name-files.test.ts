/** `import --hosts` and `--services`. */
import { expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const HOSTS =
  "127.0.0.1 localhost\n10.0.1.1 desk1.example.org\n10.0.1.2 desk2.example.org\n10.0.1.3 desk3.example.org\n";
const ZONE = [1, 2, 3, 4].map((at) => `${at}.0.9.10.in-addr.arpa. IN PTR shop-${at}.example.org.\n`).join("");
const SERVICES = "www 80/tcp\nintranet 443/tcp\n";
const FILES = { "old.rules": FLAT, hosts: HOSTS, "reverse.zone": ZONE, services: SERVICES };
const ARGV = ["import", "old.rules", "--hosts", "hosts", "--hosts", "reverse.zone", "--services", "services"];

test("names are taken from the files, and say so", async () => {
  const { code, files, stderr, stdout } = await runIn(FILES, ARGV);
  expect(code).toBe(0);
  expect(stderr).toContain("hosts, reverse.zone have names for 2 of 3 groups\n");
  expect(stderr).toContain("services has names for 1 of 3 groups\n");
  expect(files[PLAN]).toContain(
    '  S-DESK:\n    name: S-DESK\n    nameFrom: hosts\n    nameNote: "host names of 3 of 4 members: desk1.example.org desk2.example.org desk3.example.org"\n',
  );
  expect(files[PLAN]).toContain("  D-SHOP:\n");
  expect(files[PLAN]).toContain(
    "  SRV-HTTP-INTRANET:\n    name: SRV-HTTP-INTRANET\n    nameFrom: services-file\n",
  );
  expect(stdout).toContain("host names of 3 of 4 members");
  const applied = await runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000"]);
  expect(applied.code).toBe(0);
  expect(applied.files["new.rules"]).toContain("-A R-DESK-SHOP-HTTP-INTRANET -j S-DESK");
});

test("names stay when the files are not given again; a person's name stays when they are", async () => {
  const first = await runIn(FILES, ARGV);
  const again = await runIn(first.files, ["import", "old.rules"]);
  expect(again.files).toEqual(first.files);
  const changed = { ...first.files, "old.rules": FLAT.replace("-i lo", "-i lo -s 127.0.0.1/32") };
  const anew = await runIn(changed, ["import", "old.rules", "--overwrite"]);
  expect(anew.code).toBe(0);
  for (const name of ["S-DESK", "D-SHOP", "SRV-HTTP-INTRANET", "R-DESK-SHOP-HTTP-INTRANET"])
    expect(anew.files[PLAN]).toContain(`  ${name}:\n`);
  const plain = await runIn(FILES, ["import", "old.rules"]);
  const edited = plain.files[PLAN]!.replace("name: S-10-0-1\n", "name: S-OFFICE\n");
  const named = await runIn({ ...FILES, [PLAN]: edited }, ARGV);
  expect(named.files[PLAN]).toContain("  S-DESK:\n    name: S-OFFICE\n");
});

test("a name that a person gave goes to nobody else", async () => {
  const { files } = await runIn({ ...FILES, [PLAN]: "" }, ["import", "old.rules", "--overwrite"]);
  const edited = files[PLAN]!.replace("name: D-10-9-0\n", "name: S-DESK\n");
  const named = await runIn({ ...FILES, [PLAN]: edited }, ["import", "old.rules", "--hosts", "hosts"]);
  expect(named.code).toBe(0);
  expect(named.files[PLAN]).toContain("  D-10-9-0:\n    name: S-DESK\n");
  expect(named.files[PLAN]).toMatch(/ {2}S-DESK-\d{3}:\n {4}name: S-DESK-\d{3}\n {4}nameFrom: hosts\n/);
});

test("a v6 ruleset beside a v4 one", async () => {
  const hosts = [1, 2, 3, 4].map((at) => `2001:db8:1::${at} desk${at}\n`).join("");
  const { files } = await runIn({ "old.rules": FLAT, "old6.rules": FLAT_V6, hosts }, [
    ...["import", "old.rules", "old6.rules", "-o", PLAN, "--hosts", "hosts"],
  ]);
  expect(files[PLAN]).toContain("  S-DESK:\n");
  expect(files[PLAN]).toContain("  S-10-0-1:\n");
});

test.each([
  [{ hosts: `${HOSTS}web 10.0.0.1\n` }, "hosts:5:1: error HOSTS_ADDRESS"],
  [{ services: "www 80/tcp\nssh 22\n" }, "services:2:5: error SERVICES_LINE"],
])("a line that can't be read stops the import: %j", async (broken, place) => {
  const { code, files, stderr } = await runIn({ ...FILES, ...broken }, ARGV);
  expect(code).toBe(1);
  expect(stderr).toContain(place);
  expect(files[PLAN]).toBeUndefined();
});

test("names do not come from standard input, and a file has to be there", async () => {
  expect((await runIn(FILES, ["import", "old.rules", "--hosts", "-"])).code).toBe(2);
  expect((await runIn(FILES, ["import", "old.rules", "--services", "gone"])).code).toBe(2);
});
