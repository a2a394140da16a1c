"""The harness's own chains, in nf_tables and so beside whichever iptables is tested: they give packets their marks before the first rule sees them, tell what
passes the beginning and the end of each hook, and drop everything at the last moment, so that nothing leaves and no connection is ever confirmed.

Telling is nfnetlink_log's business. It shows a packet's mark, so the connection's state, status and mark are put there for the moment of telling.

Priorities: include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities (defragmentation -400, raw -300, conntrack -200, security 50, confirmation INT_MAX).
"""
import struct

from netlink import CREATE, NETFILTER, Netlink, attribute, be32, nested, text

SUBSYSTEM = 10
NEW_TABLE, NEW_CHAIN, NEW_RULE = 0, 3, 6
INET, NETDEV = 1, 5
INT_MAX = 0x7FFFFFFF
ACCEPT, DROP = 1, 0
VERDICT, REGISTER, OTHER_REGISTER = 0, 8, 9
PRIORITY, MARK, PKTTYPE = 2, 3, 19
CT_STATE, CT_STATUS, CT_MARK = 0, 2, 3
TABLE = "markify"
# Behind defragmentation, in front of every table.
BEGIN = -350
GROUP = 4242

# Byte 1 of the destination address asks for something, bytes 2 to 5 are the mark.
CONTROL, MARK_AT = 1, 2
NOTRACK = 1
# SO_PRIORITY of packets that this host sends for a test, without and with connection tracking.
SENT, SENT_UNTRACKED = 0x6D6B0000, 0x6D6B0001

HOOKS = {"PREROUTING": 0, "INPUT": 1, "FORWARD": 2, "OUTPUT": 3, "POSTROUTING": 4}


def expression(name, *parts):
    data = [nested(2, *parts)] if parts else []
    return nested(1, attribute(1, text(name)), *data)


def link_bytes(offset, size):
    """Loads bytes of the Ethernet header; ends the rule where there is none."""
    return expression("payload", attribute(1, be32(REGISTER)), attribute(2, be32(0)), attribute(3, be32(offset)), attribute(4, be32(size)))


def load(key, register=REGISTER):
    return expression("meta", attribute(2, be32(key)), attribute(1, be32(register)))


def store(key, register=REGISTER):
    return expression("meta", attribute(2, be32(key)), attribute(3, be32(register)))


def connection(key):
    """Loads something of the packet's connection; ends the rule where there is none, unless the state is asked for."""
    return expression("ct", attribute(2, be32(key)), attribute(1, be32(REGISTER)))


def equals(data):
    return expression("cmp", attribute(1, be32(REGISTER)), attribute(2, be32(0)), nested(3, attribute(1, data)))


def value(data):
    return expression("immediate", attribute(1, be32(REGISTER)), nested(2, attribute(1, data)))


def verdict(code):
    return expression("immediate", attribute(1, be32(VERDICT)), nested(2, nested(2, attribute(1, be32(code)))))


def tell(prefix, size=0):
    """So many bytes of the packet; 0 for all."""
    length = [attribute(3, be32(size))] if size else []
    return expression("log", attribute(1, struct.pack("!H", GROUP)), attribute(2, text(prefix)), *length)


def tell_in_mark(prefix, key):
    """Shows something of the connection as the mark."""
    return [connection(key), store(MARK), tell(prefix, 1)]


def header(family):
    return struct.pack("=BBH", family, 0, 0)


def table(family):
    return NEW_TABLE, CREATE, header(family) + attribute(1, text(TABLE))


def chain(family, name, hook, priority, device=None):
    place = [attribute(1, be32(hook)), attribute(2, be32(priority))]
    if device is not None:
        place.append(attribute(3, text(device)))
    body = attribute(1, text(TABLE)) + attribute(3, text(name)) + nested(4, *place) + attribute(7, text("filter"))
    return NEW_CHAIN, CREATE, header(family) + body


def rule(family, name, *expressions):
    body = attribute(1, text(TABLE)) + attribute(2, text(name)) + nested(4, *expressions)
    return NEW_RULE, CREATE | 0x800, header(family) + body


def entry(devices):
    """On Ethernet devices: the mark from the header, and every packet is for this host, whatever its destination address."""
    yield table(NETDEV)
    for number, device in enumerate(devices):
        name = f"entry{number}"
        yield chain(NETDEV, name, 0, 0, device)
        yield rule(NETDEV, name, link_bytes(MARK_AT, 4), store(MARK), value(b"\0"), store(PKTTYPE))


def connection_rules(name, hook, sign, keys):
    """Tell the state (`?`), or, where there is a connection, its status (`!`) or mark (`#`)."""
    for key, what in keys:
        # The first expression that finds no connection ends the rule before the mark is touched.
        yield rule(INET, name, load(MARK, OTHER_REGISTER), *tell_in_mark(f"{hook}{what}{sign}", key), store(MARK, OTHER_REGISTER))


def answers():
    """What this host sends by itself is an answer to the packet, or noise: it is told and goes no further."""
    yield chain(INET, "answers", HOOKS["OUTPUT"], -2000)
    for own in (SENT, SENT_UNTRACKED):
        yield rule(INET, "answers", load(PRIORITY), equals(struct.pack("=I", own)), verdict(ACCEPT))
    yield rule(INET, "answers", tell("answer"), verdict(DROP))


def watchers(begins, ends, is_tracked):
    """At hooks that are watched: the beginning (`<`), what connection tracking says where it is on, and the end (`>`)."""
    yield table(INET)
    yield chain(INET, "notrack_in", HOOKS["PREROUTING"], -450)
    yield rule(INET, "notrack_in", link_bytes(CONTROL, 1), equals(bytes([NOTRACK])), expression("notrack"))
    yield chain(INET, "notrack_out", HOOKS["OUTPUT"], -450)
    yield rule(INET, "notrack_out", load(PRIORITY), equals(struct.pack("=I", SENT_UNTRACKED)), expression("notrack"))
    yield from answers()
    for name, hook in HOOKS.items():
        if name in begins:
            yield from beginning(name, hook, is_tracked)
        is_last = name in ("INPUT", "POSTROUTING")
        if name in ends or is_last:
            yield from ending(name, hook, is_tracked, name in ends, is_last)


def beginning(name, hook, is_tracked):
    begin = f"begin{hook}"
    yield chain(INET, begin, hook, BEGIN)
    yield rule(INET, begin, tell(f"{name}<", 1))
    if is_tracked:
        if name in ("PREROUTING", "OUTPUT"):
            begin = f"state{hook}"
            yield chain(INET, begin, hook, -199)
        yield from connection_rules(begin, name, "<", ((CT_STATE, "?"), (CT_STATUS, "!"), (CT_MARK, "#")))


def ending(name, hook, is_tracked, is_told, is_last):
    end = f"end{hook}"
    yield chain(INET, end, hook, INT_MAX - 1)
    if is_told:
        if is_tracked:
            yield from connection_rules(end, name, ">", ((CT_MARK, "#"),))
        yield rule(INET, end, tell(f"{name}>"))
    if is_last:
        yield rule(INET, end, verdict(DROP))


def set_up(devices, begins, ends, is_tracked):
    """Puts all chains into this namespace."""
    netlink = Netlink(NETFILTER)
    if devices:
        netlink.batch(SUBSYSTEM, list(entry(devices)))
    netlink.batch(SUBSYSTEM, list(watchers(begins, ends, is_tracked)))
