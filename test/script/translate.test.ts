/** Small scripts: what they come to, and each kind of thing that can't be known without running them. */
import { describe, expect, test } from "vitest";
import { isScript } from "../../src/script/translate.ts";
import { locate, makeSourceFile, originalSpan } from "../../src/text/source.ts";
import { NO_INPUT_OPTIONS, readInput } from "../../src/import/input.ts";
import { findings, importTranslated, savedRules, savedText, translateText } from "./scripts.ts";

/** Lines of a script after the command that empties the table. */
function script(...lines: readonly string[]): string {
  return ["iptables -F", ...lines, ""].join("\n");
}

describe("what a script comes to", () => {
  const cases: readonly (readonly [name: string, lines: readonly string[], rules: readonly string[]])[] = [
    [
      "a variable",
      ["I=iptables", "N='10.0.0.0/8'", "$I -A INPUT -s $N -j DROP"],
      ["INPUT -s 10.0.0.0/8 -j DROP"],
    ],
    [
      "options in a variable",
      ["O='-p tcp --dport 22'", "iptables -A INPUT $O -j DROP"],
      ["INPUT -p tcp --dport 22 -j DROP"],
    ],
    ["an empty variable", ["O=", "iptables -A INPUT $O -j DROP"], ["INPUT -j DROP"]],
    [
      "quotes",
      [`iptables -A INPUT -m comment --comment "a 'b' \\"c\\"" -j DROP`],
      [`INPUT -m comment --comment "a \\'b\\' \\"c\\"" -j DROP`],
    ],
    [
      "an option with = and blanks",
      ["iptables -A INPUT -j LOG --log-prefix='a b '"],
      [`INPUT -j LOG --log-prefix "a b "`],
    ],
    [
      "a loop",
      ["for p in 1 2; do iptables -A INPUT -p tcp --dport $p -j DROP; done"],
      ["INPUT -p tcp --dport 1 -j DROP", "INPUT -p tcp --dport 2 -j DROP"],
    ],
    [
      "a function with arguments",
      ['f() { iptables -A "$1" -s $2 -j DROP; }', "f INPUT 10.0.0.1"],
      ["INPUT -s 10.0.0.1 -j DROP"],
    ],
    [
      "a function that nothing calls",
      ["f() { iptables -A INPUT -j DROP; }", "iptables -A INPUT -j ACCEPT"],
      ["INPUT -j ACCEPT"],
    ],
    [
      "a condition that is known",
      ["A=1", "if [ $A = 1 ]; then iptables -A INPUT -j DROP; else iptables -A INPUT -j ACCEPT; fi"],
      ["INPUT -j DROP"],
    ],
    [
      "&& and ||",
      ["[ a = b ] && iptables -A INPUT -j DROP", "[ a = b ] || iptables -A INPUT -j ACCEPT"],
      ["INPUT -j ACCEPT"],
    ],
    [
      "case",
      [
        "M=web",
        "case $M in mail|dns) iptables -A INPUT -j DROP;; w*) iptables -A INPUT -j ACCEPT;; *) exit 1;; esac",
      ],
      ["INPUT -j ACCEPT"],
    ],
    [
      "arithmetic",
      ["n=3", "iptables -A INPUT -p tcp --dport $((n * 10 + 1)) -j DROP"],
      ["INPUT -p tcp --dport 31 -j DROP"],
    ],
    [
      "a conditional loop",
      ["n=1", "while [ $n -lt 3 ]; do iptables -A INPUT -s 10.0.0.$n -j DROP; n=$((n+1)); done"],
      ["INPUT -s 10.0.0.1 -j DROP", "INPUT -s 10.0.0.2 -j DROP"],
    ],
    [
      "what is behind exit",
      ["iptables -A INPUT -j DROP", "exit 0", "iptables -A INPUT -j ACCEPT"],
      ["INPUT -j DROP"],
    ],
    [
      "return",
      ["f() { return 0; iptables -A INPUT -j DROP; }", "f && iptables -A INPUT -j ACCEPT"],
      ["INPUT -j ACCEPT"],
    ],
    [
      "break and continue",
      [
        "for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; iptables -A INPUT -s 10.0.0.$i -j DROP; done",
      ],
      ["INPUT -s 10.0.0.1 -j DROP", "INPUT -s 10.0.0.3 -j DROP"],
    ],
    [
      "addresses in a list",
      ["iptables -I INPUT -s 10.0.0.1,10.0.0.2 -j DROP"],
      ["INPUT -s 10.0.0.2 -j DROP", "INPUT -s 10.0.0.1 -j DROP"],
    ],
    [
      "-t at the end",
      ["iptables -A POSTROUTING -o eth0 -j MASQUERADE -t nat"],
      ["nat POSTROUTING -o eth0 -j MASQUERADE"],
    ],
    [
      "output of known commands",
      [
        "L=$(echo 10.0.0.1; echo 10.0.0.2)",
        "for i in $L $(seq 3 4); do iptables -A INPUT -s $i -j DROP; done",
      ],
      ["INPUT -s 10.0.0.1 -j DROP", "INPUT -s 10.0.0.2 -j DROP", "INPUT -s 3 -j DROP", "INPUT -s 4 -j DROP"],
    ],
    [
      "eval of a known text",
      ["v=N", 'eval "$v=10.0.0.1"', "iptables -A INPUT -s $N -j DROP"],
      ["INPUT -s 10.0.0.1 -j DROP"],
    ],
    [
      "IFS",
      [
        "OLD=$IFS; IFS=,",
        "set 10.0.0.1,10.0.0.2",
        "for i in $1; do IFS=' '; iptables -A INPUT -s $i -j DROP; done",
      ],
      ["INPUT -s 10.0.0.1 -j DROP", "INPUT -s 10.0.0.2 -j DROP"],
    ],
    [
      "a subshell keeps its variables",
      ["A=1", "(A=2)", "iptables -A INPUT -s 10.0.0.$A -j DROP"],
      ["INPUT -s 10.0.0.1 -j DROP"],
    ],
    [
      "a file that the script writes",
      [
        "echo 10.0.0.7 > /tmp/list",
        "echo 10.0.0.8 >> /tmp/list",
        "while read h; do iptables -A INPUT -s $h -j DROP; done < /tmp/list",
      ],
      ["INPUT -s 10.0.0.7 -j DROP", "INPUT -s 10.0.0.8 -j DROP"],
    ],
    [
      "sudo and exec",
      ["sudo iptables -A INPUT -j DROP", "exec iptables -A INPUT -j ACCEPT"],
      ["INPUT -j DROP", "INPUT -j ACCEPT"],
    ],
    [
      "a chain that is there after all",
      ["iptables -N a 2>/dev/null || true", "iptables -N a 2>/dev/null", "iptables -A a -j DROP"],
      ["a -j DROP"],
    ],
    [
      "a command that was looked for",
      ["IPT=$(which iptables)", "[ -x $IPT ] || exit 0", "$IPT -A INPUT -j DROP"],
      ["INPUT -j DROP"],
    ],
    [
      "options joined with their values",
      [
        "iptables -Nweb",
        "iptables -w5 -tfilter -AINPUT -vp tcp -s 10.0.0.1 -j DROP",
        "iptables -w 5 --append=INPUT -s 10.0.0.2 -gweb",
        "iptables --wait=5 --table=filter -vA INPUT -ieth0 -mstate --state NEW -j DROP",
        "iptables -IINPUT 1 -j ACCEPT",
        "iptables -nvL >/dev/null; iptables -nL INPUT >/dev/null",
        "iptables -A INPUT -m comment --comment -jACCEPT -j DROP",
      ],
      [
        "INPUT -j ACCEPT",
        "INPUT -p tcp -s 10.0.0.1 -j DROP",
        "INPUT -s 10.0.0.2 -g web",
        "INPUT -i eth0 -m state --state NEW -j DROP",
        "INPUT -m comment --comment -jACCEPT -j DROP",
      ],
    ],
    ["a folder that is there", ["cd / && iptables -A INPUT -j DROP"], ["INPUT -j DROP"]],
    [
      "a rule for both families",
      ["for t in iptables ip6tables; do $t -A INPUT -p tcp -j DROP; done"],
      ["INPUT -p tcp -j DROP"],
    ],
    [
      "unknown conditions that decide about no rule",
      ["if [ -d /proc/vz ]; then modprobe x; L=1; else L=1; fi", "iptables -A INPUT -s 10.0.0.$L -j DROP"],
      ["INPUT -s 10.0.0.1 -j DROP"],
    ],
  ];

  test.each(cases)("%s", (_name, lines, rules) => {
    const translated = translateText(script(...lines));
    expect(findings(translated)).toEqual([]);
    expect(savedRules(translated)).toEqual(rules);
  });

  test("both families, tables and policies, with all base chains", () => {
    const translated = translateText(
      "iptables -P FORWARD DROP\niptables -t raw -A OUTPUT -j NOTRACK\nip6tables -N six\nip6tables -A six -s 2001:db8::/32 -j DROP\n",
    );
    expect(savedText(translated)).toBe(
      "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j NOTRACK\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n",
    );
    expect(importTranslated(translated, "v6").tables.map(({ name }) => name)).toEqual(["filter"]);
    expect(findings(translated, ["warning"])).toEqual([
      "START_ASSUMED 2:iptables -t raw -A OUTPUT -j NOTRACK",
    ]);
  });

  test("comments go with their rules, marks of fwbuilder with what stands below them", () => {
    const plain = script(
      "# the web",
      "# server",
      "iptables -A INPUT -p tcp --dport 80 -j ACCEPT",
      "iptables -A INPUT -j DROP",
    );
    expect(savedRules(translateText(plain))).toEqual(["INPUT -p tcp --dport 80 -j ACCEPT", "INPUT -j DROP"]);
    expect(savedText(translateText(plain))).toContain("# the web\n# server\n-A INPUT -p tcp --dport 80");
    const marked = script(
      "    # ",
      "    # Rule  0 (eth0)",
      "    # ",
      '    echo "Rule 0 (eth0)"',
      "    # ",
      "    # why",
      "    iptables -N a",
      "    iptables -A INPUT -j a",
      "    iptables -A a -j DROP",
    );
    expect(savedText(translateText(marked))).toContain(
      "# Rule 0 (eth0)\n# why\n-A INPUT -j a\n# Rule 0 (eth0)\n# why\n-A a -j DROP",
    );
  });
});

