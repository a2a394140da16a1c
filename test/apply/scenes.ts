/** The old and new rulesets that the tests of an apply's scripts go between. */
import type { Scene } from "./world.ts";

/** Both families, three tables, a set that changes and one that the load makes. */
export const SCENE: Scene = {
  oldSets: "create bad hash:net family inet\nadd bad 192.0.2.0/24\nadd bad 198.51.100.7\n",
  newSets:
    "create new hash:net family inet\nadd new 192.0.2.0/24\nflush bad\nadd bad 203.0.113.0/24\ncreate good hash:ip family inet\nadd good 192.0.2.1\n",
  touchedSets: [
    { name: "bad", existed: true },
    { name: "new", existed: false },
    { name: "good", existed: false },
  ],
  old: {
    v4: {
      filter: [
        "*filter",
        ":INPUT DROP [3:180]",
        ":FORWARD ACCEPT [0:0]",
        ":OUTPUT ACCEPT [7:420]",
        ":DOCKER - [0:0]",
        ":f2b-sshd - [0:0]",
        "[5:300] -A INPUT -j f2b-sshd",
        "[2:120] -A INPUT -m set --match-set bad src -j DROP",
        "[9:540] -A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT",
        "[0:0] -A INPUT -s 10.0.0.2/32 -p tcp -m tcp --dport 22 -j ACCEPT",
        "[0:0] -A FORWARD -j DOCKER",
        "[1:60] -A DOCKER -d 172.17.0.2/32 -j ACCEPT",
        "[4:240] -A f2b-sshd -s 198.51.100.1/32 -j REJECT --reject-with icmp-port-unreachable",
        "[1:60] -A f2b-sshd -j RETURN",
        "COMMIT",
        "",
      ].join("\n"),
    },
    v6: {
      filter:
        "*filter\n:INPUT ACCEPT [1:2]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[6:7] -A INPUT -s 2001:db8::1/128 -j DROP\nCOMMIT\n",
    },
  },
  load: {
    v4: {
      filter: [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        ":FORWARD ACCEPT [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        ":DOCKER - [0:0]",
        ":f2b-sshd - [0:0]",
        ":admins - [0:0]",
        "-A INPUT -j f2b-sshd",
        "-A INPUT -m set --match-set new src -j DROP",
        "-A INPUT -p tcp -m tcp --dport 22 -j admins",
        "-A FORWARD -j DOCKER",
        "-A DOCKER -d 172.17.0.2/32 -j ACCEPT",
        "-A f2b-sshd -s 198.51.100.1/32 -j REJECT --reject-with icmp-port-unreachable",
        "-A f2b-sshd -j RETURN",
        "-A admins -s 10.0.0.0/30 -j ACCEPT",
        "COMMIT",
        "",
      ].join("\n"),
      nat: "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:x - [0:0]\n-A POSTROUTING -j x\nCOMMIT\n",
    },
    v6: {
      filter:
        "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:y - [0:0]\n-A INPUT -j y\n-A y -s 2001:db8::1/128 -j DROP\nCOMMIT\n",
    },
  },
};

/** One small table in which one chain is rewritten and one is left alone; quick to prepare. */
export const SMALL: Scene = {
  old: {
    v4: {
      filter: [
        "*filter",
        ":INPUT DROP [3:180]",
        ":FORWARD ACCEPT [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        ":theirs - [0:0]",
        "[5:300] -A INPUT -j theirs",
        "[0:0] -A INPUT -s 10.0.0.1/32 -j ACCEPT",
        "[1:60] -A theirs -s 198.51.100.1/32 -j DROP",
        "COMMIT",
        "",
      ].join("\n"),
    },
  },
  load: {
    v4: {
      filter: [
        "*filter",
        ":INPUT DROP [0:0]",
        ":FORWARD ACCEPT [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        ":new - [0:0]",
        ":theirs - [0:0]",
        "-A INPUT -j theirs",
        "-A INPUT -j new",
        "-A new -s 10.0.0.1/32 -j ACCEPT",
        "-A theirs -s 198.51.100.1/32 -j DROP",
        "COMMIT",
        "",
      ].join("\n"),
    },
  },
};
