"""DKIM: making a key, and signing a message with it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sublet.messaging.gateway import Envelope

#: Signed when they are there. From is named once more than it occurs, so that a second one cannot be added.
SIGNED = (
    "from", "from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type", "content-language",
    "auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "list-id",
)  # fmt: skip
_BITS = 2048


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is made: `private` is PEM and is sealed at once, `public` base64 as DNS shows it."""

    selector: str
    public: str
    private: str


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs for a domain. `private` is PEM."""

    domain: str
    selector: str
    private: str


def make_key() -> NewKey:
    """A new RSA key of 2048 bits under a selector that tells nobody anything."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return NewKey(
        selector="k" + secrets.token_hex(4),
        public=base64.b64encode(public).decode("ascii"),
        private=private.decode("ascii"),
    )


def signed(envelope: Envelope, signers: Sequence[Signer]) -> Envelope:
    """The envelope with a signature of each on top of its message."""
    message = envelope.message
    head = message.split(b"\n\n", 1)[0].lower()
    there = [name for name in SIGNED if head.startswith(f"{name}:".encode()) or f"\n{name}:".encode() in head]
    for signer in signers:
        signature = dkim.sign(
            message,
            signer.selector.encode("ascii"),
            signer.domain.encode("ascii"),
            signer.private.encode("ascii"),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.encode("ascii") for name in there],
        )
        message = signature.replace(b"\r\n", b"\n") + message
    return replace(envelope, message=message)