describe("what the user gives", () => {
  test("--define for variables and addresses of interfaces, --table-dir for files", () => {
    const dynamic = script(
      `getaddr() { L=$(ip addr show dev $1); test -z "$L" && { eval "$2=''"; return; }; eval "\${2}_list=\\"$L\\""; }`,
      "getaddr eth0 i_eth0",
      "for i_eth0 in $i_eth0_list",
      "do",
      'test -n "$i_eth0" && iptables -A INPUT -s $i_eth0 -j DROP ',
      "done",
    );
    expect(translateText(dynamic).diagnostics.map(({ args }) => args.option)).toContain(
      "--define i_eth0=VALUE",
    );
    expect(findings(translateText(dynamic))).toEqual(["VALUE_UNKNOWN 6:$i_eth0"]);
    const given = translateText(dynamic, { i_eth0: "192.0.2.1,192.0.2.2" });
    expect(savedRules(given)).toEqual(["INPUT -s 192.0.2.1 -j DROP", "INPUT -s 192.0.2.2 -j DROP"]);

    const table = script(
      'check_file() { test -r "$2" || { echo "no $2"; exit 1; }; }',
      'check_file "bad" "/etc/fw/bad.tbl"',
      "grep -Ev '^#|^;|^\\s*$' /etc/fw/bad.tbl | while read L ; do",
      "  set $L; at_bad=$1; iptables -A FORWARD  -s $at_bad  -j DROP",
      "done",
    );
    expect(findings(translateText(table))).toEqual(["VALUE_UNKNOWN 5:$at_bad"]);
    expect(translateText(table).diagnostics.map(({ args }) => args.option)).toContain(
      "--define at_bad=VALUE",
    );
    const filled = translateText(
      table,
      {},
      { "bad.tbl": "# bad ones\n198.51.100.1 one\n\n; two\n198.51.100.0/28\n" },
    );
    expect(findings(filled)).toEqual([]);
    expect(savedRules(filled)).toEqual([
      "FORWARD -s 198.51.100.1 -j DROP",
      "FORWARD -s 198.51.100.0/28 -j DROP",
    ]);
  });

  test("wildcard interfaces", () => {
    const wild = script(
      'getinterfaces() { ip link show | grep ": $1" | while read L; do set $L; echo $2; done; }',
      "getinterfaces ppp | while read I; do",
      '  test -n "$I" && iptables -A INPUT -i $I -j DROP',
      "done",
    );
    expect(findings(translateText(wild))).toEqual(["VALUE_UNKNOWN 4:$I"]);
    expect(savedRules(translateText(wild, { I: "ppp0 ppp1" }))).toEqual([
      "INPUT -i ppp0 -j DROP",
      "INPUT -i ppp1 -j DROP",
    ]);
  });

  test("the argument, start where the script has a case of that name", () => {
    const init = script(
      'case "$1" in',
      "start) iptables -A INPUT -j DROP;;",
      "stop) iptables -P INPUT ACCEPT;;",
      "esac",
    );
    expect(savedRules(translateText(init))).toEqual(["INPUT -j DROP"]);
    expect(savedRules(translateText(init, { 1: "stop" }))).toEqual([]);
    expect(findings(translateText(init), ["note"])).toContain("ARGUMENT_ASSUMED 3:start)");
  });

  test("the environment may have another value than the default", () => {
    const text = script(`LAN="\${LAN:-10.0.0.0/8}"`, "iptables -A INPUT -s $LAN -j DROP");
    const { diagnostics } = translateText(text);
    expect(diagnostics.map(({ code, args }) => [code, args.option])).toContainEqual([
      "SCRIPT_VALUE_UNKNOWN",
      "--define LAN=10.0.0.0/8",
    ]);
    for (const net of ["10.0.0.0/8", "192.168.0.0/16"])
      expect(savedRules(translateText(text, { LAN: net }))).toEqual([`INPUT -s ${net} -j DROP`]);
    expect(savedRules(translateText(script("unset LAN", text)))).toEqual(["INPUT -s 10.0.0.0/8 -j DROP"]);
    expect(savedRules(translateText(text, { LAN: "" }))).toEqual(["INPUT -s 10.0.0.0/8 -j DROP"]);
  });

  test("one value for two that may differ is refused, for the same command twice it is not", () => {
    const rule = "iptables -A INPUT -s $A -j DROP";
    const twice = (one: string, other: string) =>
      translateText(script(one, rule, other, rule), { A: "10.0.0.1" });
    expect(findings(twice("A=$(host1)", "A=$(host2)"))).toEqual(["DEFINE_AMBIGUOUS 4:host2"]);
    expect(findings(twice("A=$(host1)", "A=$(host1)"))).toEqual([]);
    const loops = ["for A in $(h1); do", rule, "done", "for A in $(h2); do", rule, "done"];
    expect(findings(translateText(script(...loops), { A: "10.0.0.1" }))).toEqual(["DEFINE_AMBIGUOUS 5:h2"]);
  });

  test("values joined with options that iptables does not read so are refused", () => {
    for (const rule of [
      "-jACCEPT",
      "-s10.0.0.1",
      "-d10.0.0.1",
      "-ptcp",
      "--jump=ACCEPT",
      "--source=10.0.0.1",
      "--protocol=tcp",
    ]) {
      const file = makeSourceFile("fw", script("iptables -F", `iptables -A INPUT ${rule}`));
      expect(readInput(file, NO_INPUT_OPTIONS).rulesets, rule).toEqual([]);
    }
  });

  test("a value that nothing needs is a warning", () => {
    expect(findings(translateText(script(""), { WAN: "eth0" }), ["warning"])).toEqual(["DEFINE_UNUSED 1:"]);
  });
});

