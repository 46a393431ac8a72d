"""A mail server on loopback that keeps what it gets: the few commands of SMTP (RFC 5321) that a client needs."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Mail:
    """``received``: (recipients, message) in order. While ``closed``, every message is refused for now (451)."""

    port: int = 0
    closed: bool = False
    received: list[tuple[list[str], Message]] = field(default_factory=list)


@contextmanager
def open_mail() -> Iterator[Mail]:
    mail = Mail()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(220)
            recipients: list[str] = []
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self._say(354)
                    self._keep(recipients)
                    recipients = []
                elif word == b"RCPT":
                    recipients.append(line.split(b"<")[1].split(b">")[0].decode())
                    self._say(250)
                else:
                    self._say(221 if word == b"QUIT" else 250)

        def _keep(self, recipients: list[str]) -> None:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            if not mail.closed:
                mail.received.append((recipients, message_from_bytes(b"".join(lines))))
            self._say(451 if mail.closed else 250)

        def _say(self, code: int) -> None:
            self.wfile.write(f"{code} so be it\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        mail.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield mail
        server.shutdown()
