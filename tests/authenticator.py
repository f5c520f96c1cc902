"""A device that knows passkeys, in a few lines: makes keys and signs as WebAuthn says, and can be told to lie."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One device with one key. `verified`: it asked for a finger, not only for a touch."""

    origin: str
    verified: bool = True
    counter: int = 0
    rp_id: str = ""
    identity: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _head(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verified else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> str:
        """Answer a request for a new key."""
        self.rp_id, self.handle = options["rp"]["id"], websafe_decode(options["user"]["id"])
        client = self._client("webauthn.create", options["challenge"])
        known = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # has no types
        public = cbor.encode(dict(known))
        data = self._head(ATTESTED) + bytes(16) + len(self.identity).to_bytes(2, "big") + self.identity + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def sign(self, options: dict[str, Any]) -> str:
        """Answer a request to show the key."""
        client = self._client("webauthn.get", options["challenge"])
        data = self._head(0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": self.handle}
        )

    def _answer(self, response: dict[str, bytes]) -> str:
        identity = websafe_encode(self.identity)
        return json.dumps(
            {
                "id": identity,
                "rawId": identity,
                "type": "public-key",
                "response": {name: websafe_encode(value) for name, value in response.items()},
                "clientExtensionResults": {},
            }
        )
