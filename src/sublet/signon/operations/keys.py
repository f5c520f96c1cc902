"""Making, rotating and using the signing keys."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.signon.events import SigningKeysRotated
from sublet.signon.models import SigningKey
from sublet.signon.queries.keys import ALGORITHMS, RSA, Key, forget_keys, seal, signing_key

#: How long a new key is published before it signs, and how long an old one after the last signature.
AHEAD = timedelta(hours=1)
AFTERWARDS = timedelta(days=1)
LONGEST_USE = timedelta(days=90)


def rotate_keys(*, actor: Actor, at: datetime, at_once: bool = False) -> datetime:
    """Make new keys; returns from when they sign. The old ones stay published for a day after that.

    `at_once`: the old ones are withdrawn now and sign nothing any more, because somebody may have them.
    """
    actor.require("settings:manage")
    signs_from = at if at_once else at + AHEAD
    with transaction.atomic():
        until = at if at_once else signs_from + AFTERWARDS
        SigningKey.objects.filter(published_until__isnull=True).update(published_until=until)
        if at_once:
            SigningKey.objects.filter(published_until__gt=at).update(published_until=at)
        for algorithm in ALGORITHMS:
            _make(algorithm, signs_from=signs_from, at=at)
        record(SigningKeysRotated(signs_from=signs_from.isoformat()), account_id=actor.account_id, actor=actor, at=at)
        transaction.on_commit(forget_keys)
    return signs_from


def keep_keys(*, actor: Actor, at: datetime) -> None:
    """For the schedule: rotate keys that have signed for three months, forget those that are long over."""
    SigningKey.objects.filter(published_until__lt=at - AFTERWARDS).delete()
    newest = SigningKey.objects.order_by("-signs_from").values_list("signs_from", flat=True).first()
    if newest is not None and newest + LONGEST_USE <= at:
        rotate_keys(actor=actor, at=at)


def sign(claims: dict[str, Any], *, algorithm: str, kind: str, at: datetime) -> str:
    """`claims` as a signed token; `kind` is its ``typ``. The first use of an installation makes its keys."""
    key = signing_key(algorithm, at) or _first(algorithm, at)
    return jwt.encode(claims, key.private, algorithm=algorithm, headers={"kid": key.kid, "typ": kind})


def make_first_keys(*, at: datetime) -> None:
    """See that there are keys to publish."""
    if any(signing_key(algorithm, at) is None for algorithm in ALGORITHMS):
        _first(ALGORITHMS[0], at)


def _first(algorithm: str, at: datetime) -> Key:
    # Two processes that do this at the same moment make two keys; both are published, and either will do.
    forget_keys()
    missing = [each for each in ALGORITHMS if signing_key(each, at) is None]
    for each in missing:
        _make(each, signs_from=at, at=at)
    forget_keys()
    key = signing_key(algorithm, at)
    if key is None:
        raise RuntimeError("a signing key was made and cannot be used")
    return key


def _make(algorithm: str, *, signs_from: datetime, at: datetime) -> None:
    private: Any
    if algorithm == RSA:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    kid = secrets.token_hex(8)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = {key: value for key, value in public.items() if key != "key_ops"}
    SigningKey.objects.create(
        kid=kid,
        algorithm=algorithm,
        sealed=seal().encrypt(pem).decode(),
        public={**public, "kid": kid, "alg": algorithm, "use": "sig"},
        created_at=at,
        signs_from=signs_from,
    )