describe("what can't be known is an error", () => {
  const rule = "iptables -A INPUT -j DROP";
  const cases: readonly (readonly [name: string, lines: readonly string[], errors: readonly string[]])[] = [
    ["a variable that is not set", ["iptables -A INPUT -s $LAN -j DROP"], ["VALUE_UNKNOWN 2:$LAN"]],
    ["a program that is not set", ["$IPT -A INPUT -j DROP"], ["VALUE_UNKNOWN 2:$IPT"]],
    [
      "the output of a command",
      ["A=$(hostname -I)", "iptables -A INPUT -d $A -j DROP"],
      ["VALUE_UNKNOWN 3:$A"],
    ],
    ["a condition", [`if ping -c1 gw; then ${rule}; fi`], [`CONDITION_UNKNOWN 2:${rule}`]],
    [
      "both ways of it",
      [`[ -f /etc/x ] && ${rule}`, `[ -f /etc/x ] || ${rule}`],
      [`CONDITION_UNKNOWN 2:${rule}`, `CONDITION_UNKNOWN 3:${rule}`],
    ],
    [
      "a function called under one",
      [`f() { ${rule}; }`, "grep -q x /etc/y && f"],
      [`CONDITION_UNKNOWN 2:${rule}`],
    ],
    [
      "what follows a return under one",
      [`f() { [ -f /x ] && return; ${rule}; }`, "f"],
      [`CONDITION_UNKNOWN 2:${rule}`],
    ],
    [
      "a value that depends on one",
      ["[ -f /x ] && N=1 || N=2", "iptables -A INPUT -s 10.0.0.$N -j DROP"],
      ["VALUE_UNKNOWN 3:$N"],
    ],
    ["an exit with success under one", ['[ "$ENABLED" = yes ] || exit 0', rule], ["MAY_END 2:exit 0"]],
    [
      "a loop over something unknown",
      [`for i in $(ls /etc/fw); do ${rule}; done`],
      [`CONDITION_UNKNOWN 2:${rule}`],
    ],
    ["a loop over files", [`for i in /etc/fw/*; do ${rule}; done`], [`CONDITION_UNKNOWN 2:${rule}`]],
    [
      "a file that is not at hand",
      ["while read h; do iptables -A INPUT -s $h -j DROP; done < /etc/hosts.bad"],
      ["VALUE_UNKNOWN 2:$h"],
    ],
    ["a part in another file", [". /etc/fw.conf", rule], ["VALUE_UNKNOWN 2:. /etc/fw.conf"]],
    ["another script", ["/etc/fw/extra.sh"], ["COMMAND_UNSEEN 2:/etc/fw/extra.sh"]],
    ["a shell", [`sh -c '${rule}'`], [`COMMAND_UNSEEN 2:sh -c '${rule}'`]],
    [
      "xargs",
      ["cat /etc/bad | xargs -n1 iptables -A INPUT -j DROP -s"],
      ["COMMAND_UNSEEN 2:xargs -n1 iptables -A INPUT -j DROP -s"],
    ],
    ["eval", ['eval "$CMD -j DROP"'], ['COMMAND_UNSEEN 2:eval "$CMD -j DROP"']],
    ["a trap", [`trap '${rule}' EXIT`], [`COMMAND_UNSEEN 2:trap '${rule}' EXIT`]],
    ["the background", [`${rule} &`], [`CONDITION_UNKNOWN 2:${rule}`]],
    [
      "iptables-restore of a file",
      ["iptables-restore < /etc/iptables.rules"],
      ["VALUE_UNKNOWN 2:< /etc/iptables.rules"],
    ],
    ["a service", ["service iptables restart"], ["COMMAND_UNSEEN 2:service iptables restart"]],
    ["a chain that is not there", ["iptables -A web -j DROP"], ["COMMAND_FAILS 2:web"]],
    ["a target that is not there", ["iptables -A INPUT -j web"], ["COMMAND_FAILS 2:web"]],
    ["a chain that is there", ["iptables -N web", "iptables -N web"], ["COMMAND_FAILS 3:web"]],
    [
      "a chain in use",
      ["iptables -N web", "iptables -A INPUT -j web", "iptables -X web"],
      ["COMMAND_FAILS 4:web"],
    ],
    [
      "a rule that is not there",
      ["iptables -D INPUT -j DROP"],
      ["COMMAND_FAILS 2:iptables -D INPUT -j DROP"],
    ],
    ["a number that is not there", ["iptables -D INPUT 2"], ["COMMAND_FAILS 2:2"]],
    [
      "a policy of a chain of one's own",
      ["iptables -N web", "iptables -P web DROP"],
      ["COMMAND_FAILS 3:web"],
    ],
    [
      "a failure in the middle of a function whose success is looked at",
      ["f() { iptables -A web -j DROP; iptables -P INPUT DROP; }", "f || exit 1", "true && f"],
      ["COMMAND_FAILS 2:web"],
    ],
    [
      "a rule that fails behind a known condition",
      ["true && iptables -A web -j DROP"],
      ["COMMAND_FAILS 2:web"],
    ],
    ["a rule that fails in silence", ["iptables -A web -j DROP 2>/dev/null"], ["COMMAND_FAILS 2:web"]],
    ["a rule that fails in a pipe", ["iptables -A web -j DROP | cat"], ["COMMAND_FAILS 2:web"]],
    [
      "a script that gives up",
      ['run() { "$@" || exit 3; }', "run iptables -A web -j DROP", "run iptables -A INPUT -j DROP"],
      ["ENDS_IN_ERROR 2:exit 3"],
    ],
    ["no command", ["iptables -j DROP"], ["COMMAND_UNREADABLE 2:iptables -j DROP"]],
    ["two commands", ["iptables -A INPUT -D INPUT"], ["COMMAND_UNREADABLE 2:-D"]],
    [
      "a restore without COMMIT",
      ["iptables-restore -n <<E", "*filter", "-A INPUT -j DROP", "E"],
      ["COMMAND_FAILS 3:*filter"],
    ],
    [
      "a list in braces of bash",
      ["iptables -A INPUT -p tcp -m multiport --dports {80,443} -j DROP"],
      ["VALUE_UNKNOWN 2:{80,443}"],
    ],
    [
      "a for of C",
      [`for ((i=0; i<3; i++)); do ${rule}; done`],
      ["SHELL_UNKNOWN 2:for ((", `CONDITION_UNKNOWN 2:${rule}`],
    ],
    [
      "an endless loop",
      [`while true; do ${rule}; done`],
      ["TOO_LONG 2:while true; do iptables -A INPUT -j DROP; done"],
    ],
    ["text that is no shell", ["if true; then", rule], ["SYNTAX 4:"]],
  ];

  test.each(cases)("%s", (_name, lines, errors) => {
    const translated = translateText(script(...lines));
    expect(findings(translated)).toEqual(errors);
    expect(translated.sources).toEqual([]);
  });

  test("a script without a command that is reached", () => {
    expect(findings(translateText("#!/bin/sh\nf() { iptables -F; }\n"))).toEqual(["WITHOUT_COMMANDS 1:"]);
  });
});

