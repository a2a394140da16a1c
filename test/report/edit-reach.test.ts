/** How far the page says that a change of a group goes: as far as the plan says. */
import { expect, test } from "vitest";
import { findReached } from "../../src/report/page/edit/reach.ts";
import type { GroupView } from "../../src/report/view.ts";

const group = (name: string, more: Partial<GroupView> = {}): GroupView => ({
  ...{ id: `${name}-ID`, name, nameFrom: "network", axis: "source", accept: true },
  ...{ members: ["10.0.0.0/8"], uses: 1, lines: [], ...more },
});

const ALL = group("S-ALL", { includes: ["S-OFFICE", "S-DMZ"] });
const OFFICE = group("S-OFFICE", { includes: ["S-LAN"] });
const LAN = group("S-LAN");
const TWIN = group("D-LAN", { axis: "destination", sameAs: "S-LAN" });
const GROUPS = [ALL, OFFICE, LAN, TWIN, group("S-DMZ")];

test("to groups that include it, at any depth, and to those that are the same, whichever is changed", () => {
  const reached = (of: GroupView) => [...findReached(of, GROUPS)].sort();
  expect(reached(LAN)).toEqual(["D-LAN", "S-ALL", "S-OFFICE"]);
  expect(reached(TWIN)).toEqual(["S-ALL", "S-LAN", "S-OFFICE"]);
  expect(reached(OFFICE)).toEqual(["S-ALL"]);
  expect(reached(ALL)).toEqual([]);
});
