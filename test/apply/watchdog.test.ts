/** watchdog.sh: at the deadline the old rules are back unless somebody confirmed before, whatever happens to processes, terminals and clocks. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { parseArmed, parseOutcome } from "../../src/apply/folder.ts";
import { BACKENDS, describeKernel } from "../kernel/harness.ts";
import { SMALL } from "./scenes.ts";
import { inWorld, type Scene, type StandIn, type World } from "./world.ts";

function uptime(): number {
  return Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Waits for what must come. A generous limit: it is there so that a test ends, and says what was missing. */
async function until(what: string, isThere: () => boolean): Promise<void> {
  for (let tries = 0; !isThere(); tries++) {
    if (tries > 600) throw new Error(`waited in vain: ${what}`);
    await sleep(0.05);
  }
}

/** State, parent and start of a process, as /proc has them; null once it is gone. */
function lookAt(
  pid: number,
): { readonly state: string; readonly parent: number; readonly start: string } | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  const fields = stat.replace(/^.*\) /s, "").split(" ");
  return { state: fields[0]!, parent: Number(fields[1]), start: fields[19]! };
}

/** The process that the file names, if it is alive. */
function findGuard(world: World): number | null {
  const armed = parseArmed(world.read("armed"));
  const process = armed === null ? null : lookAt(armed.pid);
  return process !== null && process.start === armed!.start && process.state !== "Z" ? armed!.pid : null;
}

/** An apply that has got as far as the watchdog, and what the table was before. */
interface Stage {
  readonly before: string;
  readonly after: string;
  readonly apply: number;
  readonly guard: number;
}

interface Play {
  readonly scene?: Scene;
  /** From the end of the load to the deadline; far away without. */
  readonly seconds?: number;
  readonly start?: (world: World) => void;
  /** The new rules are loaded, and apply has said so. */
  readonly loads?: boolean;
}

/** As apply does, in a session of its own. */
const startWatchdog = (world: World) => {
  world.start(["sh", `${world.folder}/watchdog.sh`], { detached: true });
};

/** As apply sets it anew when the rules are loaded. */
function setDeadline(world: World, deadline: number): void {
  world.write("deadline.tmp", `${deadline}\n`);
  renameSync(`${world.folder}/deadline.tmp`, `${world.folder}/deadline`);
}

/** All that is before the watchdog: the folder, and an apply that lives. */
async function prepare(world: World, play: Play): Promise<{ readonly scene: Scene; readonly apply: number }> {
  const apply = world.start(["sleep", "1000"]).pid!;
  await until("apply", () => readFileSync(`/proc/${apply}/comm`, "latin1") === "sleep\n");
  const applyStart = world.must(`cut -d ' ' -f 22 /proc/${apply}/stat`).trim();
  const scene = { ...(play.scene ?? SMALL), seconds: 3000 };
  world.prepare({ ...scene, settings: { applyPid: apply, applyStart, ...scene.settings } });
  return { scene, apply };
}

async function stage(world: World, play: Play = {}): Promise<Stage> {
  const { scene, apply } = await prepare(world, play);
  const before = world.save("v4", "filter");
  (play.start ?? startWatchdog)(world);
  await until("armed", () => findGuard(world) !== null);
  if (play.loads ?? true) world.apply(scene);
  if (play.seconds !== undefined) setDeadline(world, Math.ceil(uptime() + play.seconds));
  return { before, after: world.save("v4", "filter"), apply, guard: findGuard(world)! };
}

const decide = (world: World, decision: string) => symlinkSync(decision, `${world.folder}/decision`);

async function untilRestored(world: World, before: string): Promise<void> {
  await until("the outcome", () => world.read("outcome") !== "");
  expect(parseOutcome(world.read("outcome"))).toEqual({ kind: "restored" });
  expect(readlinkSync(`${world.folder}/decision`)).toBe("rolled-back");
  expect(world.save("v4", "filter")).toBe(before);
}