describe("many rules that are deleted by what they say", () => {
  // Comparing each with each of the others would take minutes.
  test.each(["first to last", "last to first"])("%s", (order) => {
    const rules = Array.from(
      { length: 10_000 },
      (_, index) => `INPUT -s 10.0.${index >> 8}.${index & 255} -j DROP`,
    );
    const doomed = rules.slice(1, -1);
    if (order === "last to first") doomed.reverse();
    const lines = [
      ...rules.map((rule) => `iptables -A ${rule}`),
      ...doomed.map((rule) => `iptables -D ${rule}`),
    ];
    expect(savedRules(translateText(script(...lines)))).toEqual([rules[0], rules.at(-1)]);
  });

  test("the first of equal ones goes, and what can't be compared is in the way", () => {
    const rule = "INPUT -s 10.0.0.1 -j DROP";
    const same = "INPUT --source 10.0.0.1/32 -j DROP";
    const between = "INPUT -p udp -j DROP";
    const lines = [`-A ${rule}`, `-A ${between}`, `-A ${same}`, `-D ${rule}`, `-A ${rule}`, `-D ${rule}`];
    expect(savedRules(translateText(script(...lines.map((line) => `iptables ${line}`))))).toEqual([
      between,
      rule,
    ]);
    const odd = [`-A ${rule}`, "-A INPUT -m nosuch --x 1 -j DROP", `-A ${between}`];
    const run = (last: string) =>
      findings(translateText(script(...[...odd, last].map((line) => `iptables ${line}`))));
    expect(run(`-D ${rule}`)).toEqual([]);
    expect(run(`-D ${between}`)).toEqual([`COMMAND_UNREADABLE 5:iptables -D ${between}`]);
  });
});

