"""Reports from a mailbox at a provider, by IMAP: for an installation whose mail server can hand nothing to `sublet bounces`.

Each message is kept by us before it is deleted there; whoever dies in between fetches it once more, which changes nothing. What did
not come to one of our return paths is marked as read and left for its reader.
"""

from __future__ import annotations

import imaplib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import compat32
from email.utils import getaddresses

from django.conf import settings

from sublet.foundation.actor import Actor
from sublet.foundation.outbound import trusting
from sublet.messaging.bounces import MOST_BYTES, mail_of
from sublet.messaging.returned import accept

TIMEOUT_SECONDS = 30.0
#: In one run: a mailbox that nobody has looked at for a year is read in portions.
MOST_AT_ONCE = 200
#: Where a server writes to whom a message came, the surest first. A stranger may write them, too: the seal tells.
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To")
_HEAD = 64 * 1024
_log = logging.getLogger(__name__)


class MailboxFault(Exception):
    """The mailbox cannot be read now."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many messages were taken, and how many were not ours."""

    taken: int = 0
    strange: int = 0


def is_set() -> bool:
    """Whether there is a mailbox to read."""
    return bool(settings.SUBLET.text("SUBLET_BOUNCE_IMAP_HOST"))


def place() -> str:
    """The mailbox's server, for whoever reads of it."""
    return f"{settings.SUBLET.text('SUBLET_BOUNCE_IMAP_HOST')}:{settings.SUBLET.integer('SUBLET_BOUNCE_IMAP_PORT')}"


@contextmanager
def _opened() -> Iterator[imaplib.IMAP4]:
    """Within: logged in over TLS, with the folder open. Raises MailboxFault, also for what goes wrong within."""
    table = settings.SUBLET
    box: imaplib.IMAP4 | None = None
    try:
        box = imaplib.IMAP4_SSL(
            table.text("SUBLET_BOUNCE_IMAP_HOST"), table.integer("SUBLET_BOUNCE_IMAP_PORT"),
            ssl_context=trusting(), timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        box.login(table.text("SUBLET_BOUNCE_IMAP_USER"), table.text("SUBLET_BOUNCE_IMAP_PASSWORD"))
        folder = table.text("SUBLET_BOUNCE_IMAP_FOLDER").replace("\\", "\\\\").replace('"', '\\"')
        _good(box.select(f'"{folder}"'))
        yield box
    except (imaplib.IMAP4.error, OSError, UnicodeError) as fault:
        raise MailboxFault(str(fault)[:300]) from fault
    finally:
        if box is not None:
            try:
                box.logout()
            except (imaplib.IMAP4.error, OSError):
                pass  # what was done is done


def _good(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """What the server said. Raises imaplib's error for a no."""
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(" ".join(str(each) for each in answer[1])[:300])
    return answer[1]


def try_mailbox() -> None:
    """Log in, open the folder, and leave. Raises MailboxFault."""
    with _opened():
        pass


def fetch_returned(*, actor: Actor, at: datetime, goes_on: Callable[[], bool] = lambda: True) -> Fetched:
    """Take what is unread in the mailbox. Raises MailboxFault, and whatever the database does: the rest stays there.

    Leaves no journal entry: the reading of what was taken does.
    """
    taken = strange = 0
    with _opened() as box:
        deletes = _deletes_one(box)
        numbers = _numbers(_good(box.uid("SEARCH", "UNSEEN", "UNDELETED")))[:MOST_AT_ONCE]
        for number in numbers:
            if not goes_on():
                break
            raw = _message(_good(box.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")))
            if raw is None:
                continue  # somebody else has deleted it meanwhile
            address = _came_to(raw)
            if address and accept(address=address, raw=raw, actor=actor, at=at):
                # In this order: it is in our database before it goes from theirs.
                _good(box.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen \Deleted)"))
                if deletes:
                    _good(box.uid("EXPUNGE", number))  # a bare EXPUNGE would delete what others have marked
                taken += 1
            else:
                _good(box.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"))
                strange += 1
    return Fetched(taken, strange)


def _deletes_one(box: imaplib.IMAP4) -> bool:
    """Whether it can be told to delete one message. Asked anew: many servers say it only to whoever has logged in, and imaplib
    asks before; a mailbox that is never emptied fills up, and then refuses what comes back."""
    told = _good(box.capability())
    return any(b"UIDPLUS" in each.upper().split() for each in told if isinstance(each, bytes))


def _numbers(told: Sequence[object]) -> list[str]:
    first = told[0] if told else b""
    return [each for each in (first.decode("ascii") if isinstance(first, bytes) else "").split() if each.isdigit()]


def _message(told: Sequence[object]) -> bytes | None:
    """The bytes among what FETCH answers."""
    return next((each[1] for each in told if isinstance(each, tuple) and isinstance(each[1], bytes)), None)


def _came_to(raw: bytes) -> str:
    """The return path of ours that the message came to; empty for none. Only its head is looked at, and no part parsed."""
    head = re.split(rb"\r?\n\r?\n", raw[:_HEAD], maxsplit=1)[0]
    message = message_from_bytes(head, policy=compat32)
    for name in _TO:
        found = [str(value)[:2000] for value in message.get_all(name, ())]
        for _label, address in getaddresses(found[:20]):
            if mail_of(address) is not None:
                return address
    return ""
