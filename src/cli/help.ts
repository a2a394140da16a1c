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
  markify import compiled.rules --names policy.fwb    (Firewall Builder's own names for the groups)`;

/** Below the help of `review`. */
export const reviewExamples = `
Examples:
  markify review old.rules.markify.yaml
  markify review old.rules.markify.yaml --diff | less -R
  markify review old.rules.markify.yaml --markdown > report.md`;

/** Below the help of `apply`. */
export const applyExamples = `
Examples:
  markify apply old.rules.markify.yaml -o new.rules
  markify apply host.markify.yaml -o new            (two inputs: writes new.v4 and new.v6)
  markify apply old.rules.markify.yaml --assert promises.yaml -o new.rules
  markify apply old.rules.markify.yaml --budget 300 > new.rules`;

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
