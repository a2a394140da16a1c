/** `markify apply --live` where the live rules are not, or no more, what the plan was made from. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BACKENDS, describeKernel } from "../../kernel/harness.ts";
import { type Scene, Stage } from "./scene.ts";

const CHECK = ["--confirm-after-check", "true"];

/** Says a rule of the tests' own. */
const rule = (scene: Scene, words: string): string => `${scene.program("v4", "")} -w ${words}`;

describeKernel("apply --live where the rules change", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  test.concurrent.each(BACKENDS)("%s: the plan is stale: the rule is shown, nothing is touched", (backend) =>
    stage.inScene(backend, async (scene) => {
      scene.world.must(rule(scene, "-I INPUT -s 192.0.2.9 -p tcp --dport 8080 -j ACCEPT"));
      const changed = scene.live();
      const { status, err } = await scene.apply(CHECK);
      expect(status).toBe(5);
      expect(err).toContain("+-A INPUT -s 192.0.2.9/32 -p tcp -m tcp --dport 8080 -j ACCEPT");
      expect(err).toContain("markify import");
      expect(scene.live()).toBe(changed);
    }),
  );

  test.concurrent("the plan can't be read", () =>
    stage.inScene("nft", async (scene) => {
      scene.world.write("plan.yaml", "groups: [\n");
      const { status } = await scene.apply(CHECK);
      expect(status).toBe(1);
      scene.world.must(`rm ${scene.world.folder}/plan.yaml`);
      await scene.ends(scene.start(CHECK), 2, "old");
    }));

  test.concurrent.each(BACKENDS)(
    "%s: somebody changes rules after the comparison: nothing is loaded",
    (backend) =>
      stage.inScene(backend, async (scene) => {
        const meanwhile = { "createFolder 1": rule(scene, "-A INPUT -s 192.0.2.9 -j DROP") };
        const { status, err } = await scene.apply(CHECK, { meanwhile });
        expect([status, err]).toEqual([5, expect.stringContaining("somebody else has changed v4 filter")]);
        scene.world.must(rule(scene, "-D INPUT -s 192.0.2.9 -j DROP"));
        expect(scene.live()).toBe("old");
        expect(scene.decision()).toBe("abandoned");
      }),
  );

  test.concurrent.each(BACKENDS)("%s: somebody changes rules between two tables", (backend) =>
    stage.inScene(backend, async (scene) => {
      // The table was loaded before: the change is seen, and undone with it; it is told.
      const program = scene.program("v4", "");
      const change = `${program} ${backend === "legacy" ? "-w 1 " : ""}-t mangle -A INPUT -s 192.0.2.9 -j DROP`;
      const meanwhile = { "live loadTable 3": `${change} || : >refused` };
      const running = scene.start(CHECK, { meanwhile });
      if (backend === "legacy") {
        // The lock keeps others out.
        await scene.ends(running, 0, "new");
        expect(scene.world.run(`ls ${scene.world.folder}/refused`).status).toBe(0);
      } else {
        const { err } = await scene.ends(running, 6, "old");
        expect(err).toContain("somebody else has changed v4 mangle");
        expect(err).toContain("-A INPUT -s 192.0.2.9/32 -j DROP");
      }
    }),
  );

  test.concurrent("somebody bans a host in a chain of their own in the wait: the ban stays in going back", () =>
    stage.inScene("nft", async (scene) => {
      const ban = "f2b-sshd 1 -s 192.0.2.66 -j DROP";
      const running = scene.start(["--seconds", "5"], {
        meanwhile: { "readDecision 1": rule(scene, `-I ${ban}`) },
      });
      const { status, err } = await running.ended;
      expect([status, err]).toEqual([8, expect.stringContaining("f2b-sshd")]);
      scene.world.must(rule(scene, `-D ${ban.replace(" 1 ", " ")}`));
      await scene.until(() => scene.world.processes().length === 1, "nothing runs");
      expect(scene.live()).toBe("old");
    }));

  test.concurrent.each(BACKENDS)(
    "%s: somebody throws all rules out in the wait: that is not confirmed",
    (backend) =>
      stage.inScene(backend, async (scene) => {
        const flush = `${scene.program("v4", "")} -w -F INPUT`;
        const { err } = await scene.ends(
          scene.start(["--seconds", "60", "--confirm-after-check", flush]),
          8,
          "old",
        );
        expect(err).toContain("what was loaded has been changed since:");
        expect(err).toMatch(/^ +v4 filter --A INPUT /m);
        const running = scene.start(["--seconds", "60"]);
        await scene.hears(running, "from another, new connection");
        scene.world.must(flush);
        const refused = await scene.run("confirm");
        expect([refused.status, refused.err]).toEqual([5, expect.stringContaining("confirm")]);
        expect([refused.err, scene.decision()]).toEqual([expect.stringContaining("--with-changes"), ""]);
        expect((await scene.run("confirm", "--with-changes")).status).toBe(0);
        expect((await running.ended).status).toBe(0);
      }),
  );

  test.concurrent("others have changed their chain since: refused without --keep-chain, and kept with it", () =>
    stage.inScene("legacy", async (scene) => {
      const ban = "-s 192.0.2.66/32 -j DROP";
      scene.world.must(rule(scene, `-I f2b-sshd 1 ${ban}`));
      const { status, err } = await scene.apply(CHECK);
      expect([status, err]).toEqual([5, expect.stringContaining("--keep-chain")]);
      const kept = await scene.apply([...CHECK, "--keep-chain", "f2b-*"]);
      expect([kept.status, scene.live(), kept.status === 0 ? "" : kept.err]).toEqual([0, "new", ""]);
      expect(scene.world.save("v4", "filter")).toContain(`-A f2b-sshd ${ban}`);
    }));

  test.concurrent("a set of the plan is live with other members", () =>
    stage.inScene("nft", async (scene) => {
      const names = scene.setNames();
      scene.world.must(
        "ipset restore",
        `create ${names[0]} hash:net family inet\nadd ${names[0]} 192.0.2.0/24\n`,
      );
      const { status, err } = await scene.apply(CHECK);
      expect([status, err]).toEqual([5, expect.stringContaining("live with other members")]);
      expect(scene.world.must("ipset save")).toContain("192.0.2.0/24");
    }));

  test.concurrent("a set by which another one is filled was there: it is there again", () =>
    stage.inScene("legacy", async (scene) => {
      const [name] = scene.setNames();
      scene.world.must(
        "ipset restore",
        `create ${name}~ hash:net family inet maxelem 1048576\nadd ${name}~ 192.0.2.0/24\n`,
      );
      const before = scene.world.must("ipset save");
      const { status } = await scene.apply(["--confirm-after-check", "false"]);
      expect(status).toBe(8);
      const bare = (text: string) =>
        text
          .replace(/ (hashsize|initval|bucketsize) \S+/g, "")
          .split("\n")
          .sort();
      expect(bare(scene.world.must("ipset save"))).toEqual(bare(before));
    }));

  test.concurrent("going back later, when others have changed what was loaded: refused, and done when that is meant", () =>
    stage.inScene("nft", async (scene) => {
      await scene.ends(scene.start(CHECK), 0, "new");
      scene.world.must(rule(scene, "-I INPUT -s 192.0.2.9 -j ACCEPT"));
      const refused = await scene.run("rollback");
      expect([refused.status, refused.err]).toEqual([
        5,
        expect.stringContaining("-s 192.0.2.9/32 -j ACCEPT"),
      ]);
      const { status } = await scene.run("rollback", "--discard-changes");
      expect([status, scene.live()]).toEqual([0, "old"]);
    }));

  test.concurrent("both backends have rules", () =>
    stage.inScene("nft", async (scene) => {
      scene.world.must("iptables-legacy -A OUTPUT -d 192.0.2.9 -j DROP");
      const { status, err } = await scene.apply(CHECK);
      expect([status, err]).toEqual([5, expect.stringContaining("--accept-both-backends")]);
      await scene.ends(scene.start([...CHECK, "--backend", "nft", "--accept-both-backends"]), 0, "new");
      expect(scene.world.must("iptables-legacy-save")).toContain("-d 192.0.2.9/32 -j DROP");
    }));

  test.concurrent.each(BACKENDS)(
    "%s: a plan that changes the policy: refused, and loaded when that is meant",
    (backend) =>
      stage.inScene(backend, async (scene) => {
        await scene.changePolicy("192.0.2.200");
        const { status, err } = await scene.apply(CHECK);
        expect([status, err]).toEqual([5, expect.stringContaining("--allow-policy-change")]);
        await scene.ends(scene.start([...CHECK, "--allow-policy-change"]), 0, "new");
        expect((await scene.run("rollback")).status).toBe(0);
        expect(scene.live()).toBe("old");
      }),
  );

  test.concurrent("files for the next start, where Debian has them; put back with the rules", () =>
    stage.inScene("legacy", async (scene) => {
      scene.world.must(
        [
          "mkdir -p /usr/share/netfilter-persistent /etc/iptables",
          "mount -t tmpfs none /usr/share/netfilter-persistent",
          "mount -t tmpfs none /etc/iptables",
          "mkdir /usr/share/netfilter-persistent/plugins.d",
          "touch /usr/share/netfilter-persistent/plugins.d/10-ipset /usr/share/netfilter-persistent/plugins.d/15-ip4tables",
          "echo '# old' >/etc/iptables/rules.v4",
        ].join(" && "),
      );
      await scene.ends(scene.start([...CHECK, "--persist"]), 0, "new");
      expect(scene.world.must("cat /etc/iptables/rules.v4")).toContain("--match-set");
      // What stands there loads, sets first, in an empty world.
      scene.world.must(
        `unshare -n sh -c 'ipset restore </etc/iptables/ipsets && ${scene.program("v4", "restore")} </etc/iptables/rules.v4 && ${scene.program("v6", "restore")} </etc/iptables/rules.v6'`,
      );
      // Edits since are not lost unless that is meant, and not without a copy.
      scene.world.must("echo '# mine' >>/etc/iptables/rules.v4");
      const refused = await scene.run("rollback");
      expect([refused.status, refused.err]).toEqual([
        5,
        expect.stringContaining("/etc/iptables/rules.v4, which the machine loads when it starts, was edited"),
      ]);
      expect(scene.live()).toBe("new");
      const { status, err } = await scene.run("rollback", "--discard-changes");
      expect([status, err]).toEqual([0, expect.stringContaining("HAD BEEN EDITED")]);
      const [, kept] = /what stood there is (\S+)/.exec(err)!;
      expect(scene.world.must(`cat ${kept}`)).toContain("# mine");
      expect(scene.live()).toBe("old");
      expect(scene.world.must("cat /etc/iptables/rules.v4")).toBe("# old\n");
      expect(scene.world.run("ls /etc/iptables/rules.v6").status).not.toBe(0);
    }));
});
