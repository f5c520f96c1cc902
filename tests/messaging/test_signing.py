"""DKIM signatures, held against those that dkimpy makes: the same bytes, and good to whoever checks them."""

from __future__ import annotations

from datetime import UTC, datetime

import dkim
import pytest
from dkim import canonicalization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sublet.core.senders import ED25519, RSA
from sublet.messaging import signing
from sublet.messaging.composing import compose
from sublet.messaging.gateway import Envelope
from sublet.messaging.signing import SIGNED, NewKey, Signer, make_keys, relaxed_body, signed

AT = datetime(2026, 1, 15, 8, 0, 0, 700_000, tzinfo=UTC)
DOMAIN = "mail.example.net"
MESSAGE = b"From: a@mail.example.net\nTo: carl@example.test\nSubject: Hello\nMessage-ID: <1@x>\n\nHello,\n.\n"
KEYS = dict(zip((RSA, ED25519), make_keys(), strict=True))
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Z")), max_size=90)


def signer(key: NewKey, domain: str = DOMAIN) -> Signer:
    return Signer(domain, key.selector, key.private, key.algorithm)


def by_dkimpy(message: bytes, key: NewKey, domain: str = DOMAIN) -> bytes:
    there = {line.partition(b":")[0].lower().decode() for line in message.partition(b"\n\n")[0].split(b"\n")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dkim.time, "time", AT.timestamp)
        made = dkim.sign(
            message, key.selector.encode(), domain.encode(), key.private.encode(),
            signature_algorithm=f"{key.algorithm}-sha256".encode(), canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.encode() for name in SIGNED if name in there],
        )  # fmt: skip
    return bytes(made).replace(b"\r\n", b"\n")


def envelope(message: bytes = MESSAGE) -> Envelope:
    return Envelope("a@mail.example.net", "carl@example.test", message)


def composed(subject: str, name: str, text: str, html: str) -> Envelope:
    return compose(
        subject=subject, text=text, html=html, from_name=name, from_email=f"hello@{DOMAIN}", to_name=name,
        to_email="carl@example.test", reply_to="", message_id=f"<1@{DOMAIN}>", language="it",
        unsubscribe=f"https://{DOMAIN}/unsubscribe/{'x' * 90}/",
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", [RSA, ED25519])
@pytest.mark.parametrize("domain", [DOMAIN, "x.example", f"{'very-' * 11}long.{'name-' * 11}of.example"])
def test_a_signature_is_that_of_dkimpy(algorithm: str, domain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = by_dkimpy(MESSAGE, KEYS[algorithm], domain)

    def slow(*_arguments: object) -> bytes:
        raise AssertionError("two integers of 2048 bits, in Python")

    monkeypatch.setattr(dkim, "RSASSA_PKCS1_v1_5_sign", slow)
    assert signed(envelope(), [signer(KEYS[algorithm], domain)], at=AT).message == theirs + MESSAGE


@settings(suppress_health_check=[HealthCheck.too_slow])  # texts of all alphabets
@given(subject=WORDS, name=WORDS, text=WORDS, html=WORDS)
def test_any_mail_of_ours_is_signed_as_dkimpy_would(subject: str, name: str, text: str, html: str) -> None:
    mail = composed(subject, name.replace("=?", ""), f"{text}\n\n {html}  \n\n\n", f"<p>\t{html}</p>\n")
    first = by_dkimpy(mail.message, KEYS[ED25519])
    second = by_dkimpy(first + mail.message, KEYS[RSA])
    both = signed(mail, [signer(KEYS[ED25519]), signer(KEYS[RSA])], at=AT)
    assert both.message == second + first + mail.message


def test_both_signatures_are_good_and_a_changed_mail_is_not() -> None:
    both = signed(envelope(), [signer(KEYS[ED25519]), signer(KEYS[RSA])], at=AT).message
    records = {key.selector: f"v=DKIM1; k={key.algorithm}; p={key.public}".encode() for key in KEYS.values()}

    def found(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().partition(".")[0]]

    read = dkim.DKIM(both)
    assert [read.verify(index, dnsfunc=found) for index in (0, 1)] == [True, True]
    spoiled = dkim.DKIM(both.replace(b"Hello,", b"Hallo,"))
    with pytest.raises(dkim.ValidationError, match="body hash"):
        spoiled.verify(0, dnsfunc=found)
    assert not dkim.DKIM(both.replace(b"Subject: Hello", b"Subject: Other")).verify(0, dnsfunc=found)
    second_sender = both.replace(b"\nTo: carl", b"\nFrom: evil@other.example\nTo: carl")
    assert not dkim.DKIM(second_sender).verify(0, dnsfunc=found)
    assert signing._rsa_key.cache_info().currsize >= 1


@given(st.lists(st.sampled_from([b" ", b"\t", b"\n", b"x", b"=20", b"  "]), max_size=12).map(b"".join))
def test_a_body_is_signed_in_the_form_that_the_standard_says(body: bytes) -> None:
    theirs = canonicalization.Relaxed.canonicalize_body(body.replace(b"\n", b"\r\n"))
    assert relaxed_body(b"From: a@x.example\n\n" + body) == theirs
