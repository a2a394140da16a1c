/**
 * Programs by their names: those that change rules, those that have nothing to do with them, and those of which that can't be told.
 */
import type { Family } from "../model/types.ts";

/** What a program of iptables does. */
export interface IptablesProgram {
  readonly family: Family;
  readonly does: "command" | "restore" | "save" | "translate";
}

const PROGRAM = /^(ip6?)tables(?:-(?:legacy|nft))?(?:-(restore|save|xml|translate|restore-translate))?$/u;

/** What an iptables program does, by its name or path; null for any other program. */
export function iptablesProgram(path: string): IptablesProgram | null {
  const [whole, name, suffix] = PROGRAM.exec(baseName(path)) ?? [];
  if (whole === undefined) return null;
  const family = name === "ip6" ? "v6" : "v4";
  if (suffix === undefined) return { family, does: "command" };
  if (suffix === "restore" || suffix === "save") return { family, does: suffix };
  return { family, does: "translate" };
}

/** True for the name or path of a program of iptables. */
export function isIptablesProgram(path: string): boolean {
  return iptablesProgram(path) !== null;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function names(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/u).filter((name) => name !== ""));
}

/** Commands that change no rule, whatever their arguments are. */
const HARMLESS = names(`
  echo printf logger which type hash cd umask ulimit wait sleep sync date uname hostname id whoami tty clear stty tput dirname basename
  cat ls stat file touch mkdir rmdir rm cp mv ln chmod chown mktemp readlink realpath head tail sort uniq wc cut tr grep egrep fgrep sed
  expr seq tee less more diff cmp md5sum sha256sum gzip gunzip zcat tar
  ip ifconfig route arp ethtool iwconfig brctl vconfig ifenslave tc bridge netstat ss ping ping6 arping host dig nslookup getent
  conntrack ipset sysctl modprobe insmod rmmod lsmod depmod modinfo dmesg mount umount mountpoint
  kill pidof pgrep ps true false : test [ let getopts read set history times mail sendmail wall write
  logname log_daemon_msg log_end_msg log_action_msg log_action_begin_msg log_action_end_msg log_progress_msg
  log_success_msg log_failure_msg log_warning_msg log_begin_msg success failure passed warning chkconfig
  iptables-xml ip6tables-xml iptables-save ip6tables-save
`);

/** Programs that run others, or that change rules behind the script's back. */
const UNSEEN = names(`
  sh bash dash ash ksh zsh busybox xargs find parallel perl python python3 awk gawk mawk ruby ssh at batch crontab make
  service systemctl invoke-rc.d rc-service initctl netfilter-persistent iptables-persistent iptables-apply ip6tables-apply
  ufw firewall-cmd shorewall shorewall6 ferm firehol nft ebtables arptables xtables-multi xtables-legacy-multi xtables-nft-multi
  run-parts su runuser chroot setsid unshare nsenter virsh libvirtd
  action daemon start-stop-daemon alias unalias shopt setopt enable
  docker dockerd fail2ban-client fail2ban-server csf apf
`);

/** Words before a command that leave it the same command. */
export const PREFIXES: ReadonlySet<string> = names("sudo exec command builtin nohup nice ionice env doas");

/** How far a program is known that is neither a function nor one of iptables. */
export function judgeProgram(path: string, args: readonly string[]): "harmless" | "unseen" | "other" {
  const name = baseName(path);
  if (name === "awk" || name === "gawk" || name === "mawk")
    return args.some((arg) => /system\s*\(|tables|\|\s*(?:"|getline)/u.test(arg)) ? "unseen" : "harmless";
  if (name === "find") return args.some((arg) => /^-(?:exec|ok)/u.test(arg)) ? "unseen" : "harmless";
  if (name === "ip" && args[0] === "netns" && args.includes("exec")) return "unseen";
  if ((name === "service" || name === "systemctl" || name === "invoke-rc.d") && !args.some(isFirewallService))
    return "other";
  // A program of the user's own may be called like any other.
  if (isOutsideBin(path)) return "unseen";
  if (HARMLESS.has(name)) return "harmless";
  if (UNSEEN.has(name) || args.some((arg) => /ip6?tables|\.(?:sh|bash|fw)$/u.test(arg))) return "unseen";
  return /\.(?:sh|bash|fw|pl|py)$/u.test(name) ? "unseen" : "other";
}

/** True for a path that leads to none of the system's programs. */
export function isOutsideBin(path: string): boolean {
  return path.includes("/") && !/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/u.test(path);
}

/** Services that load rules of their own when they are started or stopped. */
function isFirewallService(arg: string): boolean {
  return /tables|firewall|netfilter|docker|fail2ban|ufw|shorewall|ferm|libvirt|nft|network/u.test(arg);
}
