"""Reads what the probes and the ruleset's own logging rules tell, through nfnetlink_log (include/uapi/linux/netfilter/nfnetlink_log.h)."""
import socket
import struct

from netlink import DONE, HEADER, NETFILTER, Netlink, attribute, attributes, be32

SUBSYSTEM = 4
PACKET, CONFIG = 0, 1
BIND = 1
COPY_PACKET = 2
HOOKS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]


class Capture:
    """A listener to one group of nfnetlink_log."""

    def __init__(self, group):
        self.netlink = Netlink(NETFILTER)
        self.netlink.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
        header = struct.pack("=BBH", 0, 0, socket.htons(group))
        for body in (
            attribute(1, bytes([BIND])),
            attribute(2, struct.pack("!IBB", 0xFFFF, COPY_PACKET, 0)) + attribute(5, be32(1)),
        ):
            error = self.netlink.request(SUBSYSTEM << 8 | CONFIG, 0, header + body)
            if error:
                raise OSError(error, "nfnetlink_log")
        self.socket = self.netlink.socket
        self.socket.setblocking(False)

    def read(self):
        """All events that are there, in order, and whether some were lost."""
        events, lost = [], False
        while True:
            try:
                data = self.socket.recv(1 << 17)
            except BlockingIOError:
                return events, lost
            except OSError:
                lost = True
                continue
            at = 0
            while at + HEADER.size <= len(data):
                size, kind, *_ = HEADER.unpack_from(data, at)
                if kind == SUBSYSTEM << 8 | PACKET:
                    events.append(event(data, at + HEADER.size + 4, at + size))
                if kind == DONE or size < HEADER.size:
                    break
                at += size + 3 & ~3


def event(data, at, end):
    """One event: what told it, the packet's bytes, devices by index, and its mark."""
    found = {"mark": 0}
    for kind, content in attributes(data, at, end):
        if kind == 1:
            found["hook"] = HOOKS[content[2]]
        elif kind == 2:
            found["mark"] = struct.unpack("!I", content)[0]
        elif kind == 4:
            found["in"] = struct.unpack("!I", content)[0]
        elif kind == 5:
            found["out"] = struct.unpack("!I", content)[0]
        elif kind == 9:
            found["bytes"] = content.hex()
        elif kind == 10:
            found["told"] = content.rstrip(b"\0").decode(errors="replace")
    return found
