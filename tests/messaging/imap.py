"""A real mailbox for tests, in this process: as much of IMAP as reading one takes (RFC 9051), over TLS with its own certificate."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sublet.foundation.clock import now


@dataclass
class Message:
    """One message in the mailbox."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """`messages` by their number. `said`: what was commanded. `refuses`: a command that is answered with NO."""

    port: int = 0
    authority: Path = Path()
    messages: dict[int, Message] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    refuses: str = ""
    uidplus: bool = True
    folder: str = "INBOX"

    def put(self, raw: bytes) -> int:
        """A message arrives; its number."""
        number = max(self.messages, default=0) + 1
        self.messages[number] = Message(raw)
        return number


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, at = ec.generate_private_key(ec.SECP256R1()), now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailbox")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(at - timedelta(hours=1)).not_valid_after(at + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "mailbox.pem", folder / "mailbox.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        box = self.server.box
        self.logged_in = False
        self._say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _blank, command = line.partition(" ")
            box.said.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "UID":
                verb = command.split(" ")[1].upper()
            if box.refuses and verb == box.refuses:
                self._say(f"{tag} NO not today")
                continue
            self._do(box, verb, command)
            self.logged_in |= verb == "LOGIN"
            self._say(f"{tag} OK done")
            if verb == "LOGOUT":
                return

    def _do(self, box: Mailbox, verb: str, command: str) -> None:
        if verb == "CAPABILITY":
            # Many servers say what they can do only to whoever has logged in.
            self._say("* CAPABILITY IMAP4rev1" + (" UIDPLUS" if box.uidplus and self.logged_in else ""))
        elif verb == "SELECT":
            assert command == f'SELECT "{box.folder}"'
            self._say(f"* {len(box.messages)} EXISTS")
        elif verb == "SEARCH":
            assert command.endswith("UNSEEN UNDELETED")
            unread = [number for number, each in box.messages.items() if not each.flags & {"\\Seen", "\\Deleted"}]
            self._say(f"* SEARCH {' '.join(map(str, unread))}".rstrip())
        elif verb == "FETCH":
            match = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command)
            assert match is not None
            message = box.messages.get(int(match[1]))
            if message is not None:
                raw = message.raw[: int(match[2])]
                self.wfile.write(f"* 1 FETCH (UID {match[1]} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        elif verb == "STORE":
            match = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \((.*)\)", command)
            assert match is not None
            box.messages[int(match[1])].flags |= set(match[2].split())
        elif verb == "EXPUNGE":
            number = int(command.split(" ")[2])
            if "\\Deleted" in box.messages[number].flags:
                del box.messages[number]

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    box: Mailbox


@contextmanager
def mailbox(folder: Path) -> Iterator[Mailbox]:
    """Within: a mailbox on 127.0.0.1, empty."""
    public, private = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = Mailbox(port=server.server_address[1], authority=public)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.box
        finally:
            server.shutdown()
