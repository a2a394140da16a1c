/** The watchdog where systemd runs: as a unit by `systemd-run`, here by a program in its place, or without it where that fails. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel } from "../../kernel/harness.ts";
import { type Scene, Stage } from "./scene.ts";

/** A machine of its own in what systemd-run is asked by: its first process is in the same network namespace. */
const OWN_MACHINE = [
  ...["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
  ...["sh", "-c", '"$@"; exit $?', "init"],
];

/** Starts the command behind the options as systemd does: nothing of who asked is left, and nobody waits for it. */
const DETACHES = [
  'for word; do echo "$word"; done >$here/words',
  "while case $1 in --*) true ;; *) false ;; esac; do shift; done",
  'exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin setsid -f "$@"',
].join("\n");

describeKernel("apply --live where systemd runs", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  const start = (scene: Scene, lines: string, options: readonly string[]) => {
    scene.world.must("mkdir -p /run/systemd/system");
    // There may be none on this machine.
    scene.world.write("bin/systemd-run", `#!/bin/sh\nhere=${scene.world.folder}\n${lines}\n`);
    scene.world.must(`chmod 755 ${scene.world.folder}/bin/systemd-run`);
    return scene.startIn(OWN_MACHINE, options);
  };

  test.concurrent("the watchdog is a unit, and goes back", () =>
    stage.inScene("nft", async (scene) => {
      const { err } = await scene.ends(start(scene, DETACHES, ["--seconds", "5"]), 8, "old");
      expect(err).not.toContain("note:");
      const folder = scene.folder();
      const words = scene.world.read("words").split("\n");
      expect(words).toEqual([
        ...["--quiet", "--collect", "--property=KillMode=process"],
        expect.stringMatching(new RegExp(`^--unit=markify-${folder.split("/").at(-1)}-\\d+$`)),
        "--description=markify waits for a confirmation",
        ...["/bin/sh", `${folder}/watchdog.sh`, ""],
      ]);
      expect(scene.world.read(`state/${folder.split("/").at(-1)}/log`)).toContain("on guard");
    }));

  test.concurrent("confirmed", () =>
    stage.inScene("legacy", async (scene) => {
      await scene.ends(start(scene, DETACHES, ["--confirm-after-check", "true"]), 0, "new");
      expect(scene.world.read("words")).toContain("--collect");
    }));

  test.concurrent.each([
    [
      "fails",
      'echo "Failed to connect to bus: No such file or directory" >&2; exit 1',
      "Failed to connect to bus",
    ],
    ["hangs", "exec sleep 1000", "did not end within 10 s"],
  ])("systemd-run %s: the watchdog stands without it", (_, lines, why) =>
    stage.inScene("legacy", async (scene) => {
      const { err } = await scene.ends(start(scene, lines, ["--seconds", "5"]), 8, "old");
      expect(err).toContain("note: systemd did not start the watchdog, so it was started without it");
      expect(err).toContain(why);
    }),
  );
});
