"""Netlink messages to bytes and back: attributes, requests that wait for their answer, batches."""
import errno
import os
import socket
import struct

REQUEST, MULTI, ACK, REPLACE, EXCL, CREATE = 0x1, 0x2, 0x4, 0x100, 0x200, 0x400
NESTED = 0x8000
ERROR, DONE = 2, 3
ROUTE, NETFILTER = 0, 12
HEADER = struct.Struct("=IHHII")


def attribute(kind, data):
    """One attribute, padded to four bytes."""
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def nested(kind, *parts):
    """An attribute that holds others."""
    return attribute(kind | NESTED, b"".join(parts))


def be32(value):
    return struct.pack("!I", value & 0xFFFFFFFF)


def text(value):
    return value.encode() + b"\0"


def attributes(data, at, end):
    """Kind and data of each attribute between two places."""
    while at + 4 <= end:
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            return
        yield kind & 0x3FFF, data[at + 4 : at + size]
        at += size + 3 & ~3


class Netlink:
    """A socket of one netlink family; requests are acknowledged one by one."""

    def __init__(self, family):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family)
        self.socket.bind((0, 0))
        self.sequence = 0

    def message(self, kind, flags, body):
        self.sequence += 1
        return HEADER.pack(HEADER.size + len(body), kind, flags, self.sequence, 0) + body

    def request(self, kind, flags, body):
        """Sends one request and waits for its acknowledgement; the errno of a refusal, 0 for success."""
        self.socket.send(self.message(kind, flags | REQUEST | ACK, body))
        return self._acknowledged(self.sequence)

    def batch(self, subsystem, messages):
        """Sends (kind, flags, body) in one nfnetlink transaction. Raises OSError when one of them is refused."""
        edge = struct.pack("=BBH", 0, 0, socket.htons(subsystem))
        parts = [self.message(0x10, REQUEST, edge)]
        first = self.sequence + 1
        parts += [self.message(subsystem << 8 | kind, flags | REQUEST | ACK, body) for kind, flags, body in messages]
        last = self.sequence
        parts.append(self.message(0x11, REQUEST, edge))
        self.socket.send(b"".join(parts))
        for number in range(first, last + 1):
            error = self._acknowledged(number)
            if error:
                raise OSError(error, os.strerror(error))

    def _acknowledged(self, number):
        while True:
            data = self.socket.recv(1 << 16)
            at = 0
            while at < len(data):
                size, kind, _, sequence, _ = HEADER.unpack_from(data, at)
                if kind == ERROR and sequence == number:
                    return -struct.unpack_from("=i", data, at + HEADER.size)[0]
                if kind == ERROR and struct.unpack_from("=i", data, at + HEADER.size)[0] not in (0, -errno.EAGAIN):
                    raise OSError(-struct.unpack_from("=i", data, at + HEADER.size)[0], "netlink")
                at += size + 3 & ~3
