"""Loads rulesets into network namespaces, sends packets through each in turn, and says what a packet took.

Reads one JSON request from standard input and writes one JSON answer. The sender is the kernel itself: BPF_PROG_TEST_RUN with live frames puts the same frame into the
stack again and again (Documentation/bpf/bpf_prog_run.rst, Linux 5.18 and later), without a system call or a copy a packet, and everything up to the hook's end happens in the
thread that asks for it. So the thread's own processor time is the cost: what else runs on the machine is not in it. The packet's way ends behind the filter table, in a
chain that counts and drops.
"""
import ctypes
import fcntl
import json
import os
import platform
import random
import re
import socket
import struct
import subprocess
import sys
import time

NEW_NET = 0x40000000
BPF_SYSTEM_CALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280}
PROG_LOAD, PROG_TEST_RUN, LINK_CREATE = 5, 10, 28
XDP, LIVE_FRAMES, ATTACH_XDP, ANY_DEVICE, LOOPBACK = 6, 2, 37, 2, 1
MAC = "02:00:00:00:00:01"
BATCH = 64
# Forwarding takes one off the TTL of a frame each time that it is used again; they start with 255.
MOST_PACKETS = 250 * BATCH
# nft's own table of the benchmark: one counter as packets come to the hook, one behind everything that filters.
END = """table inet bench {
 counter before { }
 counter after { }
 chain first_forward { type filter hook forward priority -1000; counter name before; }
 chain first_input { type filter hook input priority -1000; counter name before; }
 chain last_forward { type filter hook forward priority 1000; counter name after drop; }
 chain last_input { type filter hook input priority 1000; counter name after drop; }
}
"""
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    result = libc.syscall(BPF_SYSTEM_CALL[platform.machine()], command, attributes, len(attributes))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"bpf: {os.strerror(number)}")
    return result


def load_pass():
    """The program `return XDP_PASS`: r0 = 2; exit."""
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 2, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("<IIQQ", XDP, 2, ctypes.addressof(code), ctypes.addressof(licence)) + bytes(64))


class Sender:
    """Sends frames in the namespace that the thread is in."""

    def __init__(self):
        self.program = load_pass()

    def attach(self):
        """
        Keeps the program in use, on the loopback device of a namespace of its own that nothing is sent through. A program that is in use nowhere else is made known to all processors
        when a call begins, and forgotten when it ends, which waits for all of them: on a busy machine much longer than the packets take.
        """
        if libc.unshare(NEW_NET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        space = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.attached = [space, bpf(LINK_CREATE, struct.pack("<IIII", self.program, LOOPBACK, ATTACH_XDP, ANY_DEVICE) + bytes(48))]

    def send(self, frame, device, count):
        """Nanoseconds of this thread for each of `count` packets that come in by a device."""
        data = ctypes.create_string_buffer(frame, len(frame))
        context = ctypes.create_string_buffer(struct.pack("<6I", 0, len(frame), 0, socket.if_nametoindex(device), 0, 0), 24)
        attributes = struct.pack(
            "<IIIIQQIIIIQQIIII", self.program, 0, len(frame), 0, ctypes.addressof(data), 0, count, 0, 24, 0, ctypes.addressof(context), 0, LIVE_FRAMES, 0, BATCH, 0
        )
        start = time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID)
        bpf(PROG_TEST_RUN, attributes)
        return (time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) - start) / count


def run(words, text=""):
    done = subprocess.run(words, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().split("\n")[0] or f"{words[0]} ended with code {done.returncode}")
    return done.stdout


def write(path, value):
    with open(f"/proc/sys/net/{path}", "w") as file:
        file.write(value)


