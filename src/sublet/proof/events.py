"""What can happen in `proof`. The client reads all of it: none says what was looked for, nor what was found."""

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


@event("scan.passed_on")
@dataclass(frozen=True, slots=True)
class ScanPassedOn(Event):
    """The reseller sees what a scan found from now on: the vendor has seen it before."""

    scan: str
    account: str

    SENTENCE = _("The result of the check of %(account)s was passed on.")


@event("scan.told")
@dataclass(frozen=True, slots=True)
class ScansTold(Event):
    """The vendor's people were written to of what scans have newly found. In the vendor's own history."""

    scans: int

    SENTENCE = _("It was told what %(scans)s checks have newly found.")
