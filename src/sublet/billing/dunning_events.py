"""What can happen while an invoice is not paid. No amount is among it, as in all of `billing`."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from sublet.billing.events import AboutInvoice
from sublet.foundation.journal.events import Event, event


@event("dunning.policy_set")
@dataclass(frozen=True, slots=True)
class DunningPolicySet(Event):
    """What follows when an invoice is not paid was decided, in days after it was due. `ending`: ``pause`` or ``keep``."""

    SENTENCE = _("%(actor)s decided what happens when an invoice is not paid.")

    grace: int
    last_call: int
    ending: str
    retries: list[int] = field(default_factory=list)
    reminders: list[int] = field(default_factory=list)


@event("dunning.tried")
@dataclass(frozen=True, slots=True)
class DunningTried(AboutInvoice):
    """The stored way of paying was to be charged once more. `outcome`: ``started``, ``paid``, or why nothing was charged."""

    SENTENCE = _("Invoice %(number)s of “%(name)s” was collected again.")

    outcome: str


@event("dunning.reminded")
@dataclass(frozen=True, slots=True)
class DunningReminded(AboutInvoice):
    """Whoever owes was reminded. `kind`: ``reminder``, ``last_call`` or ``by_hand``; `mailed`: there was an address."""

    SENTENCE = _("“%(name)s” was reminded of invoice %(number)s.")

    kind: str
    mailed: bool


@event("dunning.paused")
@dataclass(frozen=True, slots=True)
class DunningPaused(AboutInvoice):
    """The grace is over. `outcome`: ``paused``, ``read-only`` (of a reseller), or why nothing was paused."""

    SENTENCE = _("“%(name)s” was paused because invoice %(number)s is not paid.")

    outcome: str


@event("dunning.kept")
@dataclass(frozen=True, slots=True)
class DunningKept(AboutInvoice):
    """The grace is over, and the service goes on: so it was decided."""

    SENTENCE = _("Invoice %(number)s of “%(name)s” is not paid; the service goes on.")


@event("dunning.settled")
@dataclass(frozen=True, slots=True)
class DunningSettled(AboutInvoice):
    """Nothing of it is owed any more. `resumed`: what was paused goes on."""

    SENTENCE = _("Nothing of invoice %(number)s of “%(name)s” is owed any more.")

    resumed: bool


@event("dunning.began_again")
@dataclass(frozen=True, slots=True)
class DunningBeganAgain(AboutInvoice):
    """It was paid, and is owed again: the steps begin anew."""

    SENTENCE = _("Invoice %(number)s is owed by “%(name)s” again.")


@event("dunning.stopped")
@dataclass(frozen=True, slots=True)
class DunningStopped(AboutInvoice):
    """Somebody let nothing more follow. `resumed`: what was paused goes on."""

    SENTENCE = _("%(actor)s stopped reminding “%(name)s” of invoice %(number)s.")

    resumed: bool


@event("dunning.continued")
@dataclass(frozen=True, slots=True)
class DunningContinued(AboutInvoice):
    """What was stopped goes on, as many days later as it stood still."""

    SENTENCE = _("%(actor)s goes on reminding “%(name)s” of invoice %(number)s.")
