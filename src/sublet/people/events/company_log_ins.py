"""What can happen to log-ins by a company's own identity provider."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("company_log_in.changed")
@dataclass(frozen=True, slots=True)
class CompanyLogInChanged(Event):
    """Which identity provider an account's people log in by, and what that opens. Never its secret."""

    issuer: str
    on: bool
    only: bool
    second_factor: str  # never | said | always

    SENTENCE = _("%(actor)s changed the company log-in (%(issuer)s).")


@event("company_log_in.removed")
@dataclass(frozen=True, slots=True)
class CompanyLogInRemoved(Event):
    """An account has no company log-in any more, and no person is linked by it."""

    issuer: str

    SENTENCE = _("%(actor)s removed the company log-in (%(issuer)s).")


@event("company_log_in.linked")
@dataclass(frozen=True, slots=True)
class CompanyLogInLinked(Event):
    """A person's log-in and its place at the company's identity provider belong together. Never the subject."""

    SENTENCE = _("%(actor)s linked their log-in with the company log-in.")


@event("company_log_in.unlinked")
@dataclass(frozen=True, slots=True)
class CompanyLogInUnlinked(Event):
    """A person took that link away."""

    SENTENCE = _("%(actor)s unlinked their log-in from the company log-in.")
