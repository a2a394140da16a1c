/**
 * Captures of the real tcpdump, and connections of the real conntrack, from a namespace with an outside and an inside: the kernel's counters of the rules against those of the replay.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReplayView } from "../../src/replay/view.ts";
import { replayed } from "../replay/run.ts";
import { BACKENDS, type Backend, describeKernel } from "./harness.ts";

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i out0 -p udp -m udp --dport 7000 -j MARK --set-xmark 0x7/0xffffffff
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -i out0 -p tcp -m tcp --dport 5001 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
-A INPUT -m mark --mark 0x7 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -i out0 -o in0 -p udp -m udp --dport 6000 -j ACCEPT
COMMIT
`;

/** Everything in one shell in a new namespace; other namespaces are held by sleeping processes and end with it. */
function scriptFor(backend: Backend, folder: string): string {
  return `set -e
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.netfilter.nf_conntrack_acct=1 || true
unshare -n sleep 60 & OUT=$!
unshare -n sleep 60 & IN=$!
trap 'kill $OUT $IN' EXIT
sleep 0.3
ip link add out0 type veth peer name eth0 netns $OUT
ip link add in0 type veth peer name eth0 netns $IN
ip addr add 192.0.2.1/24 dev out0; ip link set out0 up
ip addr add 10.0.0.1/24 dev in0; ip link set in0 up
nsenter -t $OUT -n sh -c 'ip link set lo up; ip addr add 192.0.2.9/24 dev eth0; ip link set eth0 up; ip route add default via 192.0.2.1'
nsenter -t $IN -n sh -c 'ip link set lo up; ip addr add 10.0.0.5/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.0.1'
for link in out0 in0; do sysctl -qw net.ipv6.conf.$link.disable_ipv6=1 || true; done
sleep 1
iptables-${backend}-restore < ${folder}/rules
tcpdump -U --immediate-mode -i any -y LINUX_SLL2 -w ${folder}/any.pcap ip 2>/dev/null & ANY=$!
tcpdump -U --immediate-mode -i out0 -w ${folder}/out.pcap ip 2>/dev/null & ONE=$!
sleep 1
iptables-${backend} -t mangle -Z; iptables-${backend} -Z
python3 - <<'PY' &
import socket
server = socket.create_server(("192.0.2.1", 5001)); server.settimeout(8)
peer, _ = server.accept(); peer.sendall(peer.recv(100)); peer.close()
PY
nsenter -t $IN -n python3 - <<'PY' &
import socket
box = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); box.bind(("10.0.0.5", 6000)); box.settimeout(8)
data, who = box.recvfrom(100); box.sendto(data, who)
PY
sleep 0.7
nsenter -t $OUT -n python3 - <<'PY'
import socket
line = socket.create_connection(("192.0.2.1", 5001), 4); line.sendall(b"x"); line.recv(10); line.close()
shut = socket.socket(); shut.settimeout(0.3)
try: shut.connect(("192.0.2.1", 5002))
except OSError: pass
box = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); box.settimeout(4)
for port in (7000, 7001): box.sendto(b"x", ("192.0.2.1", port))
box.sendto(b"x", ("10.0.0.5", 6001))
box.sendto(b"x", ("10.0.0.5", 6000)); box.recvfrom(100)
PY
cat > ${folder}/echo.py <<'PY'
import socket, struct, sys, time
box = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for number in range(int(sys.argv[2])):
    head = struct.pack("!BBHHH", 8, 0, 0, 77, number)
    total = sum(struct.unpack("!4H", head)); total = (total >> 16) + (total & 0xffff)
    box.sendto(struct.pack("!BBHHH", 8, 0, ~total & 0xffff, 77, number), (sys.argv[1], 0))
    time.sleep(0.2)
PY
nsenter -t $OUT -n python3 ${folder}/echo.py 192.0.2.1 2
python3 ${folder}/echo.py 127.0.0.1 1
sleep 0.7
iptables-${backend}-save -c > ${folder}/saved
kill $ANY $ONE; wait $ANY $ONE || true
ip route show table all > ${folder}/routes
ip -o link show > ${folder}/links
conntrack -L > ${folder}/conntrack 2>/dev/null || true
`;
}

const missing = ["tcpdump", "conntrack"].filter(
  (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0,
);
if (missing.length > 0) {
  if (process.env.CI === "true") throw new Error(`replays of real captures need ${missing.join(", ")}`);
  console.warn(`SKIPPED: replays of real captures: ${missing.join(", ")} missing`);
}

describeKernel("replays of real captures", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "markify-replay-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (name: string): Buffer => readFileSync(join(folder, name));

  /** Packets by rule, of those that the kernel counted any. */
  function kernelCounts(): ReadonlyMap<string, number> {
    const lines = read("saved")
      .toString()
      .matchAll(/^\[(\d+):\d+\] (-A .*)$/gm);
    return new Map([...lines].map(([, packets, rule]) => [rule!, Number(packets)]));
  }

  test.skipIf(missing.length > 0).each(BACKENDS)("%s", { timeout: 60_000 }, async (backend) => {
    spawnSync("sh", ["-c", `cat > ${folder}/rules`], { input: RULES });
    const run = spawnSync("unshare", ["-n", "sh", "-c", scriptFor(backend, folder)], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    const links = [
      ...read("links")
        .toString()
        .matchAll(/^(\d+): ([^:@\s]+)/gm),
    ];
    const options = {
      routes: read("routes").toString(),
      deviceNames: new Map(links.map(([, number, name]) => [Number(number), name!])),
    };
    const any = await replayed([RULES], read("any.pcap"), options);
    expect(any.different + any.perhaps).toBe(0);
    expectCounts(any, kernelCounts());
    // One interface: what was sent on by the other one is seen, and what this host says to itself is not.
    const one = await replayed([RULES], read("out.pcap"), { ...options, device: "out0" });
    expect(one.unjudged).toEqual([]);
    const decided = (view: ReplayView, what: string) =>
      view.rules.old.find(({ text }) => text.includes(what))?.decided;
    for (const what of ["--dport 5001", "--mark 0x7", "--dport 6000"])
      expect(decided(one, what), what).toBe(1);
    const list = await replayed([RULES], read("conntrack").toString(), options);
    for (const what of ["--dport 5001", "--mark 0x7", "--dport 6000"])
      expect(decided(list, what), what).toBe(1);
    expect(list.result).toBe("same");
  });
});

/** What is forwarded is seen twice, coming in and going out: then the replay counts it twice, too. */
function expectCounts({ rules }: ReplayView, kernel: ReadonlyMap<string, number>): void {
  const counted = new Map(rules.old.map(({ text, packets }) => [text, packets]));
  for (const [rule, packets] of kernel) {
    const times = rule.includes("-A FORWARD") ? 2 : 1;
    expect(counted.get(rule) ?? 0, rule).toBe(packets * times);
  }
}
