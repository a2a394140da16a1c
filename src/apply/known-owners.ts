/**
 * Programs that write iptables rules by themselves, and how their chains are called.
 *
 * Source: their public sources and documentation; ufw, firewalld, shorewall, FireHOL, Docker, fail2ban and libvirt also in rulesets that they made.
 */
/** A program that writes rules. */
export interface Owner {
  readonly name: string;
  /** Its chains, as `--keep-chain` takes them. They show that it is there. */
  readonly chains: readonly string[];
  /** More of its chains, whose names alone would show nothing. */
  readonly alsoChains?: readonly string[];
  /** Rules that it alone writes. */
  readonly rules?: RegExp;
  /** Names of its nft tables, `inet firewalld`; only of one that writes more than these. */
  readonly nftTables?: readonly string[];
  /** A path that is there where it loads rules at boot. */
  readonly paths?: readonly string[];
  /** The only backend whose rules it takes away. */
  readonly backend?: "nft";
  /** `everything`: it makes the whole ruleset anew, so whatever is loaded is gone with its next start; `chains`: it changes its own chains and the rules that call them. */
  readonly writes: "everything" | "chains";
  /** What to do instead, or beside; a sentence without a full stop. */
  readonly instead: string;
}

const EVERYTHING = { writes: "everything" } as const;
const CHAINS = { writes: "chains" } as const;

/** Those that only own chains all say the same of what to do beside. */
const KEEP = "leave its chains as they are live, and change what it does in its own configuration";

const HOOKS = ["INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"];

/** Those that make everything anew first. */
export const KNOWN_OWNERS: readonly Owner[] = [
  {
    name: "ufw",
    chains: ["ufw-*", "ufw6-*"],
    ...EVERYTHING,
    instead: "change its rules with ufw, or switch it off with ufw disable and import what is left",
  },
  {
    name: "firewalld",
    chains: [
      ...HOOKS.flatMap((hook) =>
        ["direct", "ZONES", "POLICIES_pre", "POLICIES_post"].map((part) => `${hook}_${part}`),
      ),
      ...["INPUT_ZONES_SOURCE", "FORWARD_IN_ZONES*", "FORWARD_OUT_ZONES*"],
    ],
    alsoChains: ["IN_*", "FWD_*", "FWDI_*", "FWDO_*", "OUT_*", "PRE_*", "POST_*"],
    nftTables: ["inet firewalld", "ip firewalld", "ip6 firewalld"],
    ...EVERYTHING,
    instead:
      "change its zones and policies with firewall-cmd, or switch it off with systemctl disable --now firewalld",
  },
  {
    name: "Shorewall",
    chains: ["shorewall", "sha-lh-*", "sha-rh-*"],
    alsoChains: [
      "dynamic",
      "smurfs",
      "smurflog",
      "tcpflags",
      "logflags",
      "logdrop",
      "logreject",
      "reject",
      "~*",
      "%*",
    ],
    ...EVERYTHING,
    instead:
      "change its files in /etc/shorewall, or switch it off with shorewall clear and systemctl disable shorewall",
  },
  {
    name: "FireHOL",
    chains: ["SMART_REJECT"],
    alsoChains: ["in_*", "out_*", "pr_*"],
    rules: /--log-prefix "?'?(?:\S+ UNMATCHED )?(?:IN|OUT|PASS)-unknown:/u,
    ...EVERYTHING,
    instead: "change /etc/firehol/firehol.conf, or switch it off with systemctl disable --now firehol",
  },
  {
    name: "csf/lfd",
    chains: ["LOCALINPUT", "LOCALOUTPUT", "LOGDROPIN", "LOGDROPOUT"],
    alsoChains: [
      "DENYIN",
      "DENYOUT",
      "ALLOWIN",
      "ALLOWOUT",
      "GDENYIN",
      "GDENYOUT",
      "CC_*",
      "INVDROP",
      "INVALID",
      "SYNFLOOD",
    ],
    ...EVERYTHING,
    instead: "change its files in /etc/csf, or switch it off with csf -x",
  },
  {
    name: "APF",
    chains: ["RABPSCAN", "TGALLOW", "TGDENY"],
    alsoChains: ["TALLOW", "TDENY", "TMP_DROP", "IN_SANITY", "OUT_SANITY", "FRAG_UDP", "PZERO", "P2P"],
    ...EVERYTHING,
    instead: "change its files in /etc/apf, or switch it off with apf -f",
  },
  {
    name: "OpenWrt's firewall",
    chains: ["zone_*_input", "zone_*_output", "zone_*_forward", "zone_*_src_*", "zone_*_dest_*"],
    alsoChains: [
      "input_*",
      "output_*",
      "forwarding_*",
      "prerouting_*",
      "postrouting_*",
      "reject",
      "syn_flood",
    ],
    ...EVERYTHING,
    instead: "change /etc/config/firewall",
  },
  {
    name: "VyOS",
    chains: ["VYATTA_*"],
    ...EVERYTHING,
    instead: "change its configuration with set firewall and commit",
  },
  {
    name: "the service nftables",
    chains: [],
    paths: ["/etc/systemd/system/sysinit.target.wants/nftables.service"],
    backend: "nft",
    ...EVERYTHING,
    instead:
      "its /etc/nftables.conf usually begins with flush ruleset, which takes the tables of iptables-nft away, too: systemctl disable nftables, or take that line out",
  },
  { name: "Docker", chains: ["DOCKER*"], ...CHAINS, instead: KEEP },
  { name: "Kubernetes (kubelet, kube-proxy)", chains: ["KUBE-*"], ...CHAINS, instead: KEEP },
  { name: "fail2ban", chains: ["f2b-*", "fail2ban-*"], ...CHAINS, instead: KEEP },
  { name: "libvirt", chains: ["LIBVIRT_*"], ...CHAINS, instead: KEEP },
  { name: "Podman (netavark)", chains: ["NETAVARK*"], ...CHAINS, instead: KEEP },
  { name: "CNI plugins", chains: ["CNI-*"], ...CHAINS, instead: KEEP },
  { name: "Calico", chains: ["cali-*"], ...CHAINS, instead: KEEP },
  { name: "Cilium", chains: ["CILIUM_*", "OLD_CILIUM_*"], ...CHAINS, instead: KEEP },
  { name: "Flannel", chains: ["FLANNEL-*"], ...CHAINS, instead: KEEP },
  { name: "Weave Net", chains: ["WEAVE", "WEAVE-*"], ...CHAINS, instead: KEEP },
  { name: "Istio", chains: ["ISTIO_*"], ...CHAINS, instead: KEEP },
  { name: "AWS VPC CNI", chains: ["AWS-*"], ...CHAINS, instead: KEEP },
  { name: "Tailscale", chains: ["ts-*"], ...CHAINS, instead: KEEP },
  { name: "mwan3", chains: ["mwan3_*"], ...CHAINS, instead: KEEP },
  { name: "OpenStack Neutron", chains: ["neutron-*"], ...CHAINS, instead: KEEP },
  { name: "Proxmox VE", chains: ["PVEFW-*"], ...CHAINS, instead: KEEP },
  { name: "miniupnpd", chains: ["MINIUPNPD*"], ...CHAINS, instead: KEEP },
  { name: "SSHGuard", chains: ["sshguard*"], ...CHAINS, instead: KEEP },
  { name: "CrowdSec", chains: ["CROWDSEC_CHAIN*"], ...CHAINS, instead: KEEP },
  { name: "ConnMan", chains: ["connman-*"], ...CHAINS, instead: KEEP },
  { name: "NetworkManager", chains: ["nm-sh-*"], ...CHAINS, instead: KEEP },
];
