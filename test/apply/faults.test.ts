/** restore.sh when the world is against it: the old rules are back, or it says loudly that the state is unknown; never a third thing in silence. */
import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { LOADING_VARIABLE } from "../../src/apply/folder.ts";
import { BACKENDS, type Backend, describeKernel } from "../kernel/harness.ts";
import { SCENE, SMALL } from "./scenes.ts";
import { inWorld, type Scene, type World } from "./world.ts";

/** How many seconds of /proc/uptime a process started after the machine, in the clock ticks of field 22 of its stat. */
function startOf(world: World, pid: number): string {
  return world.must(`cut -d ' ' -f 22 /proc/${pid}/stat`).trim();
}

/** Puts a program in the world that fails a number of times before it does what the real one does. */
function makeFailing(world: World, times: number): string {
  const program = `${world.folder}/failing`;
  const real = world.program("v4", "restore");
  world.write(
    "failing",
    `#!/bin/sh\ncase "$*" in *--test*) exec ${real} "$@";; esac\nn=$(cat ${program}.count 2>/dev/null || echo 0)\n` +
      `echo $((n + 1)) >${program}.count\n[ "$n" -ge ${times} ] || exit 4\nexec ${real} "$@"\n`,
  );
  world.must(`chmod 755 ${program}`);
  return program;
}

/** A table of which a copy needs more room than the folder keeps in reserve. */
function makeLong(text: string): string {
  const rules = Array.from(
    { length: 2000 },
    (_, n) => `[0:0] -A INPUT -s 10.1.${n >> 8}.${n & 255}/32 -j ACCEPT\n`,
  );
  return text.replace("COMMIT\n", `${rules.join("")}COMMIT\n`);
}

