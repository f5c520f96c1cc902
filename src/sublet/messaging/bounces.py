"""Mail that comes back: the address it comes back to, and what it says (RFC 3464 reports, RFC 5965 complaints).

The return path names the mail and carries a seal, so that nobody can have an address suppressed by inventing a report.
"""

from __future__ import annotations

import hmac
import logging
import re
import uuid
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import EmailPolicy

from django.conf import settings
from django.utils.crypto import salted_hmac

BOUNCED, DELAYED, COMPLAINED, OTHER, UNREADABLE = "bounced", "delayed", "complained", "other", "unreadable"
_LOCAL = re.compile(r"b-(?P<mail>[0-9a-f]{32})-(?P<seal>[0-9a-f]{20})")
#: What is read of one: a report stands before the mail that it returns (RFC 3462).
MOST_BYTES = 1024 * 1024
#: No server writes more. What the parser takes apart – ``Content-…`` – costs it a second for each two thousand characters, and
#: the longer a header, the more.
_LONGEST, _LONGEST_CONTENT, _MOST_CONTENT = 64 * 1024, 2 * 1024, 16 * 1024
_log = logging.getLogger(__name__)


class _Bounded(EmailPolicy):
    """How one message is taken apart, in whatever part of it a header stands. Raises ValueError when that would take long."""

    lengths: list[int]

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "lengths", [])  # a policy refuses to be changed

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        length, longest = sum(map(len, sourcelines)), _LONGEST
        if sourcelines[0][:8].lower() == "content-":
            self.lengths.append(length)
            longest = _LONGEST_CONTENT
        if length > longest or sum(self.lengths) > _MOST_CONTENT:
            raise ValueError("the headers are too long")
        return super().header_source_parse(sourcelines)


@dataclass(frozen=True, slots=True)
class Report:
    """What came back. `status` is the enhanced code (``5.1.1``), `answer` the other server's words on one line."""

    kind: str
    status: str = ""
    answer: str = ""

    @property
    def is_no_such_address(self) -> bool:
        """Whether nobody can write there, whoever writes."""
        return self.kind == BOUNCED and self.status in {"5.1.1", "5.1.6", "5.1.10"}


def return_to(mail_id: uuid.UUID, host: str) -> str:
    """Where this mail comes back to; empty when the installation takes none of its own back."""
    host = host or settings.SUBLET.text("SUBLET_BOUNCE_HOST")
    return f"b-{mail_id.hex}-{_seal(mail_id.hex)}@{host}" if host else ""


def mail_of(address: str) -> uuid.UUID | None:
    """The mail that came back to `address`; None when the address is none of ours."""
    match = _LOCAL.fullmatch(address.strip().strip("<>").partition("@")[0].lower())
    if match is None or not hmac.compare_digest(match["seal"], _seal(match["mail"])):
        return None
    return uuid.UUID(match["mail"])


def _seal(number: str) -> str:
    return salted_hmac("messaging.bounces", number, algorithm="sha256").hexdigest()[:20]


def read_report(raw: bytes) -> Report:
    """What a message that came back says. Nothing that a stranger writes makes it fail: what the parser of the standard
    library breaks at, or would take minutes for, is `UNREADABLE`, and the log says where."""
    try:
        message = message_from_bytes(raw[:MOST_BYTES], policy=_Bounded())
        return _complaint(message) or _delivery(message) or Report(OTHER)
    except Exception:
        _log.warning("A message that came back cannot be read; it is kept.", exc_info=True)
        return Report(UNREADABLE)


def _parts(message: Message, kind: str) -> list[Message]:
    return [part for part in message.walk() if part.get_content_type() == kind]


def _complaint(message: Message) -> Report | None:
    for part in _parts(message, "message/feedback-report"):
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else part
        text = _as_written(inner) if isinstance(inner, Message) else str(inner)
        match = re.search(r"^feedback-type:\s*([\w-]+)", text, re.IGNORECASE | re.MULTILINE)
        kind = match[1].lower() if match else "abuse"
        return Report(OTHER) if kind == "not-spam" else Report(COMPLAINED, answer=kind)
    return None


def _as_written(message: Message) -> str:
    """Its headers and its text. `as_string` would fold what a stranger wrote anew, however long that takes."""
    payload = message.get_payload()
    lines = [f"{name}: {value}" for name, value in message.raw_items()]
    return "\n".join([*lines, "", payload if isinstance(payload, str) else ""])


def _delivery(message: Message) -> Report | None:
    for part in _parts(message, "message/delivery-status"):
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if not isinstance(block, Message):
                continue
            action = str(block.get("Action", "")).split(";")[0].strip().lower()
            if not action:
                continue
            status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", str(block.get("Status", "")).strip())
            answer = " ".join(str(block.get("Diagnostic-Code", "")).split())[:300]
            found = status[0] if status else ""
            if action == "failed":
                # 5.2.2 (full), 5.3.x, 5.4.x, 5.7.x (refused for its content) say nothing against the address.
                gone = found.startswith("5.1.") or found in {"5.2.1", "5.0.0", ""}
                return Report(BOUNCED if gone else OTHER, found, answer)
            return Report(DELAYED if action == "delayed" else OTHER, found, answer)
    return None
