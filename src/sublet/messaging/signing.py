"""DKIM: making a key, and signing a message with it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sublet.core.senders import ED25519, RSA
from sublet.messaging.gateway import Envelope

#: Signed when they are there. From is named once more than it occurs, so that a second one cannot be added.
SIGNED = (
    "from", "from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type", "content-language",
    "auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "list-id",
)  # fmt: skip
_BITS = 2048


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is made: `private` is sealed at once, `public` base64 as DNS shows it."""

    selector: str
    public: str
    private: str
    algorithm: str = RSA


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs for a domain. `private` is PEM for RSA, and the base64 of the key for Ed25519."""

    domain: str
    selector: str
    private: str
    algorithm: str = RSA


def make_keys() -> tuple[NewKey, NewKey]:
    """A new key of each kind, RSA first, under selectors that tell nobody anything."""
    return _make_rsa(), _make_ed25519()


def _new_selector() -> str:
    return "k" + secrets.token_hex(4)


def _make_ed25519() -> NewKey:
    key = ed25519.Ed25519PrivateKey.generate()
    public, private = key.public_key().public_bytes_raw(), key.private_bytes_raw()
    return NewKey(
        selector=_new_selector(),
        public=base64.b64encode(public).decode("ascii"),
        private=base64.b64encode(private).decode("ascii"),
        algorithm=ED25519,
    )


def _make_rsa() -> NewKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return NewKey(
        selector=_new_selector(),
        public=base64.b64encode(public).decode("ascii"),
        private=private.decode("ascii"),
    )


def signed(envelope: Envelope, signers: Sequence[Signer]) -> Envelope:
    """The envelope with a signature of each on top of its message; that of the last one stands first."""
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
            signature_algorithm=f"{signer.algorithm}-sha256".encode("ascii"),
            include_headers=[name.encode("ascii") for name in there],
        )
        message = signature.replace(b"\r\n", b"\n") + message
    return replace(envelope, message=message)
