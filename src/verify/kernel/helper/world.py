"""The namespace: its devices, its switches, and a route for each packet."""
import ctypes
import fcntl
import ipaddress
import os
import signal
import socket
import struct
import subprocess

from netlink import CREATE, REPLACE, ROUTE, Netlink, attribute

NEW_NET = 0x40000000
DEATH_SIGNAL = 1
TABLE, LOCAL_TABLE = 4242, 255
NEW_ROUTE, DELETE_ROUTE = 24, 25
UNICAST, LOCAL = 1, 2
libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """No process of the harness outlives the one that started it (PR_SET_PDEATHSIG)."""
    libc.prctl(DEATH_SIGNAL, signal.SIGKILL)


def enter():
    """A network namespace that ends with this process."""
    if libc.unshare(NEW_NET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def run(words, data=""):
    """Runs a program; what it complained about, or None."""
    done = subprocess.run(words, input=data, capture_output=True, text=True, preexec_fn=die_with_parent)
    return None if done.returncode == 0 else (done.stderr.strip() or f"{words[0]} ended with code {done.returncode}")


def write(path, value):
    try:
        with open(f"/proc/sys/net/{path}", "w") as file:
            file.write(value)
    except FileNotFoundError:
        # Older kernels lack some; what they do shows in the packets.
        pass


def make_device(name, kind):
    """A TAP or TUN device; the file that keeps it."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22s", name.encode(), 0x1002 if kind == "tap" else 0x1001, b""))
    except OSError:
        os.close(device)
        raise
    return device


def set_switches(family):
    for name in ("all", "default"):
        write(f"ipv4/conf/{name}/rp_filter", "0")
        write(f"ipv4/conf/{name}/accept_local", "1")
        write(f"ipv4/conf/{name}/route_localnet", "1")
        write(f"ipv4/conf/{name}/send_redirects", "0")
        # What IPv6 hosts send unasked has no place among answers.
        write(f"ipv6/conf/{name}/disable_ipv6", "1" if family == 4 else "0")
        write(f"ipv6/conf/{name}/accept_dad", "0")
        write(f"ipv6/conf/{name}/dad_transmits", "0")
        write(f"ipv6/conf/{name}/router_solicitations", "0")
        write(f"ipv6/conf/{name}/addr_gen_mode", "1")
        write(f"ipv6/conf/{name}/forwarding", "1")
    write("ipv4/ip_forward", "1")
    # REJECT's answers are part of a packet's fate: none may be held back.
    write("ipv4/icmp_ratelimit", "0")
    write("ipv4/icmp_msgs_per_sec", "1000000")
    write("ipv4/icmp_msgs_burst", "10000000")
    write("ipv6/icmp/ratelimit", "0")
    write("netfilter/nf_conntrack_tcp_be_liberal", "1")


def set_up(names, kind, family):
    """Devices by name, and why the others could not be made. The real `lo` is renamed, so that packets can come in by a device of that name."""
    set_switches(family)
    devices, failed = {}, {}
    error = run(["ip", "link", "set", "lo", "down", "name", "mk-loopback"])
    if error:
        raise OSError(0, error)
    for name in names:
        try:
            devices[name] = make_device(name, kind)
        except (OSError, ValueError, struct.error) as problem:
            failed[name] = str(problem)
    commands(["link set mk-loopback up", *[f"link set {name} up" for name in devices]])
    # Answers, and packets whose destination a rule changed, take the last device.
    default = [f"route add default dev {list(devices)[-1]}"] if devices else []
    rules = ["rule add pref 100 lookup local", "rule del pref 0", f"rule add pref 10 lookup {TABLE}"]
    address = "198.18.255.254/32" if family == 4 else "fdee::254/128"
    commands([f"addr add {address} dev mk-loopback", *rules, *default], f"-{family}")
    return devices, failed


def commands(lines, *options):
    """Commands of ip(8), all at once."""
    error = run(["ip", *options, "-batch", "-"], "\n".join(lines) + "\n")
    if error:
        raise OSError(0, error)


class Routes:
    """Sends each destination where the packet wants to go: out of a device, or to this host."""

    def __init__(self):
        self.netlink = Netlink(ROUTE)
        self.loopback = socket.if_nametoindex("mk-loopback")
        self.last = None

    def point(self, destination, device):
        """`device` is an index; 0 for this host. The route stays until the next one."""
        wanted = (destination, device)
        if self.last == wanted:
            return True
        self.forget()
        if self._change(NEW_ROUTE, CREATE | REPLACE, destination, device) != 0:
            return False
        self.last = wanted
        return True

    def forget(self):
        if self.last is not None:
            self._change(DELETE_ROUTE, 0, *self.last)
        self.last = None

    def _change(self, kind, flags, destination, device):
        packed = ipaddress.ip_address(destination).packed
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        scope, type_of = (0, UNICAST) if device else (254, LOCAL)
        if device and family == socket.AF_INET:
            scope = 253
        # An address of this host has to stand in the table of such addresses, or nobody may answer from it (net/ipv4/devinet.c, __ip_dev_find).
        table = TABLE if device else LOCAL_TABLE
        header = struct.pack("=BBBBBBBBI", family, 8 * len(packed), 0, 0, 0, 4, scope, type_of, 0)
        body = attribute(1, packed) + attribute(4, struct.pack("=I", device or self.loopback)) + attribute(15, struct.pack("=I", table))
        return self.netlink.request(kind, flags, header + body)
