/** Classes of interface names: every name is in one, and shares all answers with the name that shows it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsName, interfaceClasses } from "../../../src/verify/symbolic/interface-classes.ts";
import { filterOf, rulesetOf } from "../samples.ts";

const letters = fc.constantFrom("a", "b", "eth", "0", "1", "other", "x");
const name = fc.array(letters, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("").slice(0, 14));
const said = fc.array(
  fc.tuple(name, fc.boolean()).map(([text, isPattern]) => (isPattern ? `${text}+` : text)),
  { minLength: 1, maxLength: 6 },
);

test("any name is told from others as its class is", () => {
  fc.assert(
    fc.property(said, name, (names, any) => {
      const rules = names.map((text) => `-A INPUT -i ${text} -j ACCEPT`);
      const classes = interfaceClasses(rulesetOf(filterOf(rules)).tables);
      const shown = classes.names[classes.classOf(any)];
      expect(shown, `${any} among ${names}`).toBeDefined();
      for (const text of names) expect(fitsName(text, shown!)).toBe(fitsName(text, any));
      expect(classes.classOf("")).toBe(0);
    }),
  );
});

test("+ alone leaves no name but any and the loopback device's", () => {
  const classes = interfaceClasses(rulesetOf(filterOf(["-A INPUT -i + -j ACCEPT"])).tables);
  expect(classes.names).toEqual(["", "other0", "lo"]);
  expect(classes.loopback).toBe(2);
});
