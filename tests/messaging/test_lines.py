"""Connections that are kept for the next mail: used again, given up when the server has, and never in the middle of a mail."""

from __future__ import annotations

import dkim
import pytest
from dkim import canonicalization
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.core.senders import RSA
from sublet.demo.ports import free_port
from sublet.messaging import lines, signing
from sublet.messaging.gateway import Envelope, Place, Refused, SmtpGateway, TryLater, Unknown
from sublet.messaging.lines import LINES, NotReached, opened
from sublet.messaging.signing import Signer, make_keys, signed
from tests.messaging.conftest import lead_to
from tests.messaging.smtp import MailServer, mail_server

MESSAGE = b"From: a@mail.example.net\nTo: carl@example.test\nSubject: Hello\nMessage-ID: <%d@x>\n\nHello,\n.\n"


def envelope(number: int = 1, recipient: str = "carl@example.test") -> Envelope:
    return Envelope("a@mail.example.net", recipient, MESSAGE % number)


def send(number: int = 1, recipient: str = "carl@example.test") -> str:
    return SmtpGateway().hand_over(envelope(number, recipient), before_end=lambda: None)


def test_mails_to_one_server_go_over_one_connection(post: MailServer) -> None:
    assert [send(number) for number in range(3)] == ["kept as 1", "kept as 2", "kept as 3"]
    assert len(post.lines) == 1
    assert [kept.message["Message-ID"] for kept in post.kept] == ["<0@x>", "<1@x>", "<2@x>"]


def test_another_log_in_is_another_connection(post: MailServer) -> None:
    place = Place("127.0.0.1", post.port, "", "", "one", "mail.example.net")
    assert "one" not in repr(place)
    SmtpGateway(place).hand_over(envelope(), before_end=lambda: None)
    other = Place("127.0.0.1", post.port, "", "", "two", "mail.example.net")
    SmtpGateway(other).hand_over(envelope(), before_end=lambda: None)
    assert (len(post.lines), len(LINES)) == (2, 2)


def test_a_server_that_hung_up_meanwhile_is_called_again(settings: SettingsWrapper) -> None:
    port = free_port()
    lead_to(settings, port)
    with mail_server(port) as first:
        send(1)
        [[line]] = LINES._kept.values()
        first.answers.append(("mail", "421 too many"))
        assert send(2) == "kept as 2"
        assert len(first.lines) == 2
        assert line.smtp.sock is None
        [[kept]] = LINES._kept.values()
        LINES._kept.clear()  # as a server that goes away without its clients
    with mail_server(port) as second:
        LINES._kept[kept.place] = [kept]
        assert send(3) == "kept as 1"
        assert len(second.lines) == 1


def test_a_new_connection_that_says_not_now_is_not_called_twice(post: MailServer) -> None:
    post.answers.append(("mail", "421 too many"))
    with pytest.raises(NotReached, match="421 too many") as found:
        send()
    assert found.value.why == lines.BUSY
    assert (len(post.lines), len(LINES)) == (1, 0)


@pytest.mark.parametrize("step", ["mail", "rcpt", "before-data", "data"])
def test_a_server_that_refused_one_mail_takes_the_next_on_the_same_connection(post: MailServer, step: str) -> None:
    post.answers.append((step, "550 no"))
    with pytest.raises(Refused, match="550 no") as found:
        send(1)
    assert found.value.why == ("sender" if step == "mail" else "")
    assert send(2) == "kept as 1"
    assert len(post.lines) == 1


@pytest.mark.parametrize(("answer", "fault"), [("cut", Unknown), ("451 later", TryLater)])
def test_after_a_mail_without_a_good_answer_the_connection_is_not_used_again(
    post: MailServer, answer: str, fault: type[Exception]
) -> None:
    send(1)
    post.answers.append(("data", answer))
    with pytest.raises(fault):
        send(2)
    assert len(LINES) == 0
    send(3)
    assert len(post.lines) == 2


def test_a_mail_that_another_attempt_took_leaves_no_half_message_behind(post: MailServer) -> None:
    class Taken(Exception):
        pass

    def taken() -> None:
        raise Taken

    send(1)
    with pytest.raises(Taken):
        SmtpGateway().hand_over(envelope(2), before_end=taken)
    send(3)
    assert [kept.message["Message-ID"] for kept in post.kept] == ["<1@x>", "<3@x>"]


