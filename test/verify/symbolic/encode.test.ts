/** Sets of numbers as diagrams, against the numbers themselves. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Diagram } from "../../../src/verify/symbolic/diagram.ts";
import { between, masked, numberBits, where } from "../../../src/verify/symbolic/encode.ts";
import { LEAF } from "../../../src/verify/symbolic/outcomes.ts";
import { NO_BUDGET } from "./proofs.ts";

const WIDTH = 8;
const LEVELS = Array.from({ length: WIDTH }, (_, at) => 3 * at + 1);
const byte = fc.nat(255);

/** All numbers for which a diagram is true. */
function numbersOf(diagram: Diagram, node: number): readonly number[] {
  return Array.from({ length: 256 }, (_, value) => value).filter((value) => {
    const bits = numberBits(value, WIDTH);
    return diagram.evaluate(node, (level) => bits[LEVELS.indexOf(level)]!) === LEAF.TRUE;
  });
}

describe("sets of numbers", () => {
  test("between two ends, both inclusive; none where the range is inverted", () => {
    fc.assert(
      fc.property(byte, byte, (first, last) => {
        const diagram = new Diagram(NO_BUDGET);
        const node = between(diagram, LEVELS, numberBits(first, WIDTH), numberBits(last, WIDTH));
        const wanted = Array.from({ length: 256 }, (_, value) => value);
        expect(numbersOf(diagram, node)).toEqual(wanted.filter((value) => value >= first && value <= last));
      }),
    );
  });

  test("under a mask, also one that is no prefix", () => {
    fc.assert(
      fc.property(byte, byte, (value, mask) => {
        const diagram = new Diagram(NO_BUDGET);
        const node = masked(diagram, LEVELS, numberBits(value & mask, WIDTH), numberBits(mask, WIDTH));
        const wanted = Array.from({ length: 256 }, (_, number) => number);
        expect(numbersOf(diagram, node)).toEqual(
          wanted.filter((number) => (number & mask) === (value & mask)),
        );
      }),
    );
  });

  test("equal sets are equal nodes, however they were made", () => {
    const diagram = new Diagram(NO_BUDGET);
    const range = between(diagram, LEVELS, numberBits(64, WIDTH), numberBits(127, WIDTH));
    expect(masked(diagram, LEVELS, numberBits(64, WIDTH), numberBits(192, WIDTH))).toBe(range);
    expect(where(diagram, LEVELS, (value) => value >> 6 === 1)).toBe(range);
  });
});

test("a variable that is fixed is gone", () => {
  const diagram = new Diagram(NO_BUDGET);
  diagram.fix(LEVELS[0]!, 1);
  const node = where(diagram, LEVELS, (value) => value >= 128);
  expect(node).toBe(LEAF.TRUE);
});
