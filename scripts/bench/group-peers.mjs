/**
 * What the nearest tools make of the same rulesets, where they are installed: import-ferm (Debian's package ferm), which writes nested blocks and checks nothing, and nft's optimizer, which puts
 * neighbours into sets: the ruleset is loaded by iptables-restore-translate in a network namespace, listed, and loaded again with -o.
 */
import { spawnSync } from "node:child_process";

/** Milliseconds that each of them gets. */
const PATIENCE = 60_000;

const NFT = `iptables-restore-translate -f "$1" > "$2" && nft -f "$2" && nft list ruleset > "$2" && nft flush ruleset && nft -o -f "$2" > /dev/null && nft list ruleset`;

/** One line for each tool that is there: lines of what it wrote, and seconds. */
export function comparePeers(path, scratch) {
  const peers = [
    { name: "import-ferm", needs: ["import-ferm"], command: ["import-ferm", path] },
    {
      name: "nft -o",
      needs: ["nft", "iptables-restore-translate", "unshare"],
      command: ["unshare", "-n", "sh", "-c", NFT, "sh", path, scratch],
      isRootOnly: true,
    },
  ];
  return peers.map(({ name, needs, command, isRootOnly = false }) => {
    const missing = needs.filter((one) => spawnSync("sh", ["-c", `command -v ${one}`]).status !== 0);
    if (isRootOnly && process.geteuid?.() !== 0) missing.push("root");
    if (missing.length > 0) return `  ${name}: not measured, it needs ${missing.join(", ")}`;
    const start = performance.now();
    const run = spawnSync(command[0], command.slice(1), {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      timeout: PATIENCE,
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    if (run.error) return `  ${name}: not done after ${PATIENCE / 1000} s`;
    if (run.status !== 0) {
      const said = run.stderr.split("\n");
      return `  ${name}: fails, ${said.find((line) => /^(?:\S+: )?Error: | v[\d.]+ \(nf_tables\): |: Error: /.test(line)) ?? said[0]}`;
    }
    // Lines with something in them: declarations, blocks and rules.
    const lines = run.stdout.split("\n").filter((line) => /[^\s{}]/.test(line)).length;
    return `  ${name}: ${lines} lines, ${seconds} s`;
  });
}
