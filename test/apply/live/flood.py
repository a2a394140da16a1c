"""Sends UDP packets from several addresses in turn, as fast as one process can, until it is ended: flood.py TO PORT FROM..."""
import socket
import sys

to, port, sources = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
family = socket.AF_INET6 if ":" in to else socket.AF_INET
senders = []
for source in sources:
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.bind((source, 0))
    sender.connect((to, port))
    senders.append(sender.send)
number = 0
while True:
    text = number.to_bytes(8, "big")
    number += 1
    for send in senders:
        try:
            send(text)
        except OSError:
            # The queue of the device is full, or an answer says that nobody listens.
            pass
