"""The layers that decide a right, in words. The reseller is named as its brand: a client knows no other name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sublet.core.why import NOT_IN_PLAN, Explanation
from sublet.entitlements.queries import Gate
from sublet.people.queries.comparing import GrantHeld
from sublet.portals.shared.locales import write_date

#: Layer → sentence; `%(brand)s` is who looks after the account, `%(role)s` the preset. Another part adds its layers here.
LAYERS: dict[str, Callable[[], str]] = {
    "not-offered": lambda: _("The product does not have this section now."),
    "floor": lambda: _("%(brand)s keeps this for itself in every client’s account."),
    "owner": lambda: _("Owns the account."),
    "role": lambda: _("From the role “%(role)s”."),
    "ticked": lambda: _("Ticked for this person."),
    "not-ticked": lambda: _("Not ticked for this person."),
    "withdrawn": lambda: _("%(brand)s keeps this section for itself."),
    "reach": lambda: _("Does not reach this client."),
    "clients-level": lambda: _("As far as the right on “Clients” goes."),
    "at-home": lambda: _("As far as the visitor’s own right on this section in the reseller’s account goes."),
    "only-looking": lambda: _("During a visit, access is only looked at."),
    "grant": lambda: _(
        "As far as the access goes that the client’s account gives. More can be asked for under “Access”."
    ),
    "no-grant": lambda: _("No access to this client’s account is in force. It can be asked for under “Access”."),
    "not-in-plan": lambda: _("Nobody has this section here: what the account has does not include it."),
    "served": lambda: _("%(brand)s manages this for the account: what it does can be looked at."),
    "acted-as": lambda: _("What the person has in whose place it is."),
}


#: What is demanded on the way in → sentence (`people.queries.comparing`).
WAYS_IN: dict[str, Callable[[], str]] = {
    "second-factor": lambda: _("Only with a second step: the rules for logging in demand it."),
    "company": lambda: _("Only by the company log-in."),
    "visit": lambda: _("Only on a visit: with a reason, and a second step of the last quarter of an hour."),
}


def ways_in(codes: Sequence[str]) -> tuple[str, ...]:
    """What is demanded of somebody on the way in, in the active language."""
    return tuple(WAYS_IN[code]() for code in codes) or (_("By the person’s own log-in."),)


def grants_in_words(grants: Sequence[GrantHeld]) -> tuple[str, ...]:
    """By which access staff gets in, in the active language and time zone; that there is none, where there is none."""
    found = []
    for each in grants:
        reason = each.reason or _("the access that came with the client")
        if each.ends_at is None:
            found.append(_("By access: %(reason)s.") % {"reason": reason})
        else:
            day = write_date(each.ends_at)
            found.append(_("By access until %(day)s: %(reason)s.") % {"reason": reason, "day": day})
    return tuple(found) or (LAYERS["no-grant"](),)


def gate_words(gate: Gate) -> str:
    """Why a section is closed to everybody of an account."""
    if gate.plan:
        words = _("This section needs “%(feature)s”, which the plan “%(plan)s” does not include.")
    else:
        words = _("This section needs “%(feature)s”, which this account does not have.")
    return words % {"feature": gate.feature, "plan": gate.plan}


@dataclass(frozen=True, slots=True)
class Told:
    """A level with its sentence; `closed` is shown with a lock."""

    level: str
    sentence: str

    @property
    def closed(self) -> bool:
        return self.level == "none"


def told(found: Explanation, *, brand: str, role: str = "", gate: Gate | None = None) -> Told:
    """The explanation in the active language; `gate` is what closes the section to the whole account. A layer without words
    says nothing rather than something wrong."""
    if gate is not None and found.decided_by == NOT_IN_PLAN:
        return Told(level=found.level.word, sentence=gate_words(gate))
    words = LAYERS.get(found.decided_by, str)
    return Told(level=found.level.word, sentence=words() % {"brand": brand, "role": role})
