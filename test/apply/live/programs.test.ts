/** `markify apply --live` on machines whose programs, disk and locks fail. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BACKENDS, describeKernel } from "../../kernel/harness.ts";
import { OLD } from "./rulesets.ts";
import { Stage } from "./scene.ts";

const CHECK = ["--confirm-after-check", "true"];

/** In a program that loads: the number of the live load that it is; nothing in trials and in going back. */
const COUNT = 'n=0; [ -z "$MARKIFY_LOADING" ] || { echo >>$here/loads; n=$(wc -l <$here/loads); }';

describeKernel("apply --live where the machine fails", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  test.concurrent.each(BACKENDS)("%s: nothing fails", (backend) =>
    stage.inScene(backend, async (scene) => {
      const { err } = await scene.ends(scene.start(CHECK), 0, "new");
      expect(err).toContain("confirmed: the new rules stay");
    }),
  );

  test.concurrent.each(BACKENDS)("%s: the second table can't be loaded: all go back", (backend) =>
    stage.inScene(backend, async (scene) => {
      for (const family of ["v4", "v6"] as const)
        scene.replace(scene.program(family, "restore"), `${COUNT}\n[ $n != 2 ] || exit 4\nexec $real "$@"`);
      const { err } = await scene.ends(scene.start(CHECK), 6, "old");
      expect(err).toContain("the load failed");
      expect(err).toContain("the old rules are live again, and were read back");
    }),
  );

  test.concurrent.each(BACKENDS)(
    "%s: neither can it be loaded again: unknown, and the command helps later",
    (backend) =>
      stage.inScene(backend, async (scene) => {
        for (const family of ["v4", "v6"] as const)
          scene.replace(
            scene.program(family, "restore"),
            `${COUNT}\n[ $n -lt 2 ] && [ ! -e $here/broken ] || { : >$here/broken; exit 4; }\nexec $real "$@"`,
          );
        const { status, err } = await scene.apply(CHECK);
        expect(status).toBe(7);
        expect(err).toContain("IT IS NOT KNOWN WHICH RULES ARE LIVE");
        const [, command = "false"] = /by hand: +(sh \S+)/.exec(err)!;
        expect(command).toContain(scene.folder());
        // The programs work again.
        scene.world.must(`rm ${scene.world.folder}/broken`);
        expect(scene.world.run(command).status).toBe(0);
        expect(scene.live()).toBe("old");
        expect((await scene.run("history")).out).toContain("rolled back");
      }),
  );

  test.concurrent("iptables is gone at the load, and at going back", () =>
    stage.inScene("nft", async (scene) => {
      scene.replace(scene.program("v4", "restore"), 'exec $real "$@"');
      const bin = `${scene.world.folder}/bin/${scene.program("v4", "restore")}`;
      const meanwhile = { "live loadTable 1": `mv ${bin} ${bin}.gone` };
      const { status, err } = await scene.apply(CHECK, { meanwhile });
      expect(status).toBe(7);
      expect(err).toContain("IT IS NOT KNOWN");
      scene.world.must(`mv ${bin}.gone ${bin}`);
      expect(scene.world.run(`sh ${scene.folder()}/restore.sh`).status).toBe(0);
      expect(scene.live()).toBe("old");
    }));

  test.concurrent("an end that is not known, and can't be: --forget lets the next apply go on", () =>
    stage.inScene("legacy", async (scene) => {
      scene.replace(scene.program("v4", "restore"), `${COUNT}\n[ $n != 2 ] || exit 4\nexec $real "$@"`);
      const spoil = 'echo >>"$(echo state/2*/old)"/v4.filter';
      const { status, err } = await scene.apply(CHECK, { meanwhile: { "live loadTable 2": spoil } });
      expect([status, err]).toEqual([7, expect.stringContaining("is damaged")]);
      const id = scene.folder().split("/").at(-1)!;
      expect((await scene.run("rollback", id)).status).toBe(7);
      // A person puts the rules right.
      for (const family of ["v4", "v6"] as const) scene.world.load(family, OLD[family]);
      for (const set of scene.setNames()) scene.world.run(`ipset destroy ${set}`);
      expect(scene.live()).toBe("old");
      const refused = await scene.apply(CHECK);
      expect([refused.status, refused.err]).toEqual([
        5,
        expect.stringMatching(new RegExp(`markify rollback ${id} --state-dir \\S+ --forget`)),
      ]);
      const forgotten = await scene.run("rollback", id, "--forget");
      expect([forgotten.status, scene.live()]).toEqual([0, "old"]);
      expect((await scene.run("history")).err).toContain("0 applies");
      await scene.ends(scene.start(CHECK), 0, "new");
    }));

  test.concurrent("sets can't be loaded", () =>
    stage.inScene("legacy", async (scene) => {
      scene.replace("ipset", '[ -z "$MARKIFY_LOADING" ] || exit 1\nexec $real "$@"');
      await scene.ends(scene.start(CHECK), 6, "old");
    }));

  test.concurrent("a set is loaded in part, and then ipset is killed", () =>
    stage.inScene("nft", async (scene) => {
      scene.replace(
        "ipset",
        '[ -z "$MARKIFY_LOADING" ] || { head -n 8 | $real "$@"; kill -KILL $$; }\nexec $real "$@"',
      );
      await scene.ends(scene.start(CHECK), 6, "old");
    }));

  test.concurrent("iptables-restore takes the table, and says that it failed", () =>
    stage.inScene("legacy", async (scene) => {
      scene.replace(scene.program("v4", "restore"), `${COUNT}\n$real "$@" || exit 1\n[ $n != 1 ] || exit 1`);
      await scene.ends(scene.start(CHECK), 6, "old");
    }));

  test.concurrent("iptables-restore says that it took the table, and did nothing", () =>
    stage.inScene("nft", async (scene) => {
      scene.replace(scene.program("v6", "restore"), '[ -z "$MARKIFY_LOADING" ] || exit 0\nexec $real "$@"');
      const { err } = await scene.ends(scene.start(CHECK), 6, "old");
      expect(err).toContain("v6 filter");
    }));

  test.concurrent.each([
    ["unshare", "exit 1", "network namespace"],
    ["setsid", "exit 1", "setsid"],
    ["flock", "exit 1", "nothing was touched"],
  ])("%s fails: nothing is loaded", (program, lines, words) =>
    stage.inScene("legacy", async (scene) => {
      scene.replace(program, lines);
      const { err } = await scene.ends(scene.start(CHECK), 5, "old");
      expect(err).toContain(words);
    }),
  );

  test.concurrent("the lock of iptables is held for a moment, and for good", () =>
    stage.inScene("legacy", async (scene) => {
      const hold = (seconds: number) =>
        scene.world.start(["flock", "/run/xtables.lock", "sleep", String(seconds)]);
      const running = scene.start(["--confirm-after-check", "false"], {
        meanwhile: { "arm 1": "(flock /run/xtables.lock sleep 3 >/dev/null 2>&1 &)" },
      });
      await scene.ends(running, 8, "old");
      hold(1000);
      const { err } = await scene.apply(CHECK);
      expect(err).toContain("is locked by somebody else");
      expect(scene.live()).toBe("old");
      expect(scene.decision()).toBe("abandoned");
    }));

  test.concurrent("no room for the backup: nothing is loaded, and nothing stands in the way of the next apply", () =>
    stage.inScene("nft", async (scene) => {
      const state = `${scene.world.folder}/state`;
      scene.world.must(`mkdir ${state} && mount -t tmpfs -o size=64k,mode=0755 none ${state}`);
      const { err } = await scene.ends(scene.start(CHECK), 5, "old");
      expect(err).toContain("nothing was loaded");
      expect(scene.world.must(`ls ${state}`)).toBe("");
      scene.world.must(`umount ${state}`);
      await scene.ends(scene.start(CHECK), 0, "new");
    }));

  test.concurrent("the disk is full from the load on: all the same back", () =>
    stage.inScene("legacy", async (scene) => {
      const state = `${scene.world.folder}/state`;
      scene.world.must(`mkdir ${state} && mount -t tmpfs -o size=2m,mode=0755 none ${state}`);
      const meanwhile = { "addFiles 1": `dd if=/dev/zero of=${state}/full bs=4k 2>/dev/null || true` };
      const { err } = await scene.ends(scene.start(CHECK, { meanwhile }), 6, "old");
      expect(err).toContain("ENOSPC");
    }));

  test.concurrent("the folder for applies can't be made", () =>
    stage.inScene("nft", async (scene) => {
      scene.world.write("state", "no folder\n");
      await scene.ends(scene.start(CHECK), 5, "old");
    }));

  test.concurrent.each(BACKENDS)(
    "%s: the backup is taken away while somebody is waited for: it is there again, and goes back",
    (backend) =>
      stage.inScene(backend, async (scene) => {
        const running = scene.start(["--seconds", "8"]);
        await scene.hears(running, "from another, new connection");
        const folder = scene.folder();
        const list = `cd ${folder} && find . -type f ! -name log | sort && cat checksums load-ended touched`;
        const before = scene.world.must(list);
        scene.world.must(`rm -r ${folder}`);
        const { err } = await scene.ends(running, 8, "old");
        expect(err).toContain("is gone or damaged: it is written again");
        expect(scene.world.must(list).replace("./outcome\n", "")).toBe(before);
        expect((await scene.run("history")).out).toContain("rolled back");
      }),
  );

  test.concurrent("the backup is taken away, and can't be written again: loud, long before the deadline", () =>
    stage.inScene("legacy", async (scene) => {
      const running = scene.start(["--seconds", "60"]);
      await scene.hears(running, "from another, new connection");
      const folder = scene.folder();
      const state = `${scene.world.folder}/state`;
      scene.world.must(`mount -t tmpfs -o ro,mode=0755 none ${state}`);
      const { status, err } = await running.ended;
      expect(status).toBe(7);
      expect(err).toContain("IT IS NOT KNOWN WHICH RULES ARE LIVE");
      expect(err).toContain("the backup is gone");
      expect(scene.live()).toBe("new");
      scene.world.must(`umount ${state}`);
      const back = scene.world.run(`sh ${folder}/restore.sh`);
      expect([back.status, scene.live()]).toEqual([0, "old"]);
    }));

  test.concurrent.each([
    ["jumps ahead", 86_400],
    ["jumps back", -86_400],
  ])("the clock %s: time runs all the same", (_, clockJump) =>
    stage.inScene("nft", async (scene) => {
      const began = Date.now();
      await scene.ends(scene.start(["--seconds", "5"], { clockJump }), 8, "old");
      expect(Date.now() - began).toBeGreaterThan(5000);
    }),
  );

  test.concurrent("a check that hangs ends at the deadline", () =>
    stage.inScene("nft", async (scene) => {
      const { err } = await scene.ends(
        scene.start(["--seconds", "5", "--confirm-after-check", "sleep 1000"]),
        8,
        "old",
      );
      // At the very same moment the watchdog decides.
      expect(err).toMatch(/the check failed: it did not end within|the check is stopped/);
    }));

  test.concurrent("what a check says is shown, as far as a person can read it", () =>
    stage.inScene("legacy", async (scene) => {
      const check =
        "echo reached; printf '\\033[2Jno answer\\n' >&2; sleep 0.5; seq 1000; yes | tr -d '\\n' | head -c 9999; exit 3";
      const { err } = await scene.ends(scene.start(["--confirm-after-check", check]), 8, "old");
      expect(err).toContain("check: reached\n");
      expect(err).toMatch(/^check: .*no answer$/m);
      expect(err).not.toContain("\u001b");
      expect(err).toContain("check: 30\n");
      expect(err).not.toContain("check: 300\n");
      expect(err).toMatch(/^check: .* and 9\d\d more lines$/m);
      expect(err).toContain("the check ended with 3");
    }));

  test.concurrent("a check that leaves something behind, which holds its outputs", () =>
    stage.inScene("nft", async (scene) => {
      const check = "sleep 1000 & echo left it behind";
      const running = scene.start(["--seconds", "60", "--confirm-after-check", check]);
      const { status, err } = await running.ended;
      expect([status, err]).toEqual([0, expect.stringContaining("check: left it behind")]);
      expect(scene.live()).toBe("new");
    }));

  test.concurrent("both processes of the watchdog are killed while the check runs: others take their place", () =>
    stage.inScene("legacy", async (scene) => {
      const kill =
        'read pid start <"$(echo state/2*/armed)"; kill -KILL $(cut -d " " -f 4 /proc/$pid/stat) $pid';
      const { err } = await scene.ends(
        scene.start(["--seconds", "6", "--confirm-after-check", `${kill}; sleep 1000`]),
        8,
        "old",
      );
      expect(err).toContain("another one is started");
    }));

  test.concurrent("nobody reads what it says", () =>
    stage.inScene("legacy", async (scene) => {
      const running = scene.start(CHECK, { meanwhile: { "live loadTable 1": "true" } });
      running.child.stdout!.destroy();
      running.child.stderr!.destroy();
      await scene.ends(running, 0, "new");
    }));
});