describeKernel("restore.sh, with faults", () => {
  test.each(BACKENDS)(
    "%s: a damaged backup of one table: it stays, all others come back, and nobody is told that all is well",
    (backend) =>
      inWorld(backend, (world) => {
        world.prepare(SCENE);
        const before = world.save("v6", "filter");
        world.apply(SCENE);
        const live = world.save("v4", "filter");
        world.write("old/v4.filter", world.read("old/v4.filter").replace("10.0.0.1", "10.0.0.9"));
        const { status, err } = world.restore();
        expect(status).toBe(7);
        expect(err).toContain("THE STATE OF THE FIREWALL IS UNKNOWN");
        expect(err).toContain(`sh ${world.folder}/restore.sh`);
        expect(world.read("outcome")).toMatch(
          /^unknown the backup \S+old\/v4\.filter can't be read or is damaged/,
        );
        expect(world.save("v4", "filter")).toBe(live);
        expect(world.save("v6", "filter")).toBe(before);
      }),
  );

  test.each([
    ["the table is gone", "rm old/v4.filter", "old/v4.filter"],
    ["the table is a folder", "rm old/v4.filter; mkdir old/v4.filter", "old/v4.filter"],
    ["the table is cut", "head -n 5 old/v4.filter >x; mv x old/v4.filter", "old/v4.filter"],
    ["the list of tables is cut", ": >touched", "touched"],
    ["the settings are damaged", "echo 'if' >>vars", "vars"],
    ["the checksums are gone", "rm checksums", "checksums"],
    ["the checksums are cut", "head -n 2 checksums >x; mv x checksums", "checksums"],
  ])("the backup is unusable: %s", (_, command, name) =>
    inWorld("legacy", (world) => {
      world.prepare(SMALL);
      world.apply(SMALL);
      const live = world.save("v4", "filter");
      world.must(`cd ${world.folder} && { ${command}; }`);
      expect(world.run(`sh ${world.folder}/restore.sh check`).status).toBe(1);
      expect(world.restore().status).toBe(7);
      expect(world.read("outcome")).toMatch(/^unknown .*\n$/);
      expect(world.read("outcome")).toContain(name);
      expect(world.save("v4", "filter")).toBe(live);
    }),
  );

  test.each([
    ["once", 1, 0],
    ["always", 99, 7],
  ])("restore fails %s", (_, times, status) =>
    inWorld("nft", (world) => {
      world.prepare({ ...SMALL, settings: { v4Restore: makeFailing(world, times) } });
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      const live = world.save("v4", "filter");
      expect(world.restore().status).toBe(status);
      expect(world.save("v4", "filter")).toBe(status === 0 ? before : live);
      expect(world.read("outcome").split(" ")[0]).toBe(status === 0 ? "restored\n" : "unknown");
    }),
  );

  test("nft: tables come back in place, at the first try; base chains are never made anew", () =>
    inWorld("nft", (world) => {
      const told = `${world.folder}/told`;
      const real = world.program("v4", "restore");
      world.write(
        "telling",
        `#!/bin/sh\ncase "$*" in *--test*) ;; *) echo "$*" >>${told};; esac\nexec ${real} "$@"\n`,
      );
      world.must(`chmod 755 ${world.folder}/telling`);
      world.prepare({ ...SMALL, settings: { v4Restore: `${world.folder}/telling` } });
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      const handleOf = (): string =>
        world.must("nft -a list chain ip filter INPUT | sed -n 's/.*chain INPUT .*# handle //p'");
      const handle = handleOf();
      expect(handle).toMatch(/^\d+/);
      expect(world.restore().status).toBe(0);
      expect(world.save("v4", "filter")).toBe(before);
      expect(handleOf()).toBe(handle);
      expect(world.read("told").trim().split("\n")).toEqual(["-c --noflush"]);
    }));

  test("the restore program is gone", () =>
    inWorld("legacy", (world) => {
      world.prepare({ ...SMALL, settings: { v4Restore: "/nowhere/iptables-restore" } });
      world.apply(SMALL);
      expect(world.run(`sh ${world.folder}/restore.sh check`).err).toContain(
        "/nowhere/iptables-restore can't be run",
      );
      expect(world.restore().status).toBe(7);
      expect(world.read("outcome")).toContain("/nowhere/iptables-restore failed");
    }));

  test("the save program fails: the old rules come back, and it is said that they can't be read", () =>
    inWorld("legacy", (world) => {
      world.prepare({ ...SMALL, settings: { v4Save: "/bin/false" } });
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      expect(world.restore().status).toBe(7);
      expect(world.read("outcome")).toContain("it can not be read");
      expect(world.save("v4", "filter")).toBe(before);
    }));

  test.each(BACKENDS)("%s: run by hand twice, and two at once", (backend) =>
    inWorld(backend, (world) => {
      world.prepare(SCENE);
      const before = [world.save("v4", "filter"), world.must("ipset save")];
      world.apply(SCENE);
      expect(world.restore().status).toBe(0);
      expect(world.restore().status).toBe(0);
      const restore = `sh ${world.folder}/restore.sh`;
      for (let round = 0; round < 3; round++) {
        world.apply({ ...SCENE, newSets: "create new hash:net\ncreate good hash:ip\nflush bad\n" });
        const run = world.run(`${restore} & one=$!; ${restore}; two=$?; wait $one; echo $? $two`);
        expect(run.out).toContain("0 0\n");
        expect([world.save("v4", "filter"), world.must("ipset save")]).toEqual(before);
      }
    }),
  );

  test("the watchdog comes after somebody else: what is live by then is left alone", () =>
    inWorld("nft", (world) => {
      world.prepare(SMALL);
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      const once = `sh ${world.folder}/restore.sh once`;
      expect(world.run(once).status).toBe(0);
      expect(world.save("v4", "filter")).toBe(before);
      world.apply(SMALL);
      const next = world.save("v4", "filter");
      expect(world.run(once).status).toBe(0);
      expect(world.save("v4", "filter")).toBe(next);
      expect(world.restore().status).toBe(0);
      expect(world.save("v4", "filter")).toBe(before);
    }));

  test("two at once where there is no flock", () =>
    inWorld("nft", (world) => {
      world.prepare(SMALL);
      const before = world.save("v4", "filter");
      world.must(
        "mkdir /run/bin && touch /run/flock && mount --bind /run/flock $(readlink -f $(command -v flock))",
      );
      expect(world.run("flock -V").status).not.toBe(0);
      const restore = `sh ${world.folder}/restore.sh`;
      for (let round = 0; round < 5; round++) {
        world.apply(SMALL);
        expect(world.run(`${restore} & one=$!; ${restore}; two=$?; wait $one; echo $? $two`).out).toBe(
          "0 0\n",
        );
        expect(world.save("v4", "filter")).toBe(before);
      }
    }));

  test("legacy: somebody holds the lock for good", () =>
    inWorld("legacy", (world) => {
      world.prepare(SMALL);
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      world.start(["flock", "/run/xtables.lock", "sleep", "1000"]);
      world.must("until ! flock -n /run/xtables.lock true; do sleep 0.1; done");
      const { status, err } = world.restore();
      expect(status).toBe(0);
      expect(err).toContain("the xtables lock is held by somebody: going on without it");
      expect(world.save("v4", "filter")).toBe(before);
    }));

  test("legacy: somebody holds the lock for a moment: it is waited for", () =>
    inWorld("legacy", (world) => {
      world.prepare(SMALL);
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      world.start(["flock", "/run/xtables.lock", "sleep", "2"]);
      world.must("until ! flock -n /run/xtables.lock true; do sleep 0.1; done");
      const { status, err } = world.restore();
      expect([status, err]).toEqual([0, "markify restore: the old rules are back\n"]);
      expect(world.save("v4", "filter")).toBe(before);
    }));

  test.each<[Backend, string]>([
    ["legacy", "grep"],
    ["nft", "grep"],
    // Its grep sees nothing behind the first NUL of an environment.
    ["nft", "busybox"],
  ])("%s, %s: apply hangs while it loads, and so does its child", (backend, grep) =>
    inWorld(
      backend,
      (world) => {
        const apply = world.start(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]).pid!;
        world.prepare({ ...SMALL, settings: { applyPid: apply, applyStart: startOf(world, apply) } });
        const before = world.save("v4", "filter");
        world.apply(SMALL);
        world.must(`rm ${world.folder}/load-ended`);
        // It holds the lock, and would load once more when it is let go on.
        const env = { [LOADING_VARIABLE]: world.folder };
        const again = `flock /run/xtables.lock sleep 30; ${world.program("v4", "restore")} -c <${world.folder}/new/v4.filter`;
        const child = world.start(["sh", "-c", again], { env }).pid!;
        world.must("until ! flock -n /run/xtables.lock true; do sleep 0.1; done");
        const { status, err } = world.restore();
        expect(err).toContain(`apply (process ${apply}) has not ended its load: it is killed`);
        expect(status).toBe(0);
        expect(world.save("v4", "filter")).toBe(before);
        for (const pid of [apply, child]) expect(world.run(`cat /proc/${pid}/cmdline`).out).toBe("");
        expect(world.run("flock -n /run/xtables.lock true").status).toBe(0);
      },
      grep === "busybox" ? [["busybox", "grep"]] : [],
    ),
  );

  test("legacy: an iptables-restore that knows no other lock gets the real one", () =>
    inWorld("legacy", (world) => {
      const program = `${world.folder}/old-restore`;
      world.write(
        "old-restore",
        `#!/bin/sh\nunset XTABLES_LOCKFILE\nexec ${world.program("v4", "restore")} "$@"\n`,
      );
      world.must(`chmod 755 ${program}`);
      world.prepare({ ...SMALL, settings: { v4Restore: program } });
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      expect(world.restore()).toMatchObject({ status: 0, err: "markify restore: the old rules are back\n" });
      expect(world.save("v4", "filter")).toBe(before);
    }));

  test("tables come back in the reverse of the order in which they were loaded", () =>
    inWorld("nft", (world) => {
      const logging = (family: "v4" | "v6") => {
        const name = `logging-${family}`;
        const text = `${world.folder}/${name}.text`;
        const tell = `case "$*" in *--test*) ;; *) echo ${family} $(grep '^\\*' ${text}) >>${world.folder}/order ;; esac`;
        const pass = `exec ${world.program(family, "restore")} "$@" <${text}`;
        world.write(name, `#!/bin/sh\nset -f\ncat >${text}\n${tell}\n${pass}\n`);
        world.must(`chmod 755 ${world.folder}/${name}`);
        return `${world.folder}/${name}`;
      };
      world.prepare({ ...SCENE, settings: { v4Restore: logging("v4"), v6Restore: logging("v6") } });
      world.apply(SCENE);
      expect(world.restore().status).toBe(0);
      expect(world.read("order")).toBe("v6 *filter\nv4 *nat\nv4 *filter\n");
    }));

  test("an apply that has ended its load is left alone, and so is another process with its number", () =>
    inWorld("nft", (world) => {
      const apply = world.start(["sleep", "1000"]).pid!;
      const start = startOf(world, apply);
      for (const [applyStart, ended] of [
        [start, true],
        [`${start}1`, false],
      ] as const) {
        world.prepare({ ...SMALL, settings: { applyPid: apply, applyStart } });
        world.apply(SMALL);
        if (!ended) world.must(`rm ${world.folder}/load-ended`);
        expect(world.restore().status).toBe(0);
        expect(startOf(world, apply)).toBe(start);
      }
    }));

  test.each([
    ["the folder", "", true],
    [
      "the folder, /run, /dev/shm and /tmp",
      "for d in /run /dev/shm; do mount -t tmpfs -o size=4k none $d; head -c 4096 /dev/zero >$d/x; done",
      false,
    ],
  ])("no room in %s", (_, more, keeps) =>
    inWorld("legacy", (world) => {
      const scene: Scene = keeps
        ? SMALL
        : { ...SMALL, old: { v4: { filter: makeLong(SMALL.old.v4!.filter!) } } };
      world.prepare(scene);
      const before = world.save("v4", "filter");
      world.apply(scene);
      world.iptables("v4", "-A theirs -s 203.0.113.9/32 -j DROP");
      // The folder moves to a file system that is as large as it is; the old place is read by nobody any more.
      const full = `mkdir -p /mnt/full && mount -t tmpfs -o size=2m none /mnt/full && cp -a ${world.folder} /mnt/full/it`;
      world.must(`${full} && { cat /dev/zero >/mnt/full/x; test -s /mnt/full/x; } 2>/dev/null`);
      // /tmp is the machine's own: another one here, and a full one.
      const tmp = "mount -t tmpfs -o size=4k none /tmp && head -c 4096 /dev/zero >/tmp/x";
      if (!keeps) world.must(`${more}; ${tmp}`);
      const run = world.run("sh /mnt/full/it/restore.sh");
      expect(run.status).toBe(0);
      expect(world.must("cat /mnt/full/it/outcome; readlink /mnt/full/it/decision")).toBe(
        "restored\nrolled-back\n",
      );
      const after = world.save("v4", "filter");
      if (keeps) expect(after).toContain("-A theirs -s 203.0.113.9/32 -j DROP");
      else {
        expect(after).toBe(before);
        expect(run.err).toContain("no room anywhere to look at what others changed meanwhile");
      }
    }),
  );

  test("a set that the load made is still used by others: unknown, and the set is there", () =>
    inWorld("nft", (world) => {
      world.prepare(SCENE);
      const before = world.save("v4", "filter");
      world.apply(SCENE);
      world.iptables("v4", "-A f2b-sshd -m set --match-set good src -j DROP");
      expect(world.restore().status).toBe(7);
      expect(world.read("outcome")).toBe("unknown the set good, which the load made, is still used\n");
      expect(world.save("v4", "filter")).toContain("--match-set good src -j DROP");
      world.iptables("v4", "-D f2b-sshd -m set --match-set good src -j DROP");
      expect(world.restore().status).toBe(0);
      expect(world.save("v4", "filter").replace(/\[.*?\]/g, "")).toBe(before.replace(/\[.*?\]/g, ""));
    }));

  test("a set of the old rules was destroyed meanwhile: it is made again", () =>
    inWorld("nft", (world) => {
      world.prepare(SCENE);
      const before = world.must("ipset save");
      world.apply(SCENE);
      world.must("ipset destroy bad");
      expect(world.restore().status).toBe(0);
      expect(world.must("ipset save")).toBe(before);
    }));

  test("sets of every kind: comments, counters, timeouts, sets of sets", () =>
    inWorld("nft", (world) => {
      const oldSets = [
        "create a hash:net,port family inet comment counters",
        'add a 192.0.2.0/24,tcp:22 packets 3 bytes 180 comment "it\'s $(id) \\\\ 100%"',
        "create t hash:ip family inet6 timeout 600",
        "add t 2001:db8::1 timeout 500",
        "add t 2001:db8::2 timeout 0",
        "create b bitmap:port range 1-1000",
        "add b 22",
        "create l list:set",
        "add l a",
        "add l b",
        "",
      ].join("\n");
      const newSets =
        "flush l\nflush a\nflush t\nadd t 2001:db8::9 timeout 100\nflush b\nadd b 23\nadd l b\n";
      const touchedSets = ["a", "t", "b", "l"].map((name) => ({ name, existed: true }));
      const scene = { ...SMALL, oldSets, newSets, touchedSets };
      world.prepare(scene);
      const save = () =>
        world.must("ipset save").replaceAll(/ timeout \d+$/gm, (text) => (text === " timeout 0" ? text : ""));
      const before = save();
      world.apply(scene);
      expect(save()).not.toBe(before);
      expect(world.restore().status).toBe(0);
      expect(save()).toBe(before);
    }));

  test.each([
    ["a base chain", "chain alien", false],
    ["a rule", "numgen random mod 10", true],
  ])(
    "nft: somebody put %s into the table that iptables can't load: it is kept as text, and that is told",
    (_, text, isRule) =>
      inWorld("nft", (world) => {
        world.prepare(SMALL);
        const before = world.save("v4", "filter");
        world.apply(SMALL);
        world.must("nft add chain ip filter alien '{ type filter hook input priority 5; }'");
        if (isRule)
          world.must(
            "nft add rule ip filter theirs numgen random mod 10 vmap '{ 0-4 : accept, 5-9 : drop }'",
          );
        const { status, out, err } = world.restore();
        expect(out).toContain("v4 filter: there was more in it than iptables can load, which is gone");
        if (isRule) expect(err).toContain("v4 filter: what others changed meanwhile can't be told");
        expect([status, world.save("v4", "filter")]).toEqual([0, before]);
        expect(world.read("others")).toBe(out);
        expect(world.read("others.v4.filter.nft")).toContain(text);
      }),
  );

  test.each(BACKENDS)("%s: check changes nothing, and all is there", (backend) =>
    inWorld(backend, (world) => {
      world.prepare(SCENE);
      const save = () => [
        world.save("v4", "filter"),
        world.save("v6", "filter"),
        world.must("ipset save; nft list tables; cat /proc/net/ip_tables_names"),
      ];
      const before = save();
      expect(world.run(`sh ${world.folder}/restore.sh check`)).toEqual({ status: 0, out: "", err: "" });
      expect(save()).toEqual(before);
      expect(world.run(`ls ${world.folder}`).out).not.toContain("decision");
      expect(statSync(world.folder).mode & 0o777).toBe(0o700);
    }),
  );
});
