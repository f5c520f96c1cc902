"""The file that goes with a mail. A mail names it by its reference (`OutboxMail.attached`), and it is made when the mail leaves: the
outbox keeps no second copy. Told once at start by the apps that have such files (`register_attachments`), which stand above and
cannot be imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it stands in the mail."""

    name: str
    content: bytes
    media: str


#: Given a reference: its file, None where there is none (any more). Called in the scope of whoever sends.
Maker = Callable[[str], Attachment | None]

_makers: dict[str, Maker] = {}


def register_attachments(prefix: str, make: Maker) -> None:
    """Told once at start: who makes the files of references with that prefix (``inv``)."""
    _makers[prefix] = make


def attachment_of(reference: str) -> Attachment | None:
    """The file of that reference; None for an empty one, and where nobody can make it: the mail leaves without it then."""
    make = _makers.get(reference.partition("_")[0])
    return None if make is None else make(reference)
