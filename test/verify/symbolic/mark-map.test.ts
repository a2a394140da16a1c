/** Maps of marks against the arithmetic of the targets, one after the other. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnmarkTarget, MarkTarget } from "../../../src/model/types.ts";
import {
  composeMaps,
  connmarkTargetMap,
  knowingBit,
  type MarkMap,
  markTargetMap,
  SAME_MARKS,
} from "../../../src/verify/symbolic/mark-map.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });

const target: fc.Arbitrary<MarkTarget | ConnmarkTarget> = fc.oneof(
  fc.record({ kind: fc.constant("mark" as const), clear: word, flip: word, text: fc.constant("") }),
  fc
    .oneof(
      fc.record({ kind: fc.constant("set" as const), clear: word, flip: word }),
      fc.record({ kind: fc.constantFrom("save" as const, "restore" as const), nfmask: word, ctmask: word }),
    )
    .map((operation) => ({ kind: "connmark" as const, operation, text: "" })),
);

/** As the comments in model/types.ts say. */
function run(mark: number, ctmark: number, step: MarkTarget | ConnmarkTarget): [number, number] {
  if (step.kind === "mark") return [((mark & ~step.clear) ^ step.flip) >>> 0, ctmark];
  const { operation } = step;
  if (operation.kind === "set") return [mark, ((ctmark & ~operation.clear) ^ operation.flip) >>> 0];
  const { nfmask, ctmask } = operation;
  return operation.kind === "save"
    ? [mark, ((ctmark & ~ctmask) ^ (mark & nfmask)) >>> 0]
    : [((mark & ~nfmask) ^ (ctmark & ctmask)) >>> 0, ctmark];
}

function apply({ mm, mc, mk, cm, cc, ck }: MarkMap, mark: number, ctmark: number): [number, number] {
  return [((mark & mm) ^ (ctmark & mc) ^ mk) >>> 0, ((mark & cm) ^ (ctmark & cc) ^ ck) >>> 0];
}

test("a list of targets is one map", () => {
  fc.assert(
    fc.property(fc.array(target, { maxLength: 6 }), word, word, (steps, mark, ctmark) => {
      let now: [number, number] = [mark, ctmark];
      let map = SAME_MARKS;
      for (const step of steps) {
        now = run(...now, step);
        map = composeMaps(map, step.kind === "mark" ? markTargetMap(step) : connmarkTargetMap(step));
      }
      expect(apply(map, mark, ctmark)).toEqual(now);
    }),
  );
});

test("what is known of a bit changes nothing for marks that have it so", () => {
  fc.assert(
    fc.property(fc.array(target, { maxLength: 4 }), word, word, fc.nat(31), (steps, mark, ctmark, bit) => {
      const maps = steps.map((step) =>
        step.kind === "mark" ? markTargetMap(step) : connmarkTargetMap(step),
      );
      const map = maps.reduce(composeMaps, SAME_MARKS);
      const known = knowingBit(map, bit, ((mark >>> bit) & 1) as 0 | 1);
      expect(apply(known, mark, ctmark)).toEqual(apply(map, mark, ctmark));
      // And the bit is asked for no more.
      expect((known.mm | known.cm) & (1 << bit)).toBe(0);
    }),
  );
});
