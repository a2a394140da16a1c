/** Trees of chains in the kernel: they load at every depth of their owner, and a line that is appended to a group's chain holds for its packets. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import {
  filterTable,
  planOf,
  product,
  readRuleset,
  rewriteOf,
  rewriteText,
} from "../support/small-tables.ts";
import { BACKENDS, countRules, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";

const SERVERS = ["-d 192.0.2.1/32", "-d 192.0.2.2/32", "-d 192.0.2.3/32"];

/** FORWARD calls C1, that C2, and so on; the last has policy rules over 2000 hosts. */
function nested(depth: number, second = "-j DROP"): string {
  const calls = Array.from(
    { length: depth },
    (_, at) => `-A ${at === 0 ? "FORWARD" : `C${at}`} -j C${at + 1}`,
  );
  const many = Array.from({ length: 2000 }, (_, at) => `-s 10.${at % 8}.${(at * 37) % 250}.${at % 250}/32`);
  const owner = `-A ${depth === 0 ? "FORWARD" : `C${depth}`}`;
  const services = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"];
  const rules = [
    ...product(owner, many, SERVERS, "-j ACCEPT"),
    ...product(owner, many.slice(0, 50), ["-d 192.0.2.7/32", "-d 192.0.2.8/32"], services, second),
  ];
  return filterTable([...calls, ...rules]);
}

describeKernel("groups as trees", () => {
  for (const backend of BACKENDS) {
    test.each([0, 9, 10, 11, 12, 13])(`load with ${backend} below a chain at depth %i`, (depth) => {
      const { text } = rewriteText(nested(depth));
      const loaded = loadAndSave({ family: "v4", backend, text });
      expect(loaded.errors).toBe("");
      expect(countRules(normaliseSaved(loaded.saved))).toEqual(countRules(normaliseSaved(text)));
    });

    test.each([0, 5, 8])(`runs of policy rules load with ${backend} below a chain at depth %i`, (depth) => {
      const old = readRuleset(nested(depth, "-m conntrack --ctstate NEW -j REJECT --reject-with tcp-reset"));
      const { text } = rewriteOf(old, { ...planOf(old), layout: "hoisted" });
      expect(text).toContain("-j P-");
      const loaded = loadAndSave({ family: "v4", backend, text });
      expect(loaded.errors).toBe("");
      expect(countRules(normaliseSaved(loaded.saved))).toEqual(countRules(normaliseSaved(text)));
      // What was saved is read as what was written.
      const saved = readRuleset(loaded.saved);
      expect(rewriteOf(saved, planOf(saved)).rewritten.changed).toBe(false);
    });

    test.each([0, 9, 12])(
      `neighbours of one source load with ${backend} below a chain at depth %i`,
      (depth) => {
        const owner = `-A ${depth === 0 ? "FORWARD" : `C${depth}`}`;
        const calls = nested(depth)
          .split("\n")
          .filter((line) => / -j C\d+$/.test(line));
        const hosts = Array.from({ length: 300 }, (_, at) => `-s 10.1.${at % 250}.${at % 7}/32`);
        const rules = [
          ...product(owner, hosts, SERVERS, "-p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT"),
          ...product(
            owner,
            hosts,
            ["-d 192.0.2.7/32", "-d 192.0.2.8/32"],
            "-j REJECT --reject-with icmp-port-unreachable",
          ),
        ];
        const old = readRuleset(filterTable([...calls, ...rules]));
        const { text } = rewriteOf(old, { ...planOf(old), layout: "shared" });
        expect(text).toContain("-j P-S-");
        const loaded = loadAndSave({ family: "v4", backend, text });
        expect(loaded.errors).toBe("");
        expect(countRules(normaliseSaved(loaded.saved))).toEqual(countRules(normaliseSaved(text)));
        const saved = readRuleset(loaded.saved);
        expect(planOf(saved).layout).toBe("shared");
        expect(rewriteOf(saved, planOf(saved)).rewritten.changed).toBe(false);
      },
    );

    test(`an appended line counts the packets of its host with ${backend}`, () => {
      const hosts = Array.from({ length: 40 }, (_, at) => `-s 127.0.${at}.1/32`);
      const ports = [1, 2, 3].map((port) => `-p udp -m udp --dport ${port}`);
      const { text } = rewriteText(filterTable(product("-A INPUT", hosts, ports, "-j ACCEPT")));
      const group = /^:(S-\S+?) - /m.exec(text)![1]!;
      const command = `iptables-${backend}`;
      const program = [
        "set -e",
        "ip link set lo up",
        `${command}-restore`,
        `${command} -A ${group} -s 127.0.7.9/32 -j MARK --set-xmark 0x1/0x1`,
        `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.7.9', 0)); s.sendto(b'x', ('127.0.0.1', 2))"`,
        `${command}-save -c`,
      ].join("\n");
      const run = spawnSync("unshare", ["-n", "sh", "-c", program], { input: text, encoding: "utf8" });
      expect(run.status, run.stderr).toBe(0);
      const accepted = run.stdout
        .split("\n")
        .filter((line) => / R-\S+ -j ACCEPT$/.test(line) && line.startsWith("[1:"));
      expect(accepted, run.stdout).toHaveLength(1);
    });
  }
});
