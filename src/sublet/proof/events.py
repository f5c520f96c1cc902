"""What can happen in `proof`. The client reads both: neither says what was looked for, nor what was found."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("scan.asked")
@dataclass(frozen=True, slots=True)
class ScanAsked(Event):
    """Somebody wants the pages of an account looked at."""

    scan: str
    account: str

    SENTENCE = _("%(actor)s had the pages of %(account)s checked.")


@event("scan.ended")
@dataclass(frozen=True, slots=True)
class ScanEnded(Event):
    """The pages, files and mails of an account were looked at, as its people see them. Nothing was changed."""

    scan: str
    account: str
    seen_as: str  # ``owner`` or ``collaborator``: as whom; empty for pages that anybody sees
    looked_at: int

    SENTENCE = _("The pages of %(account)s were looked at, as its people see them: %(looked_at)s in all.")