describe("all problems in one run", () => {
  /** Codes with the lines of the script. */
  const read = (lines: readonly string[], keepUnparsed = false): readonly string[] => {
    const file = makeSourceFile("fw", script(...lines));
    return readInput(file, { ...NO_INPUT_OPTIONS, keepUnparsed })
      .diagnostics.filter(({ severity }) => severity === "error")
      .map(({ code, span }) => `${locate(span!.file, span!.start).line} ${code}`);
  };

  test("of the shell and of the rules", () => {
    const lines = [
      "iptables -A INPUT -s $LAN -j DROP",
      "iptables -A INPUT -p tcp --dport 70000 -j DROP",
      "if x; then iptables -F; fi",
    ];
    expect(read(lines)).toEqual(["2 SCRIPT_VALUE_UNKNOWN", "3 BAD_PORT", "4 SCRIPT_CONDITION_UNKNOWN"]);
  });

  test("before a place that no shell reads", () => {
    expect(read(["iptables -A INPUT -p tcp --dport 70000 -j DROP", "if true; then"])).toEqual([
      "2 BAD_PORT",
      "4 SCRIPT_SYNTAX",
    ]);
  });

  test("what a command would have made that is left out is not missed again", () => {
    const lines = [
      "iptables -N $NAME",
      "iptables -A web -j DROP",
      "iptables -A INPUT -j web",
      "iptables -P web DROP",
    ];
    expect(read(lines)).toEqual(["2 SCRIPT_VALUE_UNKNOWN"]);
    expect(read(lines.slice(1))).toEqual(["2 SCRIPT_COMMAND_FAILS"]);
    // A failure that the script expects hides nothing.
    expect(read(["iptables -D INPUT -j DROP || true", ...lines.slice(1)])).toEqual([
      "3 SCRIPT_COMMAND_FAILS",
    ]);
  });

  test.each([
    ["-p tcp --dport nosuch -j DROP", "UNKNOWN_SERVICE"],
    ["-s no.such.host.invalid -j DROP", "UNREADABLE_ADDRESS"],
    ["-m mac --mac-source 1:2 -j DROP", "UNREADABLE_MAC"],
    ["-o eth0 -j DROP", "REFUSED_BY_IPTABLES"],
    ["-m nosuch -j DROP", "UNKNOWN_MATCH_MODULE"],
  ])("%s, which iptables may refuse, is an error of a script", (rule, code) => {
    expect(read([`iptables -A INPUT ${rule}`])).toEqual([`2 ${code}`]);
    expect(read([`iptables -A INPUT ${rule}`], true)).toEqual([]);
  });
});

