"""Whether a person may have a mail sent once more. Pure.

What was refused, or of which nobody knows, may go again as long as its text is kept. A mail that was sent goes again a few times, with
pauses, and not long afterwards: whoever asks for it three times has not lost it, and nobody should be able to make us pester
anybody. What works once is not kept when it is over, so it never goes again; nor does what was written in the name of a reseller that the
account has left.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: Copies of a mail that was sent.
MOST_COPIES = 3
#: From one sending to the next.
PAUSE = timedelta(minutes=10)
#: After it was written.
FOR = timedelta(days=30)
_OVER = frozenset({"failed", "unknown"})


def why_not(
    *,
    state: str,
    has_text: bool,
    copies: int,
    written_at: datetime,
    sent_at: datetime | None,
    at: datetime,
    placed_at: datetime | None = None,
) -> str:
    """Why the mail does not go again: a code, empty when it may. `written_at`: when it was first written; `copies`: how often
    it went again after it had been sent; `placed_at`: when its account came to stand where it does, None: it always stood there."""
    if state == "left" or (placed_at is not None and written_at < placed_at):
        return "left"
    if state in _OVER:
        return "" if has_text else "gone"
    if state != "sent":
        return "on-its-way" if state in {"queued", "sending"} else "not-sent"
    if not has_text:
        return "gone"
    if at - written_at > FOR:
        return "long-ago"
    if copies >= MOST_COPIES:
        return "often"
    if sent_at is not None and at - sent_at < PAUSE:
        return "lately"
    return ""
