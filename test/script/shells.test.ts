/** What shells disagree about: read as the shell that the first line names, and refused where it names none of them. */
import { describe, expect, test } from "vitest";
import { findings, savedRules, translateText } from "./scripts.ts";

/** The values that a script gives to rules, as `x…`; the first finding where it is refused. */
function values(shebang: string, ...lines: readonly string[]): readonly string[] | string {
  const head = [shebang, "iptables -F", 'p() { iptables -A INPUT -m comment --comment "x$1" -j DROP; }'];
  const translated = translateText([...head, ...lines, ""].join("\n").replaceAll("§", "$"));
  const [error] = findings(translated);
  if (error !== undefined) return error.replace(/ .*$/su, "");
  return savedRules(translated).map((rule) => /--comment "?x(.*?)"? -j/u.exec(rule)?.[1] ?? "none");
}

describe("bash and dash", () => {
  test.each([
    ["== in [ ]", ['[ a == "a" ]; p §?'], ["0"], ["2"], "VALUE_UNKNOWN"],
    ["== in [ ] that fails in both", ["[ a == b ] || p or"], ["or"], ["or"], ["or"]],
    ["[[ ]]", ["if [[ ab == a* ]]; then p yes; else p no; fi"], ["yes"], ["no"], "CONDITION_UNKNOWN"],
    ["+=", ["a=1; a+=2; p §a"], ["12"], ["1"], "VALUE_UNKNOWN"],
    ["a list in braces", ["for i in {a,b}; do p §i; done"], ["a", "b"], ["{a,b}"], "VALUE_UNKNOWN"],
    ["numbers in braces", ["p {1..2}"], ["1"], ["{1..2}"], "VALUE_UNKNOWN"],
    ["$' '", ["p §'it\\'s'"], ["it's"], "SYNTAX", "VALUE_UNKNOWN"],
    ["<<<", ["read a <<< 'b c'; p \"§a\""], ["b c"], "SYNTAX", "SHELL_UNKNOWN"],
    ["function", ["function f { p f; }", "f"], ["f"], "SYNTAX", "SHELL_UNKNOWN"],
    [
      "an array",
      ['a=(x \'y z\'); for i in "§{a[@]}" §{#a[@]} §a; do p "§i"; done'],
      ["x", "y z", "2", "x"],
      "SYNTAX",
      "SHELL_UNKNOWN",
    ],
    ["an array that grows", ["a=(x); a+=(y); p §{a[1]}"], ["y"], "SYNTAX", "SHELL_UNKNOWN"],
    ["a member alone", ["a=(x); a[0]=y; p §a"], "VALUE_UNKNOWN", "SYNTAX", "VALUE_UNKNOWN"],
    ["&>", ["p a &>/dev/null"], ["a"], "CONDITION_UNKNOWN", "CONDITION_UNKNOWN"],
    ["source", ["source /etc/init.d/functions && p yes"], ["yes"], [], "CONDITION_UNKNOWN"],
    ["a substitution of bash", [": §{b/a/b}; p a"], ["a"], "MAY_END", "MAY_END"],
    ["return outside of functions", ["return 0; p a"], ["a"], [], "MAY_END"],
    ["shift beyond the end", ["set -- a; shift 2; p a"], ["a"], "MAY_END", "MAY_END"],
    [
      "set -e in a substitution",
      ["set -e; a=§(false; echo b); p §a"],
      ["b"],
      "ENDS_IN_ERROR",
      "VALUE_UNKNOWN",
    ],
    ["A=$@", ['set -- a b; IFS=-; c=§@; p "§c"'], ["a b"], "VALUE_UNKNOWN", "VALUE_UNKNOWN"],
    ["echo -e", ["p §(echo -e b)"], ["b"], "VALUE_UNKNOWN", "VALUE_UNKNOWN"],
    ["echo -E", ["p §(echo -E b)"], "VALUE_UNKNOWN", "VALUE_UNKNOWN", "VALUE_UNKNOWN"],
    ["echo -n", ["p §(echo -n b)"], ["b"], ["b"], ["b"]],
    ["time", ["time p a"], ["a"], "CONDITION_UNKNOWN", "CONDITION_UNKNOWN"],
  ] as const)("%s", (_name, lines, bash, dash, sh) => {
    expect(values("#!/bin/bash", ...lines)).toEqual(bash);
    expect(values("#!/bin/dash", ...lines)).toEqual(dash);
    expect(values("#!/bin/sh", ...lines)).toEqual(sh);
    expect(values("#!/bin/busybox sh", ...lines)).toEqual(sh);
  });

  test.each(["#!/bin/zsh", "#!/usr/bin/ksh", "#!/usr/bin/env fish"])("%s is not read", (shebang) => {
    expect(values(shebang, "p a")).toBe("SHELL_UNREAD");
  });
});

