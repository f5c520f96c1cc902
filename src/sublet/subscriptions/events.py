"""What can happen in `subscriptions`. Plans and add-ons carry the names that they had then, in all languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.languages import in_language


@dataclass(frozen=True, slots=True)
class AboutSubscription(Event):
    """The account, and the plan or add-on that it is about: `key`, `version` and its `names`."""

    ref: str
    name: str
    key: str
    version: int
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        """What the plan was called then, in the active language."""
        names = data.get("names")
        return {"plan": in_language(names if isinstance(names, Mapping) else {}, str(data.get("key", "")))}


@event("subscription.plan_taken")
@dataclass(frozen=True, slots=True)
class PlanTaken(AboutSubscription):
    """A plan was taken at once, in place of `before` (empty: the one of the birth). `dropped`: the change that no longer waits."""

    SENTENCE = _("%(actor)s put %(name)s on the plan “%(plan)s”.")

    before: str = ""
    dropped: str = ""


@event("subscription.change_scheduled")
@dataclass(frozen=True, slots=True)
class PlanChangeScheduled(AboutSubscription):
    """A change of plan was decided for later: `from_at` is an ISO instant."""

    SENTENCE = _("%(actor)s decided that %(name)s will be on the plan “%(plan)s”.")

    change: str = ""
    from_at: str = ""
    dropped: str = ""


@event("subscription.change_canceled")
@dataclass(frozen=True, slots=True)
class PlanChangeCanceled(AboutSubscription):
    """A decided change was taken back before it held."""

    SENTENCE = _("%(actor)s took back what was decided for %(name)s; it stays on the plan “%(plan)s”.")

    change: str = ""


@event("subscription.plan_changed")
@dataclass(frozen=True, slots=True)
class PlanChanged(AboutSubscription):
    """What was decided before holds now."""

    SENTENCE = _("%(name)s is on the plan “%(plan)s” now.")

    change: str = ""


@event("subscription.paused")
@dataclass(frozen=True, slots=True)
class SubscriptionPaused(AboutSubscription):
    """The plan rests; `until` is an ISO instant, or empty."""

    SENTENCE = _("%(actor)s paused the plan “%(plan)s” of %(name)s.")

    until: str = ""


@event("subscription.resumed")
@dataclass(frozen=True, slots=True)
class SubscriptionResumed(AboutSubscription):
    """The plan that rested goes on."""

    SENTENCE = _("The plan “%(plan)s” of %(name)s goes on.")


@event("subscription.end_scheduled")
@dataclass(frozen=True, slots=True)
class SubscriptionEndScheduled(AboutSubscription):
    """The plan will end: `from_at` is an ISO instant."""

    SENTENCE = _("%(actor)s decided that the plan “%(plan)s” of %(name)s will end.")

    change: str = ""
    from_at: str = ""
    dropped: str = ""


@event("subscription.ended")
@dataclass(frozen=True, slots=True)
class SubscriptionEnded(AboutSubscription):
    """The plan ended, at once or as decided before; the account is on the plan of its birth."""

    SENTENCE = _("The plan “%(plan)s” of %(name)s has ended.")

    dropped: str = ""


@event("add_on.taken")
@dataclass(frozen=True, slots=True)
class AddOnWasTaken(AboutSubscription):
    """An add-on was taken, `count` times."""

    SENTENCE = _("%(actor)s added “%(plan)s” to %(name)s.")

    add_on: str = ""
    count: int = 1


@event("add_on.ended")
@dataclass(frozen=True, slots=True)
class AddOnEnded(AboutSubscription):
    """An add-on was given up: `from_at` is an ISO instant, which may lie ahead."""

    SENTENCE = _("%(actor)s gave up “%(plan)s” for %(name)s.")

    add_on: str = ""
    from_at: str = ""


@event("trial.started")
@dataclass(frozen=True, slots=True)
class TrialStarted(AboutSubscription):
    """The one trial of the account's life began; `until` is an ISO instant."""

    SENTENCE = _("%(actor)s started the free trial of %(name)s: “%(plan)s”.")

    until: str = ""


@event("trial.reminded")
@dataclass(frozen=True, slots=True)
class TrialReminded(AboutSubscription):
    """Its end was told beforehand."""

    SENTENCE = _("%(name)s was reminded that its free trial ends.")

    days_left: int = 0


@event("trial.ended")
@dataclass(frozen=True, slots=True)
class TrialEnded(AboutSubscription):
    """It was over; `key` and `names` are of the plan that counts from then on."""

    SENTENCE = _("The free trial of %(name)s is over; it is on the plan “%(plan)s”.")


#: By which periods a plan is charged, as a sentence goes on.
BASIS_WORDS = {
    "basis": {
        "calendar": _("by the months of the calendar"),
        "anniversary": _("by months from the day on which it was taken"),
        "either": _("as its seller chooses"),
    }
}


@dataclass(frozen=True, slots=True)
class AboutBasis(AboutSubscription):
    """By which periods something is charged: `basis` is ``calendar``, ``anniversary`` or ``either`` (who sells it says)."""

    WORDS = BASIS_WORDS

    basis: str = ""


@event("subscription.basis_chosen")
@dataclass(frozen=True, slots=True)
class BasisWasChosen(AboutBasis):
    """By which periods the plan of an account is charged: `from_at` is an ISO instant, which may lie ahead."""

    SENTENCE = _("%(actor)s decided that the plan “%(plan)s” of %(name)s is charged %(basis)s.")

    from_at: str = ""


@event("subscription.usual_basis_set")
@dataclass(frozen=True, slots=True)
class UsualBasisSet(Event):
    """A reseller said by which periods its clients to come are charged: `basis` is ``calendar`` or ``anniversary``."""

    SENTENCE = _("%(actor)s decided that plans of new clients of %(name)s are charged %(basis)s.")
    WORDS = BASIS_WORDS

    ref: str
    name: str
    basis: str = ""


@event("subscription.basis_ruled")
@dataclass(frozen=True, slots=True)
class BasisWasRuled(AboutBasis):
    """The vendor said by which periods a plan is charged: `first_day` is an ISO day, where each account is."""

    SENTENCE = _("%(actor)s decided that the plan “%(plan)s” is charged %(basis)s.")

    first_day: str = ""
