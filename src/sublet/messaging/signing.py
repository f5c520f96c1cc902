"""DKIM: making a key, and signing a message with it."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

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

from sublet.core.senders import ED25519, RSA
from sublet.messaging.gateway import Envelope

#: Signed when they are there. From is named once more than it occurs, so that a second one cannot be added.
SIGNED = (
    "from", "from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type", "content-language",
    "auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "list-id",
)  # fmt: skip
_BITS = 2048
_NAME = b"DKIM-Signature"
_FOLDED, _WHITE = re.compile(rb"\n(?=[ \t])"), re.compile(rb"[ \t]+")
_PADDING, _DIGEST = padding.PKCS1v15(), Prehashed(SHA256())


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


def relaxed_body(message: bytes) -> bytes:
    """The body of a message with bare ends of lines, in the form in which it is hashed (RFC 6376 3.4.4)."""
    kept = message.partition(b"\n\n")[2].replace(b"\t", b" ")
    while b"  " in kept:
        kept = kept.replace(b"  ", b" ")
    kept = kept.replace(b" \n", b"\n").rstrip(b"\n")
    return (kept + b"\n").replace(b"\n", b"\r\n") if kept else b""


def _relaxed_header(name: bytes, value: bytes) -> bytes:
    return name + b":" + _WHITE.sub(b" ", value).strip(b" ")


def _headers(message: bytes) -> dict[bytes, list[bytes]]:
    """The headers by name, each in the form in which it is signed, the first one first."""
    found: dict[bytes, list[bytes]] = {}
    for line in _FOLDED.sub(b" ", message.partition(b"\n\n")[0]).split(b"\n"):
        name, _colon, value = line.partition(b":")
        name = name.lower()
        found.setdefault(name, []).append(_relaxed_header(name, value))
    return found


@lru_cache(maxsize=64)
def _rsa_key(private: str) -> rsa.RSAPrivateKey:
    # Made by `_make_rsa`: its primes are not tested again for each mail.
    key = load_pem_private_key(private.encode("ascii"), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - `make_keys` makes no other
    return key


@lru_cache(maxsize=64)
def _ed25519_key(private: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(private))


def _sealed(digest: bytes, signer: Signer) -> bytes:
    """What the signer's key makes of a digest, in base64."""
    if signer.algorithm == RSA:
        made = _rsa_key(signer.private).sign(digest, _PADDING, _DIGEST)
    else:
        made = _ed25519_key(signer.private).sign(digest)
    return base64.b64encode(made)


def _signature(signer: Signer, names: Sequence[str], covered: bytes, body_hash: bytes, at: int) -> bytes:
    """The header. `covered`: the headers that it signs, as they are signed."""
    fields = (
        f"v=1; a={signer.algorithm}-sha256; c=relaxed/relaxed; d={signer.domain}; i=@{signer.domain}; q=dns/txt;"
        f" s={signer.selector}; t={at}; h={' : '.join(names)}; bh={body_hash.decode('ascii')}; b="
    ).encode("ascii")
    # Folded once with something in the place of the signature, so that folding it with the signature moves nothing before it.
    blank = dkim.fold(fields + b"0" * 60, namelen=len(_NAME), linesep=b"\r\n")
    empty = blank[: blank.rindex(b"b=") + 2].replace(b"\r\n", b"")
    digest = sha256(covered + _relaxed_header(b"dkim-signature", empty)).digest()
    whole = dkim.fold(fields + _sealed(digest, signer) + b"\r\n", namelen=len(_NAME), linesep=b"\r\n")
    return _NAME + b": " + bytes(whole).replace(b"\r\n", b"\n")


def signed(envelope: Envelope, signers: Sequence[Signer], *, at: datetime) -> Envelope:
    """The envelope with a signature of each, made `at` that instant, on top of its message; that of the last one stands first.

    By hand: dkimpy takes the whole message apart for each signature, and does arithmetic of 2048 bits in Python. What it would
    have written is the same, byte for byte (tests/messaging/test_signing.py), and it is what receivers' side is tested with.
    """
    message = envelope.message
    there = _headers(message)
    names = [name for name in SIGNED if name.encode("ascii") in there]
    covered = b""
    for name in names:
        # From below, each once: a name that comes more often than its header is signed as missing.
        left = there[name.encode("ascii")]
        covered += left.pop() + b"\r\n" if left else b""
    body_hash = base64.b64encode(sha256(relaxed_body(message)).digest())
    for signer in signers:
        message = _signature(signer, names, covered, body_hash, int(at.timestamp())) + message
    return replace(envelope, message=message)
