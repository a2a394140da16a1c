/**
 * The Ansible role under `contrib/ansible` over four firewalls in network namespaces, each reached by ssh through the rules that are changed: two that are fine (legacy and nft), one
 * whose live rules are no more those of its plan, and one whose plan locks the control machine out.
 */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filterTable, product } from "../support/small-tables.ts";
import { describeKernel } from "../kernel/harness.ts";
import { AnsibleWorld, findMissingForAnsible, type Host } from "./ansible-world.ts";

const POLICIES = { INPUT: "DROP", FORWARD: "DROP" };
const OPEN = ["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A INPUT -i lo -j ACCEPT"];
const PORTS = [22, 80, 443, 8080, 9090].map((port) => `-p tcp -m tcp --dport ${port}`);
const CONTROL = "10.99.0.1/32";
const SOURCES = [CONTROL, ...[1, 2, 3, 4, 5, 6, 7].map((at) => `10.1.${at}.0/24`)].map(
  (source) => `-s ${source}`,
);
const V4 = filterTable([...OPEN, ...product("-A INPUT", SOURCES, PORTS, "-j ACCEPT")], POLICIES);
const V6 = filterTable(
  [
    ...OPEN,
    ...product(
      "-A INPUT",
      [1, 2, 3, 4, 5, 6].map((at) => `-s 2001:db8:${at}::/48`),
      PORTS,
      "-j ACCEPT",
    ),
  ],
  POLICIES,
);
const ASKS_SET = "-A INPUT -p tcp -m set --match-set admins src -m tcp --dport 9100 -j ACCEPT";
const V4_SET = V4.replace("COMMIT", `${ASKS_SET}\nCOMMIT`);
const SETS = "create admins hash:ip family inet hashsize 1024 maxelem 65536\nadd admins 192.0.2.1\n";

/** Leaves a trace on the host. */
const CHECK = fileURLToPath(new URL("check-tasks.yml", import.meta.url));

const FINE: Host = { name: "fine", backend: "legacy", v4: V4_SET, v6: V6, sets: SETS, checkTasks: CHECK };
const ALSO: Host = { name: "also-fine", backend: "nft", v4: V4 };
const LOCKED: Host = { name: "locked-out", backend: "nft", v4: V4, seconds: 40 };
const STALE: Host = { name: "stale", backend: "legacy", v4: V4 };
const HOSTS = [FINE, ALSO, LOCKED, STALE];

