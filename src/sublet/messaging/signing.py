"""DKIM: making a key, and signing a message with it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from dkim import canonicalization

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


class Relaxed(canonicalization.Relaxed):  # type: ignore[misc]  # dkimpy has no types
    """dkimpy's relaxed form of a body, the same bytes: its patterns stop at each blank of a mail, and a signature takes as long for
    them as for its arithmetic."""

    @staticmethod
    def canonicalize_body(body: bytes) -> bytes:
        """The body as it is hashed."""
        kept = body.replace(b"\t", b" ")
        while b"  " in kept:
            kept = kept.replace(b"  ", b" ")
        kept = canonicalization.strip_trailing_lines(kept.replace(b" \r\n", b"\r\n"))
        found: bytes = canonicalization.correct_empty_body(kept)
        return found


canonicalization.ALGORITHMS[Relaxed.name] = Relaxed


@dataclass(frozen=True, slots=True)
class _Signature:
    signature: bytes


class _ByOpenSsl:
    """An RSA key that signs a digest by OpenSSL: dkimpy's own arithmetic takes ten times as long as all else of a mail."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def sign(self, digest: bytes) -> _Signature:
        return _Signature(self._key.sign(digest, padding.PKCS1v15(), Prehashed(SHA256())))


class _Dkim(dkim.DKIM):  # type: ignore[misc]  # dkimpy has no types
    """dkimpy's signer. What is signed, and how it is written down, is all its own; `key` alone makes the number of it."""

    signature_algorithm: bytes

    def __init__(self, message: bytes, key: _ByOpenSsl) -> None:
        super().__init__(message, signature_algorithm=b"rsa-sha256")
        self._key = key

    def gen_header(self, *arguments: Any, **named: Any) -> bytes:
        fields, include_headers, canon_policy, header_name, _parsed = arguments
        # dkimpy lets a key sign by itself only under this name; the header has got its own before, in `fields`.
        kept, self.signature_algorithm = self.signature_algorithm, b"ed25519-sha256"
        try:
            header = super().gen_header(fields, include_headers, canon_policy, header_name, self._key, **named)
        finally:
            self.signature_algorithm = kept
        assert isinstance(header, bytes)  # noqa: S101 - as dkimpy documents
        return header


@lru_cache(maxsize=64)
def _rsa_key(private: str) -> _ByOpenSsl:
    # Made by `_make_rsa`: its primes are not tested again for each mail.
    key = load_pem_private_key(private.encode("ascii"), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - `make_keys` makes no other
    return _ByOpenSsl(key)


def _signature(message: bytes, signer: Signer, names: Sequence[bytes]) -> bytes:
    selector, domain, private = (text.encode("ascii") for text in (signer.selector, signer.domain, signer.private))
    how = {"canonicalize": (b"relaxed", b"relaxed"), "include_headers": list(names)}
    if signer.algorithm == RSA:
        made = _Dkim(message, _rsa_key(signer.private)).sign(selector, domain, private, **how)
    else:
        algorithm = f"{signer.algorithm}-sha256".encode("ascii")
        made = dkim.sign(message, selector, domain, private, signature_algorithm=algorithm, **how)
    assert isinstance(made, bytes)  # noqa: S101 - as dkimpy documents
    return made.replace(b"\r\n", b"\n")


def signed(envelope: Envelope, signers: Sequence[Signer]) -> Envelope:
    """The envelope with a signature of each on top of its message; that of the last one stands first."""
    message = envelope.message
    head = message.split(b"\n\n", 1)[0].lower()
    there = [name for name in SIGNED if head.startswith(f"{name}:".encode()) or f"\n{name}:".encode() in head]
    names = [name.encode("ascii") for name in there]
    for signer in signers:
        message = _signature(message, signer, names) + message
    return replace(envelope, message=message)