describe("what is taken for granted is said", () => {
  const all = ["warning", "note"];
  test.each([
    [
      "iptables -A INPUT -j DROP\n",
      ["START_ASSUMED 1:iptables -A INPUT -j DROP", "POLICY_ASSUMED 1:iptables -A INPUT -j DROP"],
    ],
    ["frobnicate\niptables -F\nfrobnicate\n", ["COMMAND_IGNORED 1:frobnicate"]],
    ["iptables -F\niptables -A web -j DROP || echo failed\n", ["FAILURE_HANDLED 2:web"]],
    ["ping -c1 gw || exit 1\niptables -F\n", ["EXIT_ASSUMED 1:exit 1"]],
    [
      "modprobe ip_tables\nsysctl -w net.ipv4.ip_forward=1\necho 1 > /proc/x\nlogger up\nip route add default via 10.0.0.1\niptables -F\n",
      [],
    ],
  ])("%j", (text, expected) => {
    const translated = translateText(text);
    expect(findings(translated)).toEqual([]);
    expect(findings(translated, all)).toEqual(expected);
  });

  test("fwbuilder's two blocks are two rulesets", () => {
    const both = translateText(
      [
        "IPTABLES=/sbin/iptables; IP6TABLES=/sbin/ip6tables; IP6TABLES_RESTORE=/sbin/ip6tables-restore",
        "reset_iptables_v6() {",
        "  local list",
        "  $IP6TABLES -w -P INPUT   DROP",
        "  while read table; do",
        "      list=$($IP6TABLES -w -t $table -L -n)",
        '      printf "%s" "$list" | while read c chain rest; do',
        '      if test "X$c" = "XChain" ; then',
        "        $IP6TABLES -w -t $table -F $chain",
        "      fi",
        "      done",
        "      $IP6TABLES -w -t $table -X",
        "  done < /proc/net/ip6_tables_names",
        "}",
        "script_body() {",
        "    # ================ IPv4",
        "    $IPTABLES -w -F",
        "    # Rule 0 (global)",
        "    $IPTABLES -w -A INPUT -j DROP",
        "    # ================ IPv6",
        "    ( echo '*filter'; echo :INPUT DROP [0:0]; echo \"-A INPUT  -s 2001:db8::1 -m set !  --match-set a src -j ACCEPT \"; echo COMMIT",
        "    ) | $IP6TABLES_RESTORE; R=$?",
        "    test $R != 0 && exit $R",
        "}",
        "reset_iptables_v6",
        "script_body",
        "",
      ].join("\n"),
    );
    expect(findings(both, ["error", "warning"])).toEqual([]);
    expect(both.sources.map(({ family }) => family)).toEqual(["v4", "v6"]);
    expect(savedRules(both)).toEqual(["INPUT -j DROP"]);
    expect(savedRules(both, "v6")).toEqual(["INPUT -s 2001:db8::1 -m set ! --match-set a src -j ACCEPT"]);
  });
});