describeRole("the Ansible role", () => {
  let world: AnsibleWorld;
  const before = new Map<Host, string>();

  beforeAll(() => {
    world = new AnsibleWorld(HOSTS);
    for (const host of HOSTS) before.set(host, world.live(host));
  });
  afterAll(() => world?.close());

  test("the playbooks that come with it can be read", () => {
    for (const playbook of ["markify.yml", "rollback.yml"]) {
      const { status, out } = world.readPlaybook(playbook);
      expect(status, out).toBe(0);
    }
  });

  test("fetches and imports, and loads nothing", () => {
    const { status, out, recap } = world.play("");
    expect(status, out).toBe(0);
    for (const host of HOSTS) {
      expect(recap.get(host.name)!.changed).toBeGreaterThan(0);
      expect(world.live(host)).toBe(before.get(host));
      expect(world.read(`plans/${host.name}/review.md`)).toContain("S-");
    }
    expect(world.read("plans/fine/live.ipset")).toContain("add admins 192.0.2.1");
    expect(world.read("plans/fine/fine.markify.yaml")).toContain("path: live.v6");
  });

  test("again: nothing has changed, counters aside", () => {
    const { status, out, recap } = world.play("--limit stale");
    expect(status, out).toBe(0);
    expect(recap.get("stale")).toMatchObject({ changed: 0 });
  });

  test("brings markify onto the hosts, and says where Node is missing", () => {
    const { status, out, recap } = world.play("--tags install -e markify_node=/nowhere/node --limit stale");
    expect(status).toBe(2);
    expect(recap.get("stale")).toMatchObject({ failed: 1 });
    expect(out).toContain("stale needs Node 20 or later for markify apply --live");
    const { status: installed, out: said } = world.play("--tags install");
    expect(installed, said).toBe(0);
    for (const host of HOSTS) expect(world.states(host)).toEqual([]);
  });

  test("applies nothing that is not committed", () => {
    const { status, out, recap } = world.play("--tags apply --limit fine");
    expect(status).toBe(2);
    expect(recap.get("fine")).toMatchObject({ failed: 1 });
    expect(out).toContain("is not committed as it is, so nobody has reviewed it");
    expect(world.live(FINE)).toBe(before.get(FINE));
  });

  test("check mode tells what would be loaded, and loads nothing", () => {
    world.commit("plans as imported");
    const { status, out, recap } = world.play("--tags apply --check --limit also-fine");
    expect(status, out).toBe(0);
    expect(recap.get("also-fine")).toMatchObject({ changed: 1, failed: 0 });
    expect(world.live(ALSO)).toBe(before.get(ALSO));
    expect(world.states(ALSO)).toEqual([]);
  });

  test("two hosts get their rules; the one that is stale and the one that is locked out keep theirs", () => {
    const plan = "locked-out.markify.yaml";
    const group = /^ {2}(S-\S+):$/m.exec(world.read(`plans/locked-out/${plan}`))![1]!;
    world.markify(`${world.folder}/plans/locked-out`, `group remove ${plan} ${group} ${CONTROL}`);
    world.commit("the control machine may not come in any more");
    world.must("stale", "iptables-legacy -A INPUT -s 192.0.2.9/32 -j ACCEPT");
    const stale = world.live(STALE);

    const { status, out, recap } = world.play("--tags apply -e markify_allow_policy_change=true");
    expect(status).toBe(2);
    for (const host of [FINE, ALSO]) {
      expect(recap.get(host.name), out).toMatchObject({ changed: 1, failed: 0, unreachable: 0 });
      expect(world.states(host)).toEqual(["confirmed"]);
      expect(world.live(host)).toContain(`-A S-10 -s ${CONTROL} -j MARK`);
    }
    expect(world.must("fine", "cat /run/checked")).toBe("while the new rules waited\n");
    expect(recap.get("locked-out"), out).toMatchObject({ failed: 1 });
    expect(out).toContain("locked-out takes no new connection under the new rules");
    expect(out).toContain("locked-out: the old rules are live again");
    expect(world.states(LOCKED)).toEqual(["rolled back"]);
    expect(world.live(LOCKED)).toBe(before.get(LOCKED));

    expect(recap.get("stale")).toMatchObject({ failed: 1 });
    expect(out).toContain("stale: nothing was loaded");
    expect(out).toContain("the live rules are not those that the plan was made from");
    expect(world.live(STALE)).toBe(stale);
  });

  test("again: nothing to load, nothing changed", () => {
    const { status, out, recap } = world.play("--tags apply --limit also-fine");
    expect(status, out).toBe(0);
    expect(recap.get("also-fine")).toMatchObject({ changed: 0 });
    expect(world.states(ALSO)).toEqual(["confirmed"]);
  });

  test("confirms what somebody has left waiting", () => {
    world.must("stale", "iptables-legacy -D INPUT -s 192.0.2.9/32 -j ACCEPT");
    world.applyByHand(STALE);
    const { status, out, recap } = world.play("--tags confirm --limit stale");
    expect(status, out).toBe(0);
    expect(recap.get("stale")).toMatchObject({ changed: 1 });
    expect(world.states(STALE)).toEqual(["confirmed"]);
  });

  test("goes back once, however often it is asked", () => {
    const { status, out, recap } = world.play("--tags rollback --limit fine,also-fine,locked-out");
    expect(status, out).toBe(0);
    expect([...recap].map(([name, { changed }]) => [name, changed]).sort()).toEqual([
      ["also-fine", 1],
      ["fine", 1],
      ["locked-out", 0],
    ]);
    for (const host of [FINE, ALSO]) expect(world.live(host)).toBe(before.get(host));
    const again = world.play("--tags rollback --limit fine");
    expect(again.recap.get("fine")).toMatchObject({ changed: 0, failed: 0 });
  });
});

/** Like `describeKernel`: skipped loudly, and never with CI=true. */
function describeRole(name: string, fn: () => void): void {
  const missing = findMissingForAnsible();
  if (missing.length === 0) {
    describeKernel(name, fn);
    return;
  }
  const sentence = `needs ${missing.join(", ")}`;
  if (process.env.CI === "true") throw new Error(`${name}: ${sentence}; with CI=true it must run`);
  console.warn(`SKIPPED: ${name}: ${sentence}`);
  test.skip(`${name} (${sentence})`, fn);
}
