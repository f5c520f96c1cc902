"""Senders in words: states of domains, purposes of records, what is wrong in DNS and what to do about it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.core.senders import Finding, Record
from sublet.portals.shared.tables import StatusCell

IDENTITY_WORDS = {
    "account": (
        gettext_lazy("Account mail"),
        gettext_lazy("Invitations, log-in codes, new passwords, who may do what."),
    ),
    "product": (
        gettext_lazy("Product mail"),
        gettext_lazy("What the product does and reports: notices, results, alerts."),
    ),
}
#: State → words, tone, icon.
DOMAIN_WORDS: dict[str, tuple[Any, str, str]] = {
    "pending": (gettext_lazy("Waiting for its records"), "warning", "clock"),
    "proved": (gettext_lazy("In use"), "success", "shield-check"),
    "lost": (gettext_lazy("Records are not right any more"), "danger", "alert-triangle"),
}
PURPOSE_WORDS = {
    "dkim": gettext_lazy("Signs your mail (DKIM)"),
    "return": gettext_lazy("Takes back what does not arrive (return path)"),
    "spf": gettext_lazy("Names your mail server (SPF)"),
    "dmarc": gettext_lazy("Says what happens to forgeries (DMARC); recommended"),
}
SECOND_KEY = gettext_lazy("Signs your mail a second time, the newer way (DKIM with Ed25519); recommended")
ALGORITHM_WORDS = {"rsa": "RSA", "ed25519": "Ed25519"}
KEY_WORDS: dict[str, tuple[Any, str, str]] = {
    "waiting": (gettext_lazy("Waits until it is seen in DNS"), "warning", "clock"),
    "active": (gettext_lazy("Signs"), "success", "check"),
    "resting": (gettext_lazy("Signs no more; its record can go afterwards"), "neutral", "clock"),
}


def purpose_words(record: Record) -> Any:
    """What a record is for."""
    return SECOND_KEY if record.purpose == "dkim" and not record.needed else PURPOSE_WORDS[record.purpose]


_FINDINGS = {
    "no-answer": gettext_lazy("Nobody answered when we asked for %(name)s. We ask again by ourselves."),
    "dkim-missing": gettext_lazy(
        "There is no key at %(name)s yet. Enter the TXT record below; it may take an hour to be seen."
    ),
    "dkim-several": gettext_lazy("There are several keys at %(name)s. Leave only the one below."),
    "dkim-empty": gettext_lazy("The key at %(name)s was taken back (it is empty). Enter the one below."),
    "dkim-other": gettext_lazy(
        "At %(name)s stands another key, %(found)s…. Replace it by the one below, whole and on one line."
    ),
    "no-selector": gettext_lazy("Say under “Mail server” which keys your provider had you enter for %(name)s."),
    "return-missing": gettext_lazy("%(name)s does not exist yet. Enter the CNAME record to %(wanted)s."),
    "return-other": gettext_lazy("%(name)s leads to %(found)s and should lead to %(wanted)s."),
    "return-elsewhere": gettext_lazy("The return path %(name)s does not lie below %(wanted)s, so it is not aligned."),
    "mx-missing": gettext_lazy("%(name)s takes no mail yet. Enter the MX record to %(wanted)s."),
    "mx-other": gettext_lazy("Mail for %(name)s goes to %(found)s and should go to %(wanted)s."),
    "spf-missing": gettext_lazy("%(name)s does not say which servers may send (SPF). Enter the TXT record."),
    "spf-several": gettext_lazy("%(name)s has several SPF records; receivers then take none. Make one of them."),
    "spf-lacks": gettext_lazy("The SPF record of %(name)s does not name your mail server. Add %(wanted)s to it."),
    "dmarc-missing": gettext_lazy(
        "There is no DMARC record. Mail works without one, but some receivers ask for it: %(wanted)s."
    ),
    "dmarc-several": gettext_lazy("There are several DMARC records at %(name)s; receivers then take none."),
    "dmarc-strict": gettext_lazy(
        "The DMARC record at %(name)s asks for strict alignment (aspf=s), which no return path can meet. Leave aspf=s out."
    ),
}
TLS_WORDS = (
    ("starttls", gettext_lazy("STARTTLS (usual with port 587)")),
    ("tls", gettext_lazy("TLS from the start (usual with port 465)")),
)
SERVER_WORDS: dict[str, tuple[Any, str, str]] = {
    "new": (gettext_lazy("Is being tried"), "info", "clock"),
    "works": (gettext_lazy("Answers"), "success", "check"),
    "fails": (gettext_lazy("Does not work"), "danger", "alert-circle"),
}
REASON_WORDS: dict[str, tuple[Any, str, str]] = {
    "bounced": (gettext_lazy("Came back"), "warning", "arrow-back-up"),
    "complained": (gettext_lazy("Called it unwanted"), "danger", "alert-triangle"),
    "by-hand": (gettext_lazy("By hand"), "neutral", "user"),
}


def cell(state: str, words: dict[str, tuple[Any, str, str]]) -> StatusCell:
    """A state as a badge."""
    label, tone, icon = words[state]
    return StatusCell(state, label, tone, icon)


def finding_words(finding: Finding) -> str:
    """What is wrong, where, and what to do, in one or two sentences."""
    words = _FINDINGS.get(finding.code)
    if words is None:
        return _("%(name)s is not right.") % {"name": finding.name}
    return str(words) % {"name": finding.name, "found": finding.found, "wanted": finding.wanted}