def make_namespace(world):
    """A namespace with its devices, routes and counters; the thread is in it. Returned are the files that keep it."""
    if libc.unshare(NEW_NET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    kept = [os.open("/proc/self/ns/net", os.O_RDONLY)]
    for path in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        write(path, "1")
    for name in ("all", "default"):
        for path, value in (("rp_filter", "0"), ("send_redirects", "0"), ("accept_local", "1"), ("route_localnet", "1")):
            write(f"ipv4/conf/{name}/{path}", value)
        for path in ("accept_dad", "router_solicitations"):
            write(f"ipv6/conf/{name}/{path}", "0")
    lines = ["link set lo up"]
    for name in world["devices"]:
        device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22s", name.encode(), 0x1002, b""))
        kept.append(device)
        lines.append(f"link set {name} address {MAC} up")
    lines += [f"route add local {address} dev lo" for address in world["local"]]
    lines += [f"route add {address} dev {device}" for address, device in world["routes"]]
    run(["ip", "-6" if world["family"] == "v6" else "-4", "-batch", "-"], "\n".join(lines) + "\n")
    run(["nft", "-f", "-"], END)
    return kept


def timed(commands):
    start = time.perf_counter()
    for words, text in commands:
        run(words, text)
    return (time.perf_counter() - start) * 1000


def load_all(world, contestants, repeats):
    """Loads each `repeats` times in turn, with one more rule the times before the last; the namespaces of the last time stay."""
    spaces = {}
    for at in range(repeats):
        for contestant in contestants:
            name = contestant["name"]
            own = spaces.setdefault(name, {"kept": [], "load": [], "add": [], "error": None})
            if own["error"]:
                continue
            for old in own["kept"]:
                os.close(old)
            own["kept"] = make_namespace(world)
            try:
                own["load"].append(timed(contestant["load"]))
                if at < repeats - 1:
                    own["add"].append(timed([[contestant["add"], ""]]))
            except RuntimeError as problem:
                own["error"] = str(problem)
    return spaces


def enter(space):
    if libc.setns(space["kept"][0], NEW_NET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def counters():
    # Asked for its counters alone, nft first fetches the rules of all tables.
    text = run(["nft", "--terse", "list", "table", "inet", "bench"])
    return [int(re.search(name + r" \{\s*packets (\d+)", text)[1]) for name in ("before", "after")]


CHECKED = 4


def find_fates(sender, packets):
    """What becomes of each packet in what is loaded: "passed", "dropped", or why it is neither."""
    fates, before = [], counters()
    for packet in packets:
        sender.send(packet["frame"], packet["in"], CHECKED)
        after = counters()
        came, passed = (now - then for now, then in zip(after, before))
        before = after
        if came != CHECKED:
            fates.append(f"{came} of {CHECKED} packets came to the hook")
        else:
            fates.append({CHECKED: "passed", 0: "dropped"}.get(passed, f"{passed} of {CHECKED} packets got through"))
    return fates


def choose_count(sender, packet, nanoseconds):
    """How many packets take that long. Beginning and ending a call takes as long as many packets, so a few of them only tell what is slow."""
    count = 16
    took = sender.send(packet["frame"], packet["in"], count)
    if count * took < nanoseconds / 4:
        took = sender.send(packet["frame"], packet["in"], MOST_PACKETS // 8)
    return max(4, min(MOST_PACKETS, int(nanoseconds / took)))


def measure(sender, spaces, packets, rounds, nanoseconds):
    """Samples by contestant and packet. In each round everybody has every packet once, in another order."""
    names = list(spaces)
    counts, samples = {}, {name: [[] for _ in packets] for name in names}
    for name in names:
        enter(spaces[name])
        for at, packet in enumerate(packets):
            counts[name, at] = choose_count(sender, packet, nanoseconds)
    order = random.Random(1)
    for _ in range(rounds):
        for at, packet in enumerate(packets):
            for name in order.sample(names, len(names)):
                enter(spaces[name])
                took = sender.send(packet["frame"], packet["in"], counts[name, at])
                samples[name][at].append(round(took, 1))
    return samples


def find_missing():
    """What the kernel lacks for all this; an empty text for nothing."""
    if platform.machine() not in BPF_SYSTEM_CALL:
        return f"a machine whose bpf system call is known, not {platform.machine()}"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun"
    if libc.unshare(NEW_NET) != 0:
        return "network namespaces"
    try:
        run(["ip", "link", "set", "lo", "up"])
        Sender().send(bytes(60), "lo", 1)
    except OSError:
        return "BPF_PROG_TEST_RUN with live frames (Linux 5.18)"
    return ""


def main():
    if sys.argv[1:] == ["missing"]:
        print(find_missing())
        return
    request = json.load(sys.stdin)
    sender = Sender()
    sender.attach()
    packets = [{**packet, "frame": bytes.fromhex(packet["frame"])} for packet in request["packets"]]
    spaces = load_all(request["world"], request["contestants"], request["repeats"])
    loaded = {name: space for name, space in spaces.items() if not space["error"]}
    fates = {}
    for name, space in loaded.items():
        enter(space)
        fates[name] = find_fates(sender, packets)
    # Namespaces that are gone are still being cleared away.
    time.sleep(request["pause"])
    # Short bursts in front of others: a packet's cost has their traces in the caches, but none of their time.
    os.setpriority(os.PRIO_PROCESS, 0, -15)
    samples = measure(sender, loaded, packets, request["rounds"], request["nanoseconds"])
    answer = {
        name: {"error": space["error"], "load": space["load"], "add": space["add"], "fates": fates.get(name, []), "samples": samples.get(name, [])}
        for name, space in spaces.items()
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
