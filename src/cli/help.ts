/**
 * Examples for the help of the program and of its commands; the first thing that people look for.
 */

/** Above the program's help. */
export const programExamples = `Examples:
  iptables-save > old.rules && markify import old.rules    find groups, write old.rules.markify.yaml
  markify apply old.rules.markify.yaml -o new.rules        rewrite, check, write new.rules
  markify verify old.rules new.rules                       are two rulesets equal?
`;

/** Below the help of `import`. */
export const importExamples = `
Examples:
  markify import old.rules
  markify import rules.v4 rules.v6 -o host.markify.yaml
  iptables-save | markify import - -o host.markify.yaml
  markify import old.rules --keep-chain 'vpn-*' --rewrite-chain f2b-sshd
  markify import old.rules --tolerance 0.2            (also rules with holes; the report lists what was probably forgotten)
  markify import old.rules --aggregate                (10.0.0.0/24 and 10.0.1.0/24 of a group: one line in the new file)
  markify import compiled.rules --names policy.fwb    (Firewall Builder's own names for the groups)
  markify import old.rules --hosts /etc/hosts --hosts reverse.zone --services /etc/services`;

/** Below the help of `review`. */
export const reviewExamples = `
Examples:
  markify review old.rules.markify.yaml
  markify review old.rules.markify.yaml --diff                (on a terminal in your pager; --no-pager: as it is)
  markify review old.rules.markify.yaml --why S-192-168      (a group or a policy rule: its rules, its name, what it saves)
  markify review old.rules.markify.yaml --check               (in a job: exit code 0 only where it is proved equal)
  markify review old.rules.markify.yaml --check --html report.html   (a page for the browser: one file, needs no network)
  markify review old.rules.markify.yaml --serve               (edit the plan in the browser: names, groups, members; proved as you go)
  markify review old.rules.markify.yaml --markdown > report.md`;

/** Below the help of `apply`. */
export const applyExamples = `
Examples:
  markify apply old.rules.markify.yaml -o new.rules
  markify apply host.markify.yaml -o new            (two inputs: writes new.v4 and new.v6)
  markify apply old.rules.markify.yaml --assert promises.yaml -o new.rules
  markify apply old.rules.markify.yaml --allow-policy-change -o new.rules   (after markify group add)
  markify apply old.rules.markify.yaml --budget 300 > new.rules
  sudo markify apply host.markify.yaml --live                   (loads it; then: markify confirm)
  sudo markify apply host.markify.yaml --live --dry-run
  sudo markify apply host.markify.yaml --live --yes --confirm-after-check 'ping -c 3 192.0.2.1' --persist`;

/** Below the help of `confirm`. */
export const confirmExamples = `
Examples:
  markify confirm                          (best from a new connection: an old one may live on by its state alone)
  ssh gw sudo markify confirm && echo kept`;

/** Below the help of `rollback`. */
export const rollbackExamples = `
Examples:
  markify rollback                         (during the wait, or later: back to what was there before the last apply)
  markify rollback 20260102-030405-0a1b
  markify rollback 20260102-030405-0a1b --forget     (nothing is loaded; the apply is in no other's way any more)
Without Node: sh /var/lib/markify/ID/restore.sh`;

/** Below the help of `history`. */
export const historyExamples = `
Examples:
  markify history
  markify history --json | jq '.applies[-1].state'`;

/** Below the help of `group`. */
export const groupExamples = `
Examples:
  markify group list old.rules.markify.yaml
  markify group add old.rules.markify.yaml S-OFFICES 192.168.14.0/24
  markify group export old.rules.markify.yaml --format nft > sets.nft`;

/** Below the help of `group list`. */
export const groupListExamples = `
Examples:
  markify group list old.rules.markify.yaml
  markify group list old.rules.markify.yaml --json | jq '.groups[].name'`;

