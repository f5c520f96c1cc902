"""Certificates: what one that was shown to a visitor says about a host, and when somebody must be told.

Pure: what was seen in, a code out (`sublet.branding.findings` has the words).

Laws (tests/core/test_certificates.py): nothing that could not be looked at is called bad; a certificate is told of before it
ends, once, and again only after it was good; what is looked at next lies in the future.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sublet.core.domains import covers

#: What came of looking: a certificate was shown; nobody could be connected to, or the name is not ours to visit; who was
#: connected to speaks no TLS.
SHOWN, UNSEEN, NO_TLS = "shown", "unseen", "no-tls"
GOOD, ENDS, ENDED, OTHER_NAME, UNTRUSTED, NONE, UNCLEAR = (
    "good", "ends", "ended", "other-name", "untrusted", "none", "unclear",
)  # fmt: skip
TROUBLE = frozenset({ENDS, ENDED, OTHER_NAME, UNTRUSTED, NONE})

#: Told so long before the end; of one that lives shortly, in the last fifth of its life.
SOON, LAST_PART = timedelta(days=14), 5
#: How long another fault may last before it is told: a proxy that starts anew, a certificate that is on its way.
PATIENCE = timedelta(days=1)
DAILY, AGAIN = timedelta(days=1), timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class CertificateSeen:
    """What a visitor was shown. The other fields are empty unless `outcome` is SHOWN."""

    outcome: str
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    issuer: str = ""
    names: Sequence[str] = ()
    trusted: bool = False


def judge_certificate(host: str, seen: CertificateSeen, at: datetime) -> str:
    """One of the codes above."""
    if seen.outcome == UNSEEN:
        return UNCLEAR
    if seen.outcome == NO_TLS or seen.ends_at is None or seen.begins_at is None:
        return NONE
    if seen.ends_at <= at:
        return ENDED
    if not any(name == host or covers(name, host) for name in (name.lower() for name in seen.names)):
        return OTHER_NAME
    if not seen.trusted:
        return UNTRUSTED
    soon = min(SOON, (seen.ends_at - seen.begins_at) / LAST_PART)
    return ENDS if seen.ends_at - at <= soon else GOOD


@dataclass(frozen=True, slots=True)
class CertificateStep:
    """What follows: since when there is trouble, whether it is told now, whether all is well again, when to look next."""

    since: datetime | None
    tell: bool
    well_again: bool
    next_at: datetime


def next_look(code: str, *, since: datetime | None, told_at: datetime | None, at: datetime) -> CertificateStep:
    """What follows from a look of `at`. `since` and `told_at` are what was noted before."""
    if code == UNCLEAR:
        return CertificateStep(since, False, False, at + DAILY)
    if code not in TROUBLE:
        return CertificateStep(None, False, told_at is not None, at + DAILY)
    since = since or at
    tell = told_at is None and (code in {ENDS, ENDED} or at - since >= PATIENCE)
    return CertificateStep(since, tell, False, at + AGAIN)
