/**
 * Which cell of a picture is told of in words.
 */
import { useLayoutEffect, useState } from "preact/hooks";

/** The cell that is pointed at, or else the chosen one; what is chosen later than it is pointed at counts. -1 for none. */
export function useShown(chosen: number): readonly [shown: number, point: (index: number) => void] {
  const [pointed, point] = useState(-1);
  useLayoutEffect(() => point(-1), [chosen]);
  return [pointed === -1 ? chosen : pointed, point];
}
