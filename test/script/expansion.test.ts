/** What `${…}`, `$((…))` and patterns come to, as dash and bash have it; what they read differently, or what isn't read, is unknown. */
import { describe, expect, test } from "vitest";
import { findings, savedRules, translateText } from "./scripts.ts";

/** What `R` comes to, or the code of what is reported. `§` stands for a `$` that would look like a mistake in this language. */
function comesTo(...lines: readonly string[]): string {
  return comesToIn("", ...lines);
}

function comesToIn(shebang: string, ...lines: readonly string[]): string {
  const text = [shebang, "iptables -F", ...lines, 'iptables -A INPUT -i "x$R" -j DROP', ""]
    .join("\n")
    .replaceAll("§", "$");
  const translated = translateText(text);
  const [error] = findings(translated);
  if (error !== undefined) return error.replace(/ .*$/su, "");
  return /^INPUT -i "?x(.*?)"? -j DROP$/u.exec(savedRules(translated).join(" "))?.[1] ?? "no rule";
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
    ["ab", "%'b'", "a"],
    ["ab", "%[a'-'z]", "ab"],
    // Not read alike by all shells, or not read at all.
    ["ab", "%[^a]", "VALUE_UNKNOWN"],
    ["ab", "%[[=b=]]", "VALUE_UNKNOWN"],
    ["ab", "%[z-a]", "VALUE_UNKNOWN"],
  ])("%s%s", (value, operator, expected) => {
    expect(comesTo(`A='${value}'`, `R=\${A${operator}}`)).toBe(expected);
    expect(comesTo(`A='${value}'`, `R="\${A${operator}}"`)).toBe(expected);
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

describe("arguments", () => {
  test.each([
    ["§{10}", "j"],
    ["§{11}", "k"],
    ["$10", "a0"],
    ["§{10%j}", ""],
    ["§{12:-none}", "none"],
    ["§{12-none}", "none"],
    ["§{10+some}", "some"],
    ["§{12+some}", ""],
    ["§{#10}", "1"],
    ["§{#}", "11"],
    ["$#", "11"],
    ["§{12:=none}", "VALUE_UNKNOWN"],
    ["§{@:-none}", "VALUE_UNKNOWN"],
    ["§{*:-none}", "VALUE_UNKNOWN"],
    ["§{@#a}", "VALUE_UNKNOWN"],
    ["§{*%k}", "VALUE_UNKNOWN"],
    ["§{#@}", "VALUE_UNKNOWN"],
    ["§{#*}", "VALUE_UNKNOWN"],
    ["§{@:2}", "VALUE_UNKNOWN"],
  ])("%s", (word, expected) => {
    expect(comesTo("set -- a b c d e f g h i j k", `R=${word}`)).toBe(expected);
    expect(comesTo("set -- a b c d e f g h i j k", `R="${word}"`)).toBe(expected);
  });

  test("no arguments, as the words of a loop", () => {
    const loop = 'for i in "§{@:-1}"; do iptables -A INPUT -s 10.0.0.$i -j DROP; done';
    expect(comesTo("set --", loop, "R=1")).toBe("VALUE_UNKNOWN");
  });

  test.each([
    ["IFS=.", 'R="$*"', "a.b"],
    ["IFS=.", "R=$*", "a.b"],
    ["IFS=", 'R="$*"', "ab"],
    ["unset IFS", 'R="$*"', "a b"],
    ["[ -e /x ] && IFS=.", 'R="$*"', "VALUE_UNKNOWN"],
    ["[ -e /x ] && IFS=.", 'for i in $*; do R="$R$i."; done', "VALUE_UNKNOWN"],
    ["IFS=,", 'for i in $*; do R="$R$i."; done', "a.b."],
    ["IFS=,", 'f() { R="$2"; }; f $*', "b"],
  ])("%s; %s", (ifs, line, expected) => {
    expect(comesTo("R=; set -- a b", ifs, line, "IFS=' '")).toBe(expected);
  });

  test("arguments that aren't known are any number of words", () => {
    expect(comesTo('f() { R=$#; }; f "§{@:-1}"')).toBe("VALUE_UNKNOWN");
    expect(comesTo('f() { R=$2; }; f "$@"')).toBe("VALUE_UNKNOWN");
  });
});

describe("a variable that is unset", () => {
  test.each([
    ["unset X", "$X", ""],
    ["unset X", "§{X-other}", "other"],
    ["unset X", "§{X:-other}", "other"],
    ["unset X", "§{X+other}", ""],
    ["unset X", "§{X:+other}", ""],
    ["unset X", "§{X=other}$X", "otherother"],
    ["unset X", "§{X?none}", "VALUE_UNKNOWN"],
    ["X=", "§{X-other}", ""],
    ["X=", "§{X:-other}", "other"],
    ["X=", "§{X+other}", "other"],
    ["X=", "§{X:+other}", ""],
    ["X=", "§{X?none}", ""],
    ["X=", "§{X:?none}", "VALUE_UNKNOWN"],
  ])("%s; %s", (before, word, expected) => {
    expect(comesTo("X=one", before, `R=${word}`)).toBe(expected);
  });

  test.each(["abc", "äbc"])("the length of %s", (value) => {
    expect(comesTo(`X=${value}`, "R=§{#X}")).toBe(value === "abc" ? "3" : "VALUE_UNKNOWN");
  });
});

describe("local", () => {
  test.each([
    ["local X; R=$X", "VALUE_UNKNOWN"],
    ["local X; R=§{X:-none}", "VALUE_UNKNOWN"],
    ["local X; X=in; R=$X", "in"],
    ["local X=in; R=$X", "in"],
    ["local X=$X; R=$X", "out"],
    ["local X=in; local X; R=$X", "in"],
    ["local 'X=in'; R=$X", "in"],
    ["local Y; R=§{Y:-none}", "VALUE_UNKNOWN"],
  ])("%s", (body, expected) => {
    expect(comesTo("X=out", `f() { ${body}; }`, "f")).toBe(expected);
    expect(comesTo("X=out", `f() { ${body}; }`, "f", "R=$X")).toBe("out");
  });

  test.each([
    ["#!/bin/bash", "local X; R=§{X:-none}", "none"],
    ["#!/bin/bash", "declare X; R=§{X:-none}", "none"],
    ["#!/bin/bash", "local Y; R=§{Y:-none}", "none"],
    ["#!/bin/dash", "local X; R=§{X:-none}", "out"],
    ["#!/bin/dash", "local Y; R=§{Y:-none}", "VALUE_UNKNOWN"],
    ["#!/bin/sh", "declare X=1; R=$X", "VALUE_UNKNOWN"],
  ])("%s: %s", (shebang, body, expected) => {
    expect(comesToIn(shebang, "X=out", `f() { ${body}; }`, "f")).toBe(expected);
  });

  test("declare -g is about the variable outside", () => {
    expect(comesToIn("#!/bin/bash", "X=out", "f() { declare -g X=in; }", "f", "R=$X")).toBe("in");
  });
});

describe("what is nested too deep is an error", () => {
  const rule = "iptables -A INPUT -j DROP";
  const depth = 5000;

  test.each([
    ["eval", `X='eval "$X"'; eval "$X"`],
    ["a file that reads itself", ". ./self"],
    ["if", `${"if true; then\n".repeat(depth)}${rule}\n${"fi\n".repeat(depth)}`],
    ["$( )", `A=${"$(echo ".repeat(depth)}${")".repeat(depth)}`],
    ["$(( ))", `A=$((${"(".repeat(depth)}1${")".repeat(depth)}))`],
    ["!", `[ ${"! ".repeat(depth * 20)} a ] && ${rule}`],
  ])("%s", (_name, text) => {
    const translated = translateText(`iptables -F\n${rule}\n${text}\n`, {}, { self: ". ./self\n" });
    expect(translated.diagnostics.map(({ code }) => code)).toContain("SCRIPT_TOO_LONG");
  });
});
