"""A connection like that of ssh. `serve PORT` answers each line; `hold HOST PORT FOLDER` sends a line each time that a file FOLDER/ask is there, and writes the answer, or `none`, to FOLDER/answer;
`try HOST PORT` opens a new connection and ends with 0 if it is answered."""
import os
import socket
import sys
import threading
import time

SECONDS = 2


def answer(connection):
    while data := connection.recv(64):
        connection.sendall(data)


def serve(port):
    server = socket.create_server(("", port))
    while True:
        connection, _ = server.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def ask(connection, text):
    """Lines that are answered late are not taken for the answer to this one."""
    try:
        connection.sendall(text)
        said = b""
        while text not in said:
            said += connection.recv(64)
        return True
    except OSError:
        return False


def hold(host, port, folder):
    connection = socket.create_connection((host, port), SECONDS)
    connection.settimeout(SECONDS)
    number = 0
    while True:
        if os.path.exists(f"{folder}/ask"):
            number += 1
            said = ask(connection, b"%d;" % number)
            os.remove(f"{folder}/ask")
            with open(f"{folder}/answer.new", "w") as file:
                file.write("answered" if said else "none")
            os.rename(f"{folder}/answer.new", f"{folder}/answer")
        time.sleep(0.05)


def try_new(host, port):
    try:
        connection = socket.create_connection((host, port), SECONDS)
        connection.settimeout(SECONDS)
        return 0 if ask(connection, b"new;") else 1
    except OSError:
        return 1


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
elif sys.argv[1] == "hold":
    hold(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    sys.exit(try_new(sys.argv[2], int(sys.argv[3])))
