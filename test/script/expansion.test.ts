/** What `${…}`, `$((…))` and patterns come to, as dash and bash have it; what they read differently, or what isn't read, is unknown. */
import { describe, expect, test } from "vitest";
import { findings, savedRules, translateText } from "./scripts.ts";

/** What the last word of the script's `R` comes to: as the interface of a rule, or the code of what is reported. */
function comesTo(...lines: readonly string[]): string {
  const text = ["iptables -F", ...lines, 'iptables -A INPUT -i "x$R" -j DROP', ""].join("\n");
  const translated = translateText(text);
  const [error] = findings(translated);
  if (error !== undefined) return error.replace(/ .*$/su, "");
  return /^INPUT -i x(.*) -j DROP$/u.exec(savedRules(translated).join(" "))?.[1] ?? "no rule";
}

describe("patterns", () => {
  test.each([
    ["eth0:1", "%[:.]*", "eth0"],
    ["eth0.100", "%%[!a-z]*", "eth"],
    ["eth0", "#[a-e]", "th0"],
    ["eth0", "##*[a-z]", "0"],
    ["a-b-c", "%-*", "a-b"],
    ["eth0", "%[[:digit:]]", "eth"],
    ["eth0", "%%[![:alpha:]]*", "eth"],
    ["a]", "%[]-]", "a"],
    ["a]", "%[!]]", "a]"],
    ["a-", "%[a-]", "a"],
    ["ab", "%[", "ab"],
    ["a*b", "%'*'b", "a"],
    ["a-", "%[a'-'z]", "a"],
    ["ab", "%[a'-'z]", "ab"],
    // Not read alike by all shells, or not read at all.
    ["ab", "%[^a]", "VALUE_UNKNOWN"],
    ["ab", "%[[=b=]]", "VALUE_UNKNOWN"],
    ["ab", "%[z-a]", "VALUE_UNKNOWN"],
  ])("%s%s", (value, operator, expected) => {
    expect(comesTo(`A='${value}'`, `R=\${A${operator}}`)).toBe(expected);
    expect(comesTo(`A='${value}'`, `R=\${A${operator.replace(/'(.)'/u, '"$1"')}}`)).toBe(expected);
  });

  test.each([
    ["5x", "[[:digit:]]*", "yes"],
    ["x", "[[:digit:]]*", "no"],
    ["]", "[]-]", "yes"],
    ["-", "[]-]", "yes"],
    ["x", "[!]a]", "yes"],
    ["a", "[!]a]", "no"],
    ["]", "[!]a]", "no"],
    ["b", '["b"c]', "yes"],
    ["[", "[", "yes"],
  ])("case %s in %s", (value, pattern, expected) => {
    expect(comesTo("R=no", `case '${value}' in ${pattern}) R=yes;; esac`)).toBe(expected);
  });

  test("a backslash from a variable", () => {
    expect(comesTo("R=no; P='\\*'", "case a in $P) R=yes;; esac")).toBe("VALUE_UNKNOWN");
  });
});

describe("arithmetic", () => {
  test.each([
    ["n + 1", "4"],
    ["n - -1", "4"],
    ["- n", "-3"],
    ["++n", "VALUE_UNKNOWN"],
    ["--n", "VALUE_UNKNOWN"],
    ["n++", "VALUE_UNKNOWN"],
    ["1--1", "VALUE_UNKNOWN"],
    ["n=1", "VALUE_UNKNOWN"],
    ["n == 3", "1"],
    ["999999999999999 * 999999999999999", "VALUE_UNKNOWN"],
  ])("%s", (expression, expected) => {
    expect(comesTo("n=3", `R=$((${expression}))`)).toBe(expected);
  });

  test.each(["++n", "n--", "n=1", "n += 1", "n<<=1", "$n + (n = 2)"])(
    "%s changes the variable",
    (expression) => {
      expect(comesTo("n=3", `echo $((${expression}))`, "R=$n")).toBe("VALUE_UNKNOWN");
    },
  );

  test.each(["n == 3", "n <= 3", "n != 3", "n >= 3"])("%s changes nothing", (expression) => {
    expect(comesTo("n=3", `echo $((${expression}))`, "R=$n")).toBe("3");
  });
});