describe("places", () => {
  test("each word of the save file knows its place in the script", () => {
    const text = script(
      "P=22",
      "iptables -A INPUT -p tcp \\",
      "  --dport $P -j ACCEPT",
      'echo "*nat',
      "-A POSTROUTING -o eth9 -j MASQUERADE",
      'COMMIT" | iptables-restore -n',
    );
    const { file } = translateText(text).sources[0]!;
    const original = (word: string) => {
      const start = file.text.indexOf(word);
      const span = originalSpan({ file, start, end: start + word.length });
      return `${locate(span.file, span.start).line}:${span.file.text.slice(span.start, span.end)}`;
    };
    expect(original("22")).toBe("4:$P");
    expect(original("--dport")).toBe("4:--dport");
    expect(original("INPUT -p")).toBe("3:INPUT -p");
    expect(original("eth9")).toBe("6:eth9");
    expect(original("MASQUERADE")).toBe("6:MASQUERADE");
  });
});

describe("what is a script", () => {
  test.each([
    ["#!/bin/sh\n", true],
    ["#!/usr/bin/env bash\n", true],
    ["iptables -A INPUT -j DROP\n", true],
    ["# x\n/sbin/ip6tables -P INPUT DROP\n", true],
    ["IPT=x\n$IPT -A INPUT\n", true],
    ["*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", false],
    ["root@gw:~# iptables-save\n*filter\nCOMMIT\n", false],
    ["# Generated by iptables-save\n*nat\nCOMMIT\n", false],
    ["iptables-restore <<E\n*filter\nCOMMIT\nE\n", true],
    ["ipt=iptables\n$ipt -A INPUT -j DROP\n", true],
    ["fw=/sbin/iptables # the program\n", true],
    [`a=b\n\${run} -t nat -A POSTROUTING -j MASQUERADE\n`, true],
    ["", false],
  ])("%j: %s", (text, expected) => {
    expect(isScript(makeSourceFile("x", text))).toBe(expected);
  });
});