/** Below the help of `group add`. */
export const groupAddExamples = `
The policy changes: apply then wants --allow-policy-change. Lines and restore text lead from what apply made
of the plan before to what it makes of it now.

Examples:
  markify group add old.rules.markify.yaml S-OFFICES 192.168.14.0/24
  markify group add old.rules.markify.yaml SRV-WEB tcp/8443 udp/5000-5010
  markify group add old.rules.markify.yaml S-OFFICES 192.168.14.7 --restore | ssh gw iptables-restore --noflush`;

/** Below the help of `group remove`. */
export const groupRemoveExamples = `
The rules of the member go: apply then wants --allow-policy-change. To keep them as flat rules, take the member
out of the list in the plan instead.

Examples:
  markify group remove old.rules.markify.yaml S-OFFICES 192.168.13.0/24
  markify group remove old.rules.markify.yaml SRV-WEB tcp/80 --json`;

/** Below the help of `group export`. */
export const groupExportExamples = `
Examples:
  markify group export old.rules.markify.yaml --format yaml
  markify group export old.rules.markify.yaml --format ansible S-OFFICES SRV-WEB > group_vars/all.yml
  markify group export old.rules.markify.yaml --format nft > sets.nft && nft -c -f sets.nft`;

/** Below the help of `diff`. */
export const diffExamples = `
Examples:
  markify diff old.rules new.rules
  markify diff old.rules new.rules --json | jq '.differences[]'
  iptables-save | markify diff last-week.rules -      (exit code 1: something differs)`;

/** Below the help of `verify`. */
export const verifyExamples = `
Examples:
  markify verify old.rules new.rules
  markify verify old.rules new.rules --assert promises.yaml
  markify verify old.rules new.rules --budget 300 --backend nft
  ipset save > host.ipset && markify verify old.rules new.rules --ipset host.ipset
  iptables-save | markify verify old.rules - --json
  sudo markify verify old.rules new.rules --kernel`;

/** Below the help of `explain`. */
export const explainExamples = `
Examples:
  markify explain old.rules --in eth0 --out eth1 -s 10.0.0.1 -d 192.0.2.2 -p tcp --dport 22
  markify explain old.rules --in eth0 -s 10.0.0.1 -d 10.0.0.254 -p icmp --icmp-type 8 --table all
  iptables-save | markify explain - --in eth0 -p tcp --dport 22 -s 10.0.0.1 -d 10.0.0.254 --match '-m limit --limit 5/min=true'`;

/** Below the help of `replay`. */
export const replayExamples = `
Examples:
  tcpdump -i any -w seen.pcap -G 60 -W 1 && ip route show table all > host.routes
  markify replay old.rules new.rules --packets-from seen.pcap --routes host.routes
  markify replay old.rules new.rules --packets-from eth0.pcap.gz --interface eth0 --this-host
  conntrack -L | markify replay old.rules new.rules --packets-from - --this-host
  markify replay old.rules new.rules --live       (exit code 1: some packet fares otherwise, 4: can't tell)`;

/** Below the help of `lint`. */
export const lintExamples = `
Examples:
  markify lint old.rules
  iptables-save | markify lint -                  (exit code 1: something was found)
  markify lint old.rules --sarif > lint.sarif      (for code review)
  markify lint rules.v4 rules.v6 --json | jq '.findings[] | select(.severity == "warning")'
  ipset save > host.ipset && markify lint old.rules --ipset host.ipset --budget 300`;

/** Below the help of `decode`. */
export const decodeExamples = `
The kernel prints MARK=0x… only where the mark is not 0. Lines without it pass as they are.

Examples:
  journalctl -kf | markify decode --plan old.rules.markify.yaml
  markify decode --rules /etc/iptables/rules.v4 /var/log/kern.log /var/log/kern.log.2.gz
  markify decode --rules new.rules --json < kern.log | jq .chains`;

/** Below the help of `completion`. */
export const completionExamples = `
Examples:
  source <(markify completion bash)                                               (this shell only)
  markify completion bash > ~/.local/share/bash-completion/completions/markify
  markify completion zsh > /usr/local/share/zsh/site-functions/_markify
  markify completion fish > ~/.config/fish/completions/markify.fish`;
