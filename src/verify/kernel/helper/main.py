"""Sends packets through an iptables ruleset in a network namespace of its own, and tells what became of each.

Started by markify, never by hand. Reads one JSON request a line from standard input, answers each with one line, and ends with its input; everything that it made
ends with it. Requests: {"setUp": …}, {"load": …}, {"packets": […]}; session.ts has their types.
"""
import json
import os
import platform
import signal
import socket
import struct
import sys

import capture
import connections
import probes
import world


class Sender:
    """Packets that this host sends itself, through raw sockets."""

    def __init__(self, family):
        if family == 4:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        else:
            self.socket = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
            self.socket.setsockopt(socket.IPPROTO_IPV6, 36, 1)

    def send(self, data, packet):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, packet["mark"] - (1 << 32 if packet["mark"] >> 31 else 0))
        priority = probes.SENT_UNTRACKED if packet.get("untracked") else probes.SENT
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, priority)
        try:
            self.socket.sendto(data, (packet["destination"], 0))
        except OSError:
            # A packet that is dropped on its way out is an error of the call; the events say how far it came.
            pass


class Harness:
    """One namespace with its devices; loads rulesets and sends packets."""

    def set_up(self, request):
        self.family = request["family"]
        self.kind = request["kind"]
        world.enter()
        self.devices, failed = world.set_up(request["devices"], self.kind, self.family)
        marked = list(self.devices) if self.kind == "tap" else []
        probes.set_up(marked, request["begins"], request["ends"], request["tracked"])
        self.index = {name: socket.if_nametoindex(name) for name in self.devices}
        self.names = {index: name for name, index in self.index.items()}
        self.routes = world.Routes()
        self.capture = capture.Capture(probes.GROUP)
        self.connections = connections.Connections(self.family)
        self.sender = Sender(self.family)
        self.ether_type = b"\x08\x00" if self.family == 4 else b"\x86\xdd"
        self.capture.read()
        return {"kernel": platform.release(), "failed": failed}

    def load(self, request):
        """Empty tables first, so that what stateful matches have counted is forgotten."""
        command = request["command"]
        if request.get("ipsets") and not getattr(self, "sets", False):
            error = world.run(["ipset", "-exist", "restore"], request["ipsets"])
            if error:
                return {"error": error}
            self.sets = True
        for text in (request["empty"], request["text"]):
            error = world.run([command, "-w", "20"], text) if "legacy" in command else world.run([command], text)
            if error:
                return {"error": error}
        self.routes.forget()
        self.capture.read()
        return {}

    def packets(self, request):
        return {"fates": [self.send(packet) for packet in request]}

    def send(self, packet):
        """The events that one packet caused, or why it could not be sent."""
        out = self.index.get(packet["out"], -1) if packet.get("out") else 0
        if out < 0 or (packet.get("in") and packet["in"] not in self.devices):
            return {"unsent": "device"}
        if not self.routes.point(packet["destination"], out):
            return {"unsent": "route"}
        entry = packet.get("connection")
        refused = entry is not None and self.connections.make(entry) != 0
        data = bytes.fromhex(packet["bytes"])
        if packet.get("in"):
            self.inject(data, packet)
        else:
            self.sender.send(data, packet)
        events, lost = self.capture.read()
        if entry is not None and not refused:
            self.connections.remove(entry)
        for event in events:
            for side in ("in", "out"):
                if side in event:
                    event[side] = self.names.get(event[side], "")
        if lost:
            return {"unsent": "lost"}
        return {"events": events, **({"noConnection": True} if refused else {})}

    def inject(self, data, packet):
        if self.kind == "tap":
            control = probes.NOTRACK if packet.get("untracked") else 0
            target = bytes([2, control]) + struct.pack("=I", packet["mark"])
            data = target + bytes.fromhex(packet["mac"]) + self.ether_type + data
        os.write(self.devices[packet["in"]], data)


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    world.die_with_parent()
    harness = Harness()
    for line in sys.stdin:
        ((name, request),) = json.loads(line).items()
        try:
            answer = {"setUp": harness.set_up, "load": harness.load, "packets": harness.packets}[name](request)
        except OSError as problem:
            answer = {"error": f"{name}: {problem}"}
        sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
        sys.stdout.flush()


main()
