"""From the parts of a mail to the bytes that leave: every one below 128, short lines, nothing that names a machine.

What Django's mail classes would write, byte for byte but for the quoted-printable of the texts, which the standard library's C
writes (tests/messaging/test_composing.py holds both against each other): building a tree of parts and walking it again takes
longer than all else that a mail needs before it is signed.
"""

from __future__ import annotations

from binascii import b2a_qp
from email.charset import QP, Charset
from email.policy import compat32
from email.utils import formatdate, quote
from functools import lru_cache
from uuid import uuid4

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import forbid_multi_line_headers

from sublet.messaging.gateway import Envelope, written_address

#: Of a header's line, with its name: shorter ones of plain letters are written as they are.
_SHORT = 76


def _seven_bit() -> Charset:
    """UTF-8 written so that every server takes it: quoted-printable, short lines, nothing above 127."""
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return charset


def _named(name: str, address: str) -> str:
    """``"Name" <address>``. Django encodes the name into words short enough for every server."""
    return f'"{quote(name)}" <{written_address(address)}>' if name else written_address(address)


def header(name: str, value: str) -> str:
    """The line or lines of a header, with the end of line. Raises ValueError for a value of two lines."""
    line = f"{name}: {value}"
    if len(line) <= _SHORT and line.isascii() and line.isprintable() and value and value[0] != " " and value[-1] != " ":
        return line + "\n"
    return _folded(name, value)


@lru_cache(maxsize=1024)
def _folded(name: str, value: str) -> str:
    """Kept, because the mails of one sender share most of theirs."""
    name, value = forbid_multi_line_headers(name, value, "utf-8")
    if name.startswith("List-"):
        # An address is one word, and would be folded after the name alone: a first line without anything is not read everywhere.
        return f"{name}: {value}\n"
    folded: str = compat32.fold(name, value)
    return folded


def _part(kind: str, text: str) -> bytes:
    # Lone signs for "return" are ends of lines, as they are for whoever reads the mail.
    body = b2a_qp(text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8"))
    head = f'Content-Type: text/{kind}; charset="utf-8"\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n'
    return head.encode("ascii") + body


def compose(
    *,
    subject: str,
    text: str,
    html: str,
    from_name: str,
    from_email: str,
    to_name: str,
    to_email: str,
    reply_to: str,
    message_id: str,
    language: str,
    return_to: str = "",
    unsubscribe: str = "",
) -> Envelope:
    """The message's bytes.

    `return_to` is where it comes back to if it does not arrive; otherwise the address of From. `unsubscribe`: where its reader
    leaves that kind of mail by one click (RFC 8058).
    Raises ValueError for what cannot stand in a header.
    """
    sender, recipient = _named(from_name, from_email), _named(to_name, to_email)
    answers = written_address(reply_to) if reply_to else ""
    extra = {"Message-ID": message_id, "Content-Language": language, "Auto-Submitted": "auto-generated"}
    if unsubscribe:
        extra |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    # Quoted-printable writes no "=_".
    boundary = f"=_{uuid4().hex}"
    heads = [
        f'Content-Type: multipart/alternative;\n boundary="{boundary}"\nMIME-Version: 1.0\n',
        header("Subject", subject),
        header("From", sender),
        header("To", recipient),
        header("Reply-To", answers) if answers else "",
        header("Date", formatdate()),
        *(header(name, value) for name, value in extra.items()),
        f"\n--{boundary}\n",
    ]
    message = b"".join(
        (
            "".join(heads).encode("ascii"), _part("plain", text), f"\n--{boundary}\n".encode("ascii"), _part("html", html),
            f"\n--{boundary}--\n".encode("ascii"),
        )
    )  # fmt: skip

    def make() -> EmailMultiAlternatives:
        mail = EmailMultiAlternatives(
            subject=subject,
            body=text,
            from_email=sender,
            to=[recipient],
            reply_to=[answers] if answers else None,
            headers=extra,
        )
        mail.encoding = _seven_bit()
        mail.attach_alternative(html, "text/html")
        return mail

    return Envelope(sender=return_to or from_email, recipient=to_email, message=message, make=make)


__all__ = ["compose", "header"]
