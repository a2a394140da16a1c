/** restore.sh in network namespaces: the old ruleset is back byte for byte, and what others did meanwhile is theirs. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { BACKENDS, describeKernel } from "../kernel/harness.ts";
import { SCENE } from "./scenes.ts";
import { inWorld, type StandIn } from "./world.ts";

/** Another shell, another awk, where they are installed. */
const STAND_INS: readonly (readonly StandIn[])[] = [
  [],
  [["bash", "sh"]],
  [["busybox", "sh"]],
  [["gawk", "awk"]],
  [["original-awk", "awk"]],
  [["busybox", "awk"]],
];

function isMissing(standIns: readonly StandIn[]): boolean {
  return standIns.some(([program]) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
}

describeKernel("restore.sh", () => {
  for (const standIns of STAND_INS) {
    const name =
      standIns.length === 0
        ? "the machine's own sh and awk"
        : standIns.map((pair) => pair.join(" as ")).join();
    describe.skipIf(isMissing(standIns))(name, () => {
      test.each(BACKENDS)("%s: everything is as it was, byte for byte", (backend) =>
        inWorld(
          backend,
          (world) => {
            world.prepare(SCENE);
            const save = () => [
              world.save("v4", "filter"),
              world.save("v6", "filter"),
              world.must("ipset save"),
            ];
            const before = save();
            world.apply(SCENE);
            for (const [index, text] of save().entries()) expect(text).not.toBe(before[index]);
            expect(world.restore()).toEqual({
              status: 0,
              out: "",
              err: "markify restore: the old rules are back\n",
            });
            expect(save()).toEqual(before);
            expect(world.read("outcome")).toBe("restored\n");
            expect(world.read("others")).toBe("");
            if (backend === "nft") expect(world.must("nft list tables")).not.toContain("nat");
          },
          standIns,
        ),
      );
    });
  }
});
