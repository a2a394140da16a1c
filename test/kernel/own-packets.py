"""Sends IPv6 packets of this host to itself whose header says that they are shorter than they are, so that they are cut where they come in. Run inside `unshare -n`: own-packets.py BACKEND.

Prints one line of JSON: where and in which state udp packets with less than 8 bytes came in, by the loopback device and looped back by another device.
"""
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time

COMMAND = f"ip6tables-{sys.argv[1]}"
STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"]
MULTICAST = "ff02::1234"


def run(command):
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout


def tun(name):
    """A tun device without packet information (TUNSETIFF, IFF_TUN | IFF_NO_PI)."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22s", name.encode(), 0x1001, b""))
    return device


def rules():
    """Counts udp packets by state; and last those whose header is whole: the others are dropped by being asked."""
    for table in ("raw", "mangle"):
        for state in STATES:
            words = f"-p udp -m conntrack --ctstate {state} -m comment --comment {table}-{state}"
            run(f"{COMMAND} -w -t {table} -A PREROUTING {words}")
    run(f"{COMMAND} -w -t mangle -A PREROUTING -p udp -m udp -m comment --comment mangle-whole")


def told():
    found = []
    for table in ("raw", "mangle"):
        for line in run(f"{COMMAND}-save -c -t {table}").splitlines():
            if line.startswith("[") and not line.startswith("[0:"):
                found.append(line.split()[-1].replace("-", " "))
        run(f"{COMMAND} -w -t {table} -Z")
    return found


def packet(source, destination):
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    body = struct.pack("!HHHH", 1000, 2000, 12, 0) + b"1234"
    words = ends + struct.pack("!HH", 17, len(body)) + body
    total = sum(struct.unpack(f"!{len(words) // 2}H", words))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    body = body[:6] + struct.pack("!H", ~total & 0xFFFF) + body[8:]
    # 4 of 12 bytes.
    return b"\x60\0\0\0" + struct.pack("!HBB", 4, 17, 64) + ends + body


def main():
    device = tun("eth0")
    run("ip link set lo up && ip link set eth0 up")
    run("ip -6 addr add 2001:db8::1/64 dev eth0 nodad")
    rules()
    sender = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sender.setsockopt(socket.IPPROTO_IPV6, 36, 1)
    told()
    sender.sendto(packet("::1", "::1"), ("::1", 0))
    time.sleep(0.2)
    lo = told()
    index = socket.if_nametoindex("eth0")
    member = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    group = socket.inet_pton(socket.AF_INET6, MULTICAST) + struct.pack("I", index)
    member.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sender.sendto(packet("2001:db8::1", MULTICAST), (MULTICAST, 0, 0, index))
    time.sleep(0.2)
    print(json.dumps({"lo": lo, "multicast": told()}))
    os.close(device)


main()