/** Nobody watches any more. */
const untilGone = (world: World, guard: number) =>
  until("the end of the guard", () => findGuard(world) === null && !existsSync(`/proc/${guard}`));

const SHELLS: readonly (readonly [string, readonly StandIn[]])[] = [
  ["sh", []],
  ["bash", [["bash", "sh"]]],
  ["busybox", [["busybox", "sh"]]],
];
const HERE = SHELLS.filter(([shell]) => spawnSync("sh", ["-c", `command -v ${shell}`]).status === 0);

describeKernel("watchdog.sh", () => {
  for (const [shell, standIns] of HERE) {
    test.concurrent.each(BACKENDS)(`%s, ${shell}: the deadline passes`, (backend) =>
      inWorld(
        backend,
        async (world) => {
          const { before, after, guard } = await stage(world, { seconds: 5 });
          const deadline = Number(world.read("deadline"));
          expect(after).not.toBe(before);
          while (uptime() < deadline - 0.2) {
            expect(existsSync(`${world.folder}/decision`) || world.read("outcome") !== "").toBe(false);
            await sleep(0.1);
          }
          await untilRestored(world, before);
          expect(uptime()).toBeGreaterThanOrEqual(deadline);
          await untilGone(world, guard);
        },
        standIns,
      ),
    );

    test.concurrent(`${shell}: the guard is killed: another one stands, and restores`, () =>
      inWorld(
        "nft",
        async (world) => {
          const { before, guard } = await stage(world, { seconds: 8 });
          process.kill(guard, "SIGKILL");
          await until("another guard", () => findGuard(world) !== null && findGuard(world) !== guard);
          await untilRestored(world, before);
        },
        standIns,
      ));

    test.concurrent(`${shell}: signals, and the end of the parent and of its terminal`, () =>
      inWorld(
        "nft",
        async (world) => {
          // As from a login: a terminal, a shell on it, the watchdog started from there.
          const login = (inner: World) =>
            inner.start(
              ["script", "-qec", `setsid sh ${inner.folder}/watchdog.sh & sleep 1000`, "/dev/null"],
              { detached: true },
            );
          let terminal = 0;
          const { before, guard } = await stage(world, {
            seconds: 8,
            start: (inner) => {
              terminal = login(inner).pid!;
            },
          });
          process.kill(terminal, "SIGKILL");
          for (const signal of ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR1", "SIGPIPE"] as const)
            for (const pid of [guard, lookAt(guard)!.parent]) process.kill(pid, signal);
          await sleep(1.5);
          expect(findGuard(world)).toBe(guard);
          await untilRestored(world, before);
        },
        standIns,
      ));
  }

  test.concurrent("confirmed: the new rules stay, and nobody watches any more", () =>
    inWorld("legacy", async (world) => {
      const { after, guard } = await stage(world, { seconds: 4 });
      decide(world, "confirmed");
      await untilGone(world, guard);
      await until("the deadline", () => uptime() > Number(world.read("deadline")) + 1.5);
      expect(world.save("v4", "filter")).toBe(after);
      expect(world.read("outcome")).toBe("");
    }));

  test.concurrent("abandoned: nothing was loaded, and nothing comes back", () =>
    inWorld("legacy", async (world) => {
      const { after, guard, apply } = await stage(world, { seconds: 4, loads: false });
      decide(world, "abandoned");
      process.kill(apply, "SIGKILL");
      await untilGone(world, guard);
      await until("the deadline", () => uptime() > Number(world.read("deadline")) + 1.5);
      expect(world.save("v4", "filter")).toBe(after);
      expect(world.read("outcome")).toBe("");
    }));

  test.concurrent("a rollback is asked for: it comes long before the deadline", () =>
    inWorld("legacy", async (world) => {
      const { before } = await stage(world, {});
      decide(world, "rolled-back");
      await untilRestored(world, before);
    }));

  test("both at once, again and again: one of them wins, and the rules are as it says", () =>
    inWorld("nft", async (world) => {
      for (let round = 0; round < 12; round++) {
        for (const name of ["decision", "outcome", "armed"])
          rmSync(`${world.folder}/${name}`, { force: true });
        const { before, after, guard } = await stage(world, { seconds: 2 });
        // The watchdog gives its reserve back just before it decides: that is the moment, or a little before or after.
        const isMoment = [
          () => !existsSync(`${world.folder}/reserve`),
          () => uptime() >= Number(world.read("deadline")) - 0.05,
          () => uptime() >= Number(world.read("deadline")) + round / 12,
        ][round % 3]!;
        while (!isMoment());
        let winner: "confirmed" | "rolled-back" = "confirmed";
        try {
          decide(world, "confirmed");
        } catch {
          winner = "rolled-back";
        }
        await untilGone(world, guard);
        expect(readlinkSync(`${world.folder}/decision`)).toBe(winner);
        expect(world.read("outcome")).toBe(winner === "confirmed" ? "" : "restored\n");
        expect(world.save("v4", "filter")).toBe(winner === "confirmed" ? after : before);
      }
    }));

  test.concurrent("all who watch are killed: the folder tells so, and another watchdog can be armed", () =>
    inWorld("nft", async (world) => {
      const { before, guard } = await stage(world, { seconds: 10 });
      const { parent } = lookAt(guard)!;
      process.kill(parent, "SIGKILL");
      process.kill(guard, "SIGKILL");
      await sleep(2.5);
      expect(findGuard(world)).toBe(null);
      startWatchdog(world);
      await until("another guard", () => findGuard(world) !== null);
      await untilRestored(world, before);
    }));

  test.concurrent("everything in the session's control group is killed", () =>
    inWorld("nft", async (world) => {
      const root = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"].find((path) =>
        existsSync(`${path}/cgroup.procs`),
      )!;
      const group = `${root}/test-${process.pid}.scope`;
      world.must(`mkdir ${group}`);
      try {
        const inGroup = `echo $$ >${group}/cgroup.procs; setsid sh ${world.folder}/watchdog.sh & sleep 1000`;
        const { before, guard } = await stage(world, {
          seconds: 8,
          start: (inner) => {
            inner.start(["sh", "-c", inGroup]);
          },
        });
        const members = world
          .must(`cat ${group}/cgroup.procs`)
          .split("\n")
          .filter((pid) => pid !== "");
        expect(members).not.toEqual([]);
        for (const pid of members) process.kill(Number(pid), "SIGKILL");
        await sleep(1.5);
        expect(findGuard(world)).toBe(guard);
        await untilRestored(world, before);
      } finally {
        world.run(`rmdir ${group}`);
      }
    }));

  test.concurrent("the clock on the wall lies", () =>
    inWorld("nft", async (world) => {
      world.must(
        "printf '#!/bin/sh\\necho 2001-01-01 00:00:00\\n' >/run/date && chmod 755 /run/date && mount --bind /run/date $(command -v date)",
      );
      expect(world.must("date")).toContain("2001");
      const { before } = await stage(world, { seconds: 4 });
      await untilRestored(world, before);
      expect(uptime()).toBeGreaterThanOrEqual(Number(world.read("deadline")));
      expect(uptime()).toBeLessThan(Number(world.read("deadline")) + 60);
    }));

  test.concurrent("apply is killed in the middle of its load: the old rules come back at once", () =>
    inWorld("legacy", async (world) => {
      const { before, apply } = await stage(world, { loads: false });
      world.load("v4", SMALL.load.v4!.filter!);
      process.kill(apply, "SIGKILL");
      await untilRestored(world, before);
    }));

  test.concurrent("apply is killed after its load: there is time to confirm still", () =>
    inWorld("legacy", async (world) => {
      const { after, apply, guard } = await stage(world, {});
      process.kill(apply, "SIGKILL");
      await sleep(2.5);
      expect(world.save("v4", "filter")).toBe(after);
      decide(world, "confirmed");
      await untilGone(world, guard);
      expect(world.save("v4", "filter")).toBe(after);
    }));

  test.concurrent("the deadline is moved, and then can't be read: the last one counts", () =>
    inWorld("nft", async (world) => {
      const { before, after } = await stage(world, { seconds: 4 });
      const deadline = Number(world.read("deadline")) + 5;
      setDeadline(world, deadline);
      await until("the first deadline", () => uptime() > deadline - 2);
      expect(world.save("v4", "filter")).toBe(after);
      // Nor can a shell compare with so many digits.
      world.write("deadline", "soon\n");
      await sleep(1.5);
      world.write("deadline", `${"9".repeat(25)}\n`);
      await untilRestored(world, before);
      expect(uptime()).toBeGreaterThanOrEqual(deadline);
    }));

  test.concurrent("its folder is taken away: it tries for a minute, and not when the folder is back days later", () =>
    inWorld("nft", async (world) => {
      const { after, guard } = await stage(world, { seconds: 8 });
      const gone = `${world.folder}.gone`;
      // It has read the deadline by then.
      await sleep(3);
      renameSync(world.folder, gone);
      try {
        // A minute of tries takes longer where much else is done.
        for (let waited = 0; lookAt(guard) !== null && waited < 300; waited++) await sleep(1);
        expect(lookAt(guard)).toBe(null);
      } finally {
        renameSync(gone, world.folder);
      }
      await sleep(2);
      expect(world.save("v4", "filter")).toBe(after);
      expect(world.read("outcome")).toBe("");
      expect(world.restore().status).toBe(0);
    }));

  test.concurrent("restore.sh is killed while it restores: it is started again", () =>
    inWorld("nft", async (world) => {
      const program = `${world.folder}/killing`;
      world.write(
        "killing",
        `#!/bin/sh\ncase "$*" in *--test*) ;; *) [ -e ${program}.done ] || { : >${program}.done; kill -9 $PPID; exit 1; } ;; esac\nexec ${world.program("v4", "restore")} "$@"\n`,
      );
      world.must(`chmod 755 ${program}`);
      const { before } = await stage(world, {
        seconds: 3,
        scene: { ...SMALL, settings: { v4Restore: program } },
      });
      await untilRestored(world, before);
      expect(existsSync(`${program}.done`)).toBe(true);
      expect(world.read("log")).toContain("restore.sh was killed or can't be run: it is started again");
    }));

  test("not armed: it was started in another network namespace than apply", () =>
    inWorld("nft", async (world) => {
      await prepare(world, {});
      world.start(["unshare", "-n", "sh", `${world.folder}/watchdog.sh`], { detached: true });
      await until("why not", () => world.read("not-armed") !== "");
      expect(world.read("not-armed")).toBe("this is another network namespace than that of apply\n");
    }));

  test.each<[string, (world: World) => void, string]>([
    [
      "the backup is damaged",
      (world) => world.write("old/v4.filter", "*filter\nCOMMIT\n"),
      "damaged: old/v4.filter",
    ],
    ["it is decided already", (world) => decide(world, "confirmed"), "it is decided already: confirmed"],
    [
      "the deadline is over",
      (world) => world.write("deadline", "1\n"),
      "there is no deadline, or it is over",
    ],
    ["there is no deadline", (world) => world.write("deadline", "\n"), "there is no deadline, or it is over"],
  ])("not armed: %s", (_, spoil, why) =>
    inWorld("nft", async (world) => {
      await prepare(world, {});
      spoil(world);
      startWatchdog(world);
      await until("why not", () => world.read("not-armed") !== "");
      expect(world.read("not-armed")).toContain(why);
      expect(world.read("armed")).toBe("");
    }),
  );
});
