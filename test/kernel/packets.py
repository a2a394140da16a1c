"""Sends the same packets through two rulesets in this network namespace, and tells where their fates differ.

Run inside `unshare -n`, by packets.test.ts: packets.py BACKEND FAMILY SEED PACKETS FOLDER. FOLDER holds N.old and N.new restore files. Packets come in through tun
devices and are forwarded to others: what comes out, where, and with which bytes, is the fate. In the new ruleset a packet that leaves with a bit of the lowest
byte of its mark set is dropped behind the filter table, so that own bits left behind show. Prints one line of JSON.
"""
import fcntl
import glob
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

BACKEND, FAMILY, SEED, COUNT, FOLDER = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
V4 = FAMILY == "v4"
COMMAND = ("iptables" if V4 else "ip6tables") + "-" + BACKEND
DEVICES = ["eth0", "eth1", "ppp0", "out0", "out1"]
SOURCES = (
    ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.129", "10.0.1.5", "10.9.9.9", "192.0.2.1", "192.0.2.7"]
    if V4
    else ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::7", "2001:db8:1::5", "2001:db8:2::1", "fd00:5::1"]
)
TARGETS = SOURCES
PORTS = [19, 20, 21, 22, 53, 80, 100, 101, 443, 4000]


def run(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tun(name):
    """A tun device without packet information (TUNSETIFF, IFF_TUN | IFF_NO_PI)."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22s", name.encode(), 0x1001, b""))
    run(f"ip link set {name} up")
    return device


def write(path, value):
    with open(path, "w") as file:
        file.write(value)


def set_up():
    devices = {name: tun(name) for name in DEVICES}
    run("ip link set lo up")
    write("/proc/sys/net/ipv4/ip_forward", "1")
    write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
    for name in ["all", "default", *DEVICES]:
        write(f"/proc/sys/net/ipv4/conf/{name}/rp_filter", "0")
    # REJECT answers are part of the fate: none may be held back.
    write("/proc/sys/net/ipv4/icmp_ratelimit", "0")
    write("/proc/sys/net/ipv4/icmp_msgs_per_sec", "100000000")
    write("/proc/sys/net/ipv4/icmp_msgs_burst", "10000000")
    write("/proc/sys/net/ipv6/icmp/ratelimit", "0")
    run("ip addr add 172.16.0.1/32 dev lo")
    run("ip -6 addr add fd00::1/128 dev lo")
    run("ip route add 10.0.0.0/8 dev out0")
    run("ip route add 192.0.2.0/24 dev out1")
    run("ip -6 route add 2001:db8::/32 dev out0")
    run("ip -6 route add fd00:5::/64 dev out1")
    time.sleep(0.3)
    drain(devices)
    return devices


def drain(devices):
    found = []
    for name, device in devices.items():
        while True:
            try:
                found.append((name, os.read(device, 4096)))
            except BlockingIOError:
                break
    return found


def send(devices, name, packet):
    """What comes out for one packet, without what the kernel numbers itself (IPv4 id and checksum) and without neighbour discovery."""
    os.write(devices[name], packet)
    out = []
    for device, data in drain(devices):
        if data[0] >> 4 == 4:
            data = data[:4] + b"\0\0" + data[6:10] + b"\0\0" + data[12:]
        elif data[6] == 0 or (data[6] == 58 and len(data) > 40 and data[40] in (131, 132, 133, 134, 135, 136, 143)):
            continue
        out.append((device, data))
    return out


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def transport(rng, source, target):
    """A protocol number and a whole transport header with some payload."""
    kind = rng.random()
    if kind < 0.55:
        ports = (rng.choice(PORTS), rng.choice(PORTS))
        options = rng.choice([b"", b"\2\4\5\264", b"\1\1\4\2", b"\10\12" + b"\0" * 8 + b"\1\1"])
        words = (20 + len(options)) // 4
        return 6, struct.pack("!HHIIBBHHH", *ports, 1, 0, words << 4, rng.choice([2, 2, 18, 16, 4]), 100, 0, 0) + options
    if kind < 0.8:
        return 17, struct.pack("!HHHH", rng.choice(PORTS), rng.choice(PORTS), 8, 0)
    if kind < 0.95:
        body = struct.pack("!BBHI", rng.choice([8, 0, 3] if V4 else [128, 129, 1]), rng.choice([0, 1]), 0, 0) + b"x" * 16
        if not V4:
            pseudo = socket.inet_pton(10, source) + socket.inet_pton(10, target) + struct.pack("!II", len(body), 58)
            body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
        return (1 if V4 else 58), body
    return rng.choice([132, 50]), b"z" * 30


def packet(rng):
    """A device and a packet: usual ones, short headers of every length that matters, fragments, odd extension headers."""
    source, target = rng.choice(SOURCES), rng.choice(TARGETS)
    protocol, body = transport(rng, source, target)
    fragment, ident = 0, rng.getrandbits(16)
    odd = rng.random()
    if odd < 0.25:
        body = body[: rng.choice([0, 1, 2, 3, 4, 6, 8, 12, 13, 14, 16, 19])]
    elif odd < 0.33:
        fragment = rng.choice([1, 1, 50, 0x2000])
    if V4:
        head = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, fragment, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(target)
        )
        data = head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body
    else:
        header = protocol
        if odd >= 0.9:
            body, header = bytes([protocol, 30]) + b"\1\4", 60
        elif odd >= 0.8:
            body, header = bytes([protocol, 0]) + b"\1\4\0\0\0\0" + body, 60
        elif fragment:
            body, header = struct.pack("!BBHI", protocol, 0, fragment * 8 & 0xFFFF, ident) + body, 44
        data = struct.pack("!IHBB16s16s", 0x60000000, len(body), header, 64, socket.inet_pton(10, source), socket.inet_pton(10, target)) + body
    return rng.choice(["eth0", "eth0", "eth1", "ppp0"]), data


def load(path, is_new):
    result = subprocess.run(f"{COMMAND}-restore < {path}", shell=True, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{path} does not load: {result.stderr}")
    if is_new:
        run(f"{COMMAND} -t mangle -A POSTROUTING -m mark ! --mark 0x0/0xff -j DROP")


def compare(devices, old, new, packets):
    load(old, False)
    before = [send(devices, *each) for each in packets]
    load(new, True)
    after = [send(devices, *each) for each in packets]
    return [at for at in range(len(packets)) if before[at] != after[at]], sum(1 for fate in before if fate)


def main():
    devices = set_up()
    rng = random.Random(SEED)
    packets = [packet(rng) for _ in range(COUNT)]
    differences, answered, files = [], 0, 0
    for old in sorted(glob.glob(f"{FOLDER}/*.old"), key=lambda path: int(os.path.basename(path)[:-4])):
        found, passed = compare(devices, old, old[:-4] + ".new", packets)
        if found:
            # A busy machine may lose a packet: only what differs again counts.
            again = set(compare(devices, old, old[:-4] + ".new", [packets[at] for at in found])[0])
            found = [at for place, at in enumerate(found) if place in again]
        files += 1
        answered += passed
        for at in found[:3]:
            differences.append({"file": os.path.basename(old), "device": packets[at][0], "packet": packets[at][1].hex()})
    print(json.dumps({"files": files, "packets": files * COUNT, "answered": answered, "differences": differences}))


main()