describe("set -e ends the script", () => {
  test.each([
    ["after the last of an && list", "true && false", "ENDS_IN_ERROR"],
    ["not before the last", "false && true", ["a"]],
    ["after a subshell", "(exit 3)", "ENDS_IN_ERROR"],
    ["after a pipe", "true | false", "ENDS_IN_ERROR"],
    ["not for the first of a pipe", "false | true", ["a"]],
    ["for the first of a pipe with pipefail", "set -o pipefail; false | true", "ENDS_IN_ERROR"],
    ["not after !", "! true", ["a"]],
    ["not in a condition", "if { false; true; }; then :; fi", ["a"]],
    ["in a function", "f() { false; }; f", "ENDS_IN_ERROR"],
    ["not in a function that is tested", "f() { false; p b; }; f || true", ["b", "a"]],
    ["after a failed substitution", "b=§(exit 1)", "ENDS_IN_ERROR"],
    ["not after one in a declaration", "export b=§(exit 1)", ["a"]],
    ["maybe, after a command that may fail", "modprobe x", "MAY_END"],
    ["not once it is off", "set +e; false", ["a"]],
    ["where a condition set it", "set +e; modprobe x && set -e; false", "ENDS_IN_ERROR"],
  ] as const)("%s", (_name, line, expected) => {
    expect(values("#!/bin/bash", "set -e", line, "p a")).toEqual(expected);
    expect(values("#!/bin/bash -e", line, "p a")).toEqual(expected);
  });
});

describe("set -u ends the script", () => {
  test.each([
    ["where a variable is not set", "echo §NONE", "MAY_END"],
    ["where it was unset", "unset b; echo §b", "MAY_END"],
    ["where an argument is missing", "set -- x; echo §2", "MAY_END"],
    ["not where there is another value", "b=; echo §b §{1:-} §@ §#", ["a"]],
  ] as const)("%s", (_name, line, expected) => {
    expect(values("#!/bin/sh -u", "set --", line, "p a")).toEqual(expected);
    expect(values("#!/bin/sh", "set -u --", line, "p a")).toEqual(expected);
  });
});

describe("an end that may come", () => {
  const all = (lines: readonly string[]) => translateText(["#!/bin/sh", ...lines, ""].join("\n"));
  const rules = ["iptables -F", "iptables -A INPUT -j DROP"];

  test("before the first rule, with an error: taken for not reached, and said", () => {
    for (const guard of ["[ -x /usr/bin/tool ] || exit 1", "set -e; modprobe x", "set -u; echo $HOME"]) {
      const translated = all([guard, ...rules]);
      expect(findings(translated)).toEqual([]);
      expect(translated.diagnostics.map(({ code }) => code)).toContain("SCRIPT_EXIT_ASSUMED");
    }
  });

  test("without an error, or with rules half loaded: refused", () => {
    expect(findings(all(["[ -x /tool ] || exit 0", ...rules]))).toEqual(["MAY_END 2:exit 0"]);
    expect(findings(all([rules[0]!, "[ -x /tool ] || exit 1", rules[1]!]))).toEqual(["MAY_END 3:exit 1"]);
  });

  test("behind the last rule it decides about none", () => {
    expect(findings(all([...rules, "[ -x /tool ] || exit 1", "modprobe x || exit 0"]))).toEqual([]);
  });

  test.each([
    ["a return in a loop", "f() { for i in 1; do x1 && return; done; iptables -A INPUT -j DROP; }; f"],
    ["a return in a condition", "f() { if x1; then x2 && return; fi; iptables -A INPUT -j DROP; }; f"],
    ["a break in a condition", "for i in 1; do if x1; then x2 && break; fi; iptables -A INPUT -j DROP; done"],
    ["an exit in a loop of a subshell", "( for i in 1; do x1 || exit 1; done; iptables -A INPUT -j DROP )"],
    ["an exit in a function of a subshell", "f() { x1 || exit 1; }; ( f; iptables -A INPUT -j DROP )"],
    ["a variable that ends", `: \${a:?}; iptables -A INPUT -j DROP`],
    ["a read-only variable", "readonly a=1; a=2; iptables -A INPUT -j DROP"],
    [
      "a break that leads out of a function",
      "f() { break; }; for i in 1; do f; iptables -A INPUT -j DROP; done",
    ],
  ])("%s", (_name, line) => {
    expect(findings(all(["iptables -F", "a=", line])).join()).toMatch(/MAY_END|CONDITION_UNKNOWN/u);
  });

  test("all of them are said in one run", () => {
    const translated = all(["iptables -F", "x1 || exit 0", "x2 || exit 1", rules[1]!]);
    expect(findings(translated)).toEqual(["MAY_END 3:exit 0", "MAY_END 4:exit 1"]);
  });
});
