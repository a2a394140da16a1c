/** `markify apply --live` and people: who interrupt it, leave it, decide at any moment, or begin another one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BACKENDS, describeKernel } from "../../kernel/harness.ts";
import { type Scene, Stage } from "./scene.ts";

const WAITS = "from another, new connection";

/** A program that loads when it is told to. */
const SLOW = '[ -z "$MARKIFY_LOADING" ] || while [ ! -e $here/go ]; do sleep 0.1; done\nexec $real "$@"';

/** Terminates the process that the shell was started by, as `kill -INT` or Ctrl-C would. */
const signal = (name: string): string => `kill -${name} $PPID`;

/** A terminal of its own for a program, that goes away when a word has been said. */
const TERMINAL = `
import os, pty, signal, sys
pid, end = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
while sys.argv[1].encode() not in said:
    said += os.read(end, 4096)
os.close(end)
`;

describeKernel("apply --live and people", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  test.concurrent.each(BACKENDS)("%s: confirmed from elsewhere; gone back from later", (backend) =>
    stage.inScene(backend, async (scene) => {
      const running = scene.start(["--seconds", "60"]);
      await scene.hears(running, WAITS);
      expect((await scene.run("confirm")).status).toBe(0);
      await scene.ends(running, 0, "new");
      expect((await scene.run("rollback")).status).toBe(0);
      expect(scene.live()).toBe("old");
      expect((await scene.run("history")).out).toContain("rolled back");
    }),
  );

  test.concurrent("nobody confirms", () =>
    stage.inScene("legacy", async (scene) => {
      const { err } = await scene.ends(scene.start(["--seconds", "5"]), 8, "old");
      expect(err).toContain("nobody confirmed in time");
    }));

  test.concurrent("Ctrl-C in the wait: the timer goes on, and says so", () =>
    stage.inScene("nft", async (scene) => {
      const running = scene.start(["--seconds", "6"]);
      await scene.hears(running, WAITS);
      running.child.kill("SIGINT");
      const { status, err } = await running.ended;
      expect(status).toBe(130);
      expect(err).toContain("the watchdog stays");
      expect(scene.live()).toBe("new");
      await scene.ends(running, 130, "old");
    }));

  test.concurrent("Ctrl-C while a check runs: it is killed with what it has started, the timer goes on", () =>
    stage.inScene("legacy", async (scene) => {
      const check = "echo checking; (sleep 999; true); true";
      const running = scene.start(["--seconds", "8", "--confirm-after-check", check]);
      await scene.hears(running, "check: checking");
      running.child.kill("SIGINT");
      const { status, err } = await running.ended;
      expect(status).toBe(130);
      expect(err).toContain("the check is stopped");
      expect(err).toContain("the watchdog stays");
      expect(scene.world.run("ps -eo args | grep -v grep | grep -q 'sleep 999'").status).toBe(1);
      expect([scene.live(), scene.decision()]).toEqual(["new", ""]);
      await scene.ends(running, 130, "old");
    }));

  test.concurrent("confirmed from elsewhere while a check runs", () =>
    stage.inScene("nft", async (scene) => {
      const check = "echo checking; sleep 1000";
      const running = scene.start(["--seconds", "60", "--confirm-after-check", check]);
      await scene.hears(running, "check: checking");
      expect((await scene.run("confirm")).status).toBe(0);
      const { err } = await scene.ends(running, 0, "new");
      expect(err).toContain("the check is stopped");
    }));

  test.concurrent.each([
    ["SIGINT", "INT"],
    ["SIGTERM", "TERM"],
    ["SIGHUP", "HUP"],
  ])("%s during the load: the step is ended, then all go back", (_, name) =>
    stage.inScene("nft", async (scene) => {
      const { err } = await scene.ends(
        scene.start(["--seconds", "60"], { meanwhile: { "live loadTable 1": signal(name) } }),
        6,
        "old",
      );
      expect(err).toContain("interrupted");
    }),
  );

  test.concurrent.each(["setDeadline 1", "arm 1"])(
    "Ctrl-C before the load, at %s: nothing stands in the way of the next apply",
    (call) =>
      stage.inScene("nft", async (scene) => {
        const { err } = await scene.ends(scene.start([], { meanwhile: { [call]: signal("INT") } }), 5, "old");
        expect(err).toContain("nothing was loaded: interrupted");
        await scene.ends(scene.start(["--confirm-after-check", "true"]), 0, "new");
      }),
  );

  test.concurrent("Ctrl-C in the trial: nothing was touched", () =>
    stage.inScene("legacy", async (scene) => {
      await scene.ends(
        scene.start(["--seconds", "60"], { meanwhile: { "loadTable 1": signal("INT") } }),
        null,
        "old",
      );
    }));

  test.concurrent("the terminal goes away in the wait, and during the load", () =>
    stage.inScene("legacy", async (scene) => {
      scene.world.write("terminal.py", TERMINAL);
      for (const word of [WAITS, "loaded v4"]) {
        const inTerminal = scene.startIn(
          ["python3", `${scene.world.folder}/terminal.py`, word],
          ["--seconds", "5"],
        );
        await scene.ends(inTerminal, 0, "old");
        expect(scene.world.read(`state/${scene.folder().split("/").at(-1)}/outcome`)).toBe("restored\n");
      }
    }));

  test.concurrent("markify is killed in the wait, stopped in the load", () =>
    stage.inScene("nft", async (scene) => {
      const running = scene.start(["--seconds", "5"]);
      await scene.hears(running, WAITS);
      running.child.kill("SIGKILL");
      await scene.ends(running, null, "old");
      await scene.ends(
        scene.start(["--seconds", "5"], { meanwhile: { "live loadTable 1": signal("STOP") } }),
        null,
        "old",
      );
    }));

  test.concurrent("the watchdog and its parent are killed in the wait: others take their place", () =>
    stage.inScene("legacy", async (scene) => {
      const running = scene.start(["--seconds", "8"]);
      await scene.hears(running, WAITS);
      scene.world.must(
        `read pid start <${scene.folder()}/armed; kill -KILL $(cut -d ' ' -f 4 /proc/$pid/stat) $pid`,
      );
      const { err } = await scene.ends(running, 8, "old");
      expect(err).toContain("another one is started");
    }));

  test.concurrent("confirmed at the last moment: each of all tries is the one or the other for everybody", () =>
    stage.inScene("nft", async (scene) => {
      const ends = new Set<string>();
      for (const early of [0.7, 0.5, 0.3, 0.1]) {
        const running = scene.start(["--seconds", "5"]);
        await scene.hears(running, WAITS);
        scene.world.must(
          `read deadline <${scene.folder()}/deadline; read up rest </proc/uptime; sleep $(echo $deadline $up | awk '{ print $1 - $2 - ${early} }')`,
        );
        const confirmed = await scene.run("confirm");
        const { status } = await running.ended;
        const end = `confirm ${confirmed.status}, apply ${status}, ${await afterwards(scene)}`;
        expect(["confirm 0, apply 0, new", "confirm 8, apply 8, old"]).toContain(
          // A confirmation that finds nothing waiting any more is too late as well.
          end.replace("confirm 2", "confirm 8"),
        );
        ends.add(end);
        if (status === 0) await scene.run("rollback");
        expect(scene.live()).toBe("old");
      }
      expect(ends.size).toBeGreaterThan(0);
    }));

  test.concurrent("rollback, and confirm, during the load", () =>
    stage.inScene("nft", async (scene) => {
      scene.replace(scene.program("v6", "restore"), SLOW);
      const first = scene.start(["--seconds", "60"]);
      await scene.hears(first, "loaded v4");
      const { status, err } = await scene.run("confirm");
      expect([status, err]).toEqual([5, expect.stringContaining("nothing to confirm")]);
      const rollback = await scene.run("rollback");
      expect(rollback.status).toBe(0);
      const { status: end } = await first.ended;
      // Killed as one that may still load, or told by the decision.
      expect([null, 6, 8]).toContain(end);
      expect(await afterwards(scene)).toBe("old");
    }));

  test.concurrent("another apply while one loads, and while one waits", () =>
    stage.inScene("legacy", async (scene) => {
      scene.replace(scene.program("v6", "restore"), SLOW);
      const first = scene.start(["--seconds", "60"]);
      await scene.hears(first, "backup:");
      const second = await scene.apply(["--confirm-after-check", "true"]);
      expect([second.status, second.err]).toEqual([5, expect.stringContaining("nothing was touched")]);
      scene.world.write("go", "");
      await scene.hears(first, WAITS);
      const third = await scene.apply(["--confirm-after-check", "true"]);
      expect([third.status, scene.live()]).toEqual([5, "new"]);
      expect((await scene.run("rollback")).status).toBe(0);
      await scene.ends(first, 8, "old");
    }));

  test.concurrent("two applies at once: one of them is refused", () =>
    stage.inScene("nft", async (scene) => {
      const both = [
        scene.start(["--confirm-after-check", "true"]),
        scene.start(["--confirm-after-check", "true"]),
      ];
      const ends = await Promise.all(both.map(({ ended }) => ended));
      // The second may also come when the first is through, and find nothing to load, or other rules than it has read.
      const codes = ends.map(({ status }) => status).sort();
      expect(["0,5", "0,0"]).toContain(codes.join());
      expect(await afterwards(scene)).toBe("new");
    }));
});

async function afterwards(scene: Scene): Promise<string> {
  await scene.until(() => scene.world.processes().length === 1, "nothing runs");
  return scene.live();
}
