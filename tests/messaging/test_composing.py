"""The bytes of a mail, held against those that Django's own mail classes write of the same parts."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sublet.messaging.composing import compose, header
from sublet.messaging.gateway import Envelope, _dotted

TEXTS = st.text(
    st.one_of(st.sampled_from("a .=\t\n\r-é漢\u00a0"), st.characters(codec="utf-8", exclude_characters="\x00")),
    max_size=300,
).map(lambda text: "x" + text)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=120).map(
    lambda text: " ".join(text.replace("=?", "").split())
)


def composed(
    *, subject: str = "Hello", text: str = "Hello\n", html: str = "<p>Hello</p>\n", name: str = "Rosa", to: str = "Carl"
) -> Envelope:
    return compose(
        subject=subject, text=text, html=html, from_name=name, from_email="hello@rosa.example", to_name=to,
        to_email="carl@example.test", reply_to="ciao@rosa.example", message_id="<1@rosa.example>", language="it",
        return_to="b-1@rosa.example", unsubscribe=f"https://rosa.example/unsubscribe/{'x' * 90}/",
    )  # fmt: skip


def by_django(envelope: Envelope) -> EmailMessage:
    assert envelope.make is not None
    mail: EmailMultiAlternatives = envelope.make()
    # A first line without anything, which Django writes before a long word, is not read everywhere.
    return read(mail.message().as_bytes().replace(b"\nList-Unsubscribe: \n <", b"\nList-Unsubscribe: <"))


def read(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=email.policy.default)


def heads(message: EmailMessage) -> list[tuple[str, str]]:
    different = {"Date", "Content-Type"}
    return [(name, str(value)) for name, value in message.items() if name not in different]


def bodies(message: EmailMessage) -> list[tuple[str, str, str]]:
    return [
        (part.get_content_type(), str(part["Content-Transfer-Encoding"]), part.get_content())
        for part in message.iter_parts()
    ]


@settings(suppress_health_check=[HealthCheck.too_slow])  # texts of all alphabets
@given(subject=LINES, name=LINES, to=LINES, text=TEXTS, html=TEXTS)
def test_a_mail_says_what_django_would_have_written(subject: str, name: str, to: str, text: str, html: str) -> None:
    envelope = composed(subject=subject, name=name, to=to, text=text, html=html)
    made, theirs = read(envelope.message), by_django(envelope)
    assert heads(made) == heads(theirs)
    assert made.get_content_type() == theirs.get_content_type() == "multipart/alternative"
    assert bodies(made) == bodies(theirs)
    assert [kind for kind, _way, _text in bodies(made)] == ["text/plain", "text/html"]
    assert not made.defects
    lines = envelope.message.split(b"\n")
    assert max(map(len, lines)) <= 998
    assert envelope.message.isascii()
    assert b"\r" not in envelope.message
    assert all(len(line) <= 76 for line in envelope.message.partition(b"quoted-printable")[2].split(b"\n"))


@given(name=st.sampled_from(["Subject", "From", "Content-Language"]), value=LINES.filter(str.isascii))
def test_a_header_of_plain_letters_is_written_as_the_library_folds_it(name: str, value: str) -> None:
    mail = EmailMultiAlternatives(subject="x", from_email="a@x.example", to=["b@x.example"])
    message = mail.message()
    del message[name]
    message[name] = value
    folded = message.as_bytes().partition(b"\n\n")[0].rpartition(f"\n{name}:".encode())
    assert header(name, value).encode() == (folded[1] + folded[2]).lstrip(b"\n") + b"\n"


@pytest.mark.parametrize("place", ["subject", "name", "to"])
@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n"])
def test_a_line_break_in_a_header_is_refused(place: str, sign: str) -> None:
    with pytest.raises(ValueError, match="newlines"):
        composed(**{place: f"Hello{sign}Bcc: all@example.test"})


def test_an_address_to_leave_a_kind_stands_on_the_line_of_its_name() -> None:
    lines = composed().message.split(b"\n")
    assert [line for line in lines if line.startswith(b"List-Unsubscribe:")] == [
        f"List-Unsubscribe: <https://rosa.example/unsubscribe/{'x' * 90}/>".encode()
    ]


@given(st.lists(st.sampled_from([b".", b"\r\n", b"\n", b"\r", b"x", b".."]), max_size=12).map(b"".join))
def test_dots_are_doubled_at_the_beginning_of_a_line_alone(message: bytes) -> None:
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    assert _dotted(message) == b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) or not lines