def test_what_nobody_uses_is_closed(post: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    send(1)
    assert (len(LINES), LINES._timer is not None) == (1, True)
    LINES._close_idle()
    assert len(LINES) == 1  # it has not waited long enough
    monkeypatch.setattr(lines, "IDLE_SECONDS", -1.0)
    LINES._close_idle()
    assert (len(LINES), LINES._timer) == (0, None)
    monkeypatch.setattr(LINES, "_watch", lambda: None)  # it would close the next at once, before anybody has looked
    send(2)
    assert len(LINES) == 1
    send(3)  # too old as soon as it is asked for
    assert len(post.lines) == 3


def test_a_connection_is_left_after_so_many_mails(post: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_MAILS", 2)
    for number in range(5):
        send(number)
    assert (len(post.lines), len(post.kept), len(LINES)) == (3, 5, 1)


def test_why_a_server_is_not_reached(settings: SettingsWrapper) -> None:
    port = free_port()
    with pytest.raises(NotReached) as closed:
        opened(Place("127.0.0.1", port, "", "", "", "mail.example.net"))
    assert closed.value.why == lines.CONNECTION
    with mail_server() as server:
        plain = Place("127.0.0.1", server.port, "starttls", "", "", "mail.example.net")
        with pytest.raises(NotReached) as open_one:
            opened(plain)
        assert open_one.value.why == lines.TLS
        log_in = Place("127.0.0.1", server.port, "", "rosa", "word", "mail.example.net")
        with pytest.raises(NotReached) as refused:
            opened(log_in)
        assert refused.value.why == lines.LOG_IN
    inside = Place("10.0.0.1", 587, "starttls", "", "", "mail.example.net", typed=True)
    with pytest.raises(NotReached) as forbidden:
        opened(inside)
    assert forbidden.value.why == lines.INSIDE


def test_rsa_signs_as_dkimpy_does_without_its_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    rsa, other = make_keys()
    monkeypatch.setattr(dkim.time, "time", lambda: 1_800_000_000)
    names = [b"from", b"from", b"to", b"subject", b"message-id"]
    by_dkimpy = dkim.sign(
        MESSAGE % 1, rsa.selector.encode(), b"mail.example.net", rsa.private.encode(),
        canonicalize=(b"relaxed", b"relaxed"), include_headers=names,
    )  # fmt: skip

    def slow(*_arguments: object) -> bytes:
        raise AssertionError("two integers of 2048 bits, in Python")

    monkeypatch.setattr(dkim, "RSASSA_PKCS1_v1_5_sign", slow)
    signer = Signer("mail.example.net", rsa.selector, rsa.private, RSA)
    once = signed(envelope(), [signer]).message
    assert once == by_dkimpy.replace(b"\r\n", b"\n") + MESSAGE % 1
    both = signed(envelope(), [Signer("mail.example.net", other.selector, other.private, other.algorithm), signer])
    keys = {key.selector: f"v=DKIM1; k={key.algorithm}; p={key.public}".encode() for key in (rsa, other)}

    def found(name: bytes, timeout: int = 5) -> bytes:
        return keys[name.decode().partition(".")[0]]

    read = dkim.DKIM(both.message)
    assert [read.verify(index, dnsfunc=found) for index in (0, 1)] == [True, True]
    spoiled = dkim.DKIM(both.message.replace(b"Hello,", b"Hallo,"))
    with pytest.raises(dkim.ValidationError, match="body hash"):
        spoiled.verify(0, dnsfunc=found)
    assert signing._rsa_key.cache_info().currsize >= 1


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"\n", b"\r", b"x", b"=20", b"  "]), max_size=12).map(b"".join))
def test_a_body_is_signed_in_the_form_that_the_standard_says(body: bytes) -> None:
    """Faster than dkimpy's own, and the same bytes."""
    theirs = canonicalization.Relaxed.canonicalize_body(body)
    assert signing.Relaxed.canonicalize_body(body) == theirs
    assert canonicalization.ALGORITHMS[b"relaxed"] is signing.Relaxed
