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
#: Why a mail server takes no mail → what is so, and the next step.
_FAULTS: dict[str, tuple[Any, Any]] = {
    "name": (
        gettext_lazy("There is no server called %(server)s."),
        gettext_lazy("Look for a typing error in its name."),
    ),
    "connection": (
        gettext_lazy("%(server)s does not answer."),
        gettext_lazy("Check name and port, and ask whoever runs it whether it is up and lets us in."),
    ),
    "tls": (
        gettext_lazy("%(server)s does not encrypt the connection in the way that was chosen."),
        gettext_lazy("Choose the other encryption with its usual port: STARTTLS with 587, TLS with 465."),
    ),
    "certificate": (
        gettext_lazy("The certificate of %(server)s is not valid, so nobody can say who answers there."),
        gettext_lazy("Enter the name that stands in its certificate, or ask whoever runs it to renew it."),
    ),
    "log-in": (
        gettext_lazy("%(server)s refuses the user name or the password."),
        gettext_lazy("Enter both anew. Many mail servers want a password made for programs, not that of a person."),
    ),
    "sender": (
        gettext_lazy("%(server)s takes no mail that comes from this address."),
        gettext_lazy("Allow the address or its domain there, or choose another address for your mail here."),
    ),
    "inside": (
        gettext_lazy("%(server)s lies inside a network of its own, where no mail is sent from here."),
        gettext_lazy("Enter a server that can be reached from the internet."),
    ),
    "busy": (
        gettext_lazy("%(server)s says that it takes no mail for now."),
        gettext_lazy("It is tried again by itself. If this lasts, ask whoever runs it how much it takes."),
    ),
}
_KEY_REFUSED = (
    gettext_lazy("%(server)s refuses the key."),
    gettext_lazy("Make a new key at the provider and enter it here."),
)
REASON_WORDS: dict[str, tuple[Any, str, str]] = {
    "bounced": (gettext_lazy("Came back"), "warning", "arrow-back-up"),
    "complained": (gettext_lazy("Called it unwanted"), "danger", "alert-triangle"),
    "by-hand": (gettext_lazy("By hand"), "neutral", "user"),
    "opted-out": (gettext_lazy("Unsubscribed"), "neutral", "ban"),
}


def cell(state: str, words: dict[str, tuple[Any, str, str]]) -> StatusCell:
    """A state as a badge."""
    label, tone, icon = words[state]
    return StatusCell(state, label, tone, icon)


def fault_words(why: str, server: str, kind: str) -> tuple[str, str]:
    """Why a mail server takes no mail, and what to do about it; empty where that is not known."""
    words = _KEY_REFUSED if (why, kind) == ("log-in", "provider") else _FAULTS.get(why)
    return (str(words[0]) % {"server": server}, str(words[1])) if words is not None else ("", "")


def finding_words(finding: Finding) -> str:
    """What is wrong, where, and what to do, in one or two sentences."""
    words = _FINDINGS.get(finding.code)
    if words is None:
        return _("%(name)s is not right.") % {"name": finding.name}
    return str(words) % {"name": finding.name, "found": finding.found, "wanted": finding.wanted}
