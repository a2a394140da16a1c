/** Scripts whose rules a careless reader would get wrong: each comes out as a shell would have it, or is refused. */
import { describe, expect, test } from "vitest";
import { findings, savedRules, translateText } from "./scripts.ts";

const DROP = "iptables -A INPUT -s 10.0.0.1 -j DROP";

/** `bash` where the first line says so. */
function script(lines: readonly string[], shell = "#!/bin/sh"): string {
  return [shell, "iptables -F", ...lines, ""].join("\n");
}

describe("is refused", () => {
  test.each([
    ["a program that runs its arguments", [`action "SSH:" ${DROP}`]],
    ["one that is started in the background", [`start-stop-daemon --start --exec /opt/fw`, DROP]],
    ["a program of the user's own with a usual name", ["/root/fw/test", DROP]],
    ["a trap with a variable", ["IPT=iptables", "trap '$IPT -P INPUT DROP' EXIT", DROP]],
    ["a trap whose function comes later", ["trap lock EXIT", "lock() { iptables -P INPUT DROP; }", DROP]],
    ["an exit in a subshell", [`( [ -d /x ] || exit 1; ${DROP} )`]],
    ["an exit in a pipe", [`echo 10.0.0.1 | while read ip; do [ -e /x ] || exit 1; ${DROP}; done`]],
    [
      "an exit in a substitution",
      ["IP=$([ -e /x ] || exit 1; echo 1.1.1.1)", "iptables -A INPUT -s $IP -j DROP"],
    ],
    [
      "a chain that is made later",
      ["iptables -A INPUT -j FOO", "iptables -N FOO", "iptables -A FOO -j ACCEPT"],
    ],
    [
      "a match that may be missing, with another way",
      [`iptables -A INPUT -m geoip --src-cc CN -j DROP || ${DROP}`],
    ],
    ["a file behind exec", ["exec 3>/tmp/f", "iptables-restore < /tmp/f", DROP]],
    ["standard output behind exec", ["exec >/tmp/f", "echo x", "iptables-restore < /tmp/f", DROP]],
    [
      "a file by another name",
      [
        "echo 10.0.0.1 > a",
        "sed -i s/1/2/ ./a",
        "for i in $(cat a); do iptables -A INPUT -s $i -j DROP; done",
      ],
    ],
    ["set -n", ["set -n", DROP]],
    ["a pipe that may fail", ["set -o pipefail", `grep x /etc/hosts | cat >/dev/null && ${DROP}`]],
    ["a home folder", ["R=~", `[ "$R" = "~" ] && ${DROP}`]],
    ["patterns that go on", [`case ab in a*) ${DROP};;& *b) ${DROP};; esac`]],
    ["shopt", ["shopt -s lastpipe", DROP]],
    ["a number of declare", ["declare -i n=5", "n+=1", "iptables -A INPUT -p tcp --dport $n -j DROP"]],
    ["what printf leaves", ["printf -v R '%s' 10.0.0.2", "iptables -A INPUT -s $R -j DROP"]],
    [
      "errors among the output",
      [
        "f() { echo 1 >&2; }",
        "for i in $({ f; echo 2; } 2>&1); do iptables -A INPUT -p tcp --dport $i -j DROP; done",
      ],
    ],
  ])("%s", (_name, lines) => {
    const translated = translateText(script(lines));
    expect(
      findings(translated).filter((line) => /UNKNOWN|UNSEEN|UNREADABLE|FAILS|MAY_END|SYNTAX/.test(line)),
    ).not.toEqual([]);
    expect(translated.sources).toEqual([]);
  });
});

describe("comes out right", () => {
  test.each([
    [
      "a quoted export",
      ["N=10.0.0.0/8", 'export "N=192.168.0.0/16"', "iptables -A INPUT -s $N -j DROP"],
      ["192.168.0.0/16"],
    ],
    [
      "arguments behind options of set",
      [
        "set -- 10.9.9.9",
        "set -e -- 10.0.0.1 10.0.0.2",
        'for h in "$@"; do iptables -A INPUT -s $h -j DROP; done',
      ],
      ["10.0.0.1", "10.0.0.2"],
    ],
    [
      "a function that is unset",
      ['iptables() { command iptables -w "$@"; }', "unset -f iptables", DROP],
      ["10.0.0.1"],
    ],
    ["a harmless trap", ["trap 'rm -f \"$T\"; exit 1' INT TERM", "trap - EXIT", DROP], ["10.0.0.1"]],
  ])("%s", (_name, lines, sources) => {
    expect(savedRules(translateText(script(lines)))).toEqual(
      sources.map((source) => `INPUT -s ${source} -j DROP`),
    );
  });
});
