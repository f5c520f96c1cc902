"""A real TLS server for tests, and certificates that nobody trusts."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def certificate(
    folder: Path, name: str, ends: datetime, *, maker: str = "Test Authority", more: Sequence[str] = ()
) -> Path:
    """A certificate for that name and `more`, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, maker)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(ends - 90 * DAY)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in (name, *more)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def signed_certificate(folder: Path, name: str, ends: datetime) -> tuple[Path, Path]:
    """An authority's certificate, with a word before it as such files have; and one that it has signed, with its key."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _each in range(2)]
    house = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "House Authority")])
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = []
    for number, subject in enumerate((house, named)):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(house).serial_number(number + 1)
        builder = builder.public_key(keys[number].public_key()).not_valid_before(ends - 90 * DAY).not_valid_after(ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        if number:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    authority, both = folder / "authority.pem", folder / "signed.pem"
    authority.write_bytes("Autorité de la maison\n".encode() + made[0])
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(private + made[1])
    return authority, both


def speak(listener: socket.socket, file: Path, times: int) -> None:
    """Show it to so many visitors."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def serve() -> None:
        for _time in range(times):
            wire, _place = listener.accept()
            try:
                with context.wrap_socket(wire, server_side=True) as shown:
                    shown.recv(1)
            except OSError:
                pass  # the visitor did not trust it, or has left

    threading.Thread(target=serve, daemon=True).start()
