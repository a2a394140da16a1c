"""Makes and removes entries of the connection table, so that a packet is the next one of a known connection (include/uapi/linux/netfilter/nfnetlink_conntrack.h)."""
import errno
import ipaddress
import socket
import struct

from netlink import CREATE, EXCL, NETFILTER, Netlink, attribute, be32, nested

SUBSYSTEM = 1
NEW, DELETE = 0, 2
ICMP, ICMP6 = 1, 58
ADDRESSES = {4: (1, 2), 6: (3, 4)}
MASTER = {"protocol": 17, "sourcePort": 9, "destinationPort": 9}


def flipped(entry):
    back = {"source": entry["destination"], "destination": entry["source"], "protocol": entry["protocol"]}
    if "type" in entry:
        return {**back, "type": entry["replyType"], "code": 0, "id": entry["id"]}
    return {**back, "sourcePort": entry.get("destinationPort", 0), "destinationPort": entry.get("sourcePort", 0)}


def tuple_of(kind, entry):
    """CTA_TUPLE_IP and CTA_TUPLE_PROTO."""
    source, destination = ipaddress.ip_address(entry["source"]), ipaddress.ip_address(entry["destination"])
    first, second = ADDRESSES[source.version]
    parts = [attribute(1, bytes([entry["protocol"]]))]
    if "type" in entry:
        base = 4 if entry["protocol"] == ICMP else 7
        parts += [
            attribute(base, struct.pack("!H", entry["id"])),
            attribute(base + 1, bytes([entry["type"]])),
            attribute(base + 2, bytes([entry["code"]])),
        ]
    else:
        parts += [attribute(2, struct.pack("!H", entry.get("sourcePort", 0))), attribute(3, struct.pack("!H", entry.get("destinationPort", 0)))]
    return nested(kind, nested(1, attribute(first, source.packed), attribute(second, destination.packed)), nested(2, *parts))


class Connections:
    """The connection table of this namespace."""

    def __init__(self, family):
        self.netlink = Netlink(NETFILTER)
        self.header = struct.pack("=BBH", socket.AF_INET if family == 4 else socket.AF_INET6, 0, 0)
        self.master = {"source": "198.18.255.1", "destination": "198.18.255.2"} if family == 4 else {"source": "fdee::1", "destination": "fdee::2"}
        self.master.update(MASTER)

    def _send(self, kind, flags, body):
        return self.netlink.request(SUBSYSTEM << 8 | kind, flags, self.header + body)

    def make(self, entry):
        """Makes an entry; the errno of a refusal, 0 for success. It holds for half a minute at most."""
        if entry.get("related"):
            self._send(NEW, CREATE, tuple_of(1, self.master) + tuple_of(2, flipped(self.master)) + attribute(7, be32(30)))
        body = tuple_of(1, entry) + tuple_of(2, flipped(entry))
        # A time that passes, and CONFIRMED, which every entry of the table is.
        body += attribute(7, be32(30)) + attribute(3, be32(8 | entry.get("status", 0))) + attribute(8, be32(entry.get("mark", 0)))
        if "tcpState" in entry:
            flags = attribute(4, b"\x0a\x0a") + attribute(5, b"\x0a\x0a")
            body += nested(4, nested(1, attribute(1, bytes([entry["tcpState"]])), flags))
        if entry.get("related"):
            body += tuple_of(14, self.master)
        for side in entry.get("translated", []):
            body += self._translation(side)
        return self._send(NEW, CREATE | EXCL, body)

    def _translation(self, side):
        """A source or destination that was rewritten. Without a nat table nobody looks at it but the state's flags."""
        address = ipaddress.ip_address(self.master["source"]).packed
        kinds = (1, 2) if len(address) == 4 else (4, 5)
        return nested(6 if side == "source" else 13, *[attribute(kind, address) for kind in kinds])

    def remove(self, entry):
        """Removes an entry, where the packet has not done so itself."""
        for old in [entry, self.master] if entry.get("related") else [entry]:
            error = self._send(DELETE, 0, tuple_of(1, old))
            if error not in (0, errno.ENOENT):
                raise OSError(error, "conntrack")
