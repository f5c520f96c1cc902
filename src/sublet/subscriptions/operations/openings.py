"""Opening a client's account that begins on a plan or in its trial, and one for a prospect: all of it or nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations import Details
from sublet.accounts.queries import own_facts
from sublet.core.lifecycle import PROSPECT
from sublet.core.periods import start_of_day
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.people import operations as people_operations
from sublet.subscriptions.operations.places import BUYS, subscriber
from sublet.subscriptions.operations.plans import take
from sublet.subscriptions.operations.trials import CannotStartTrial, begin_trial, terms_of
from sublet.subscriptions.queries.held import held

TRIAL = "trial"
#: So many days a demonstration lasts where nobody says otherwise.
USUAL_DAYS = 14


class CannotOpenProspect(Refusal):
    """Why no account for a prospect is opened."""

    SENTENCES: ClassVar = {"past": _("A demonstration ends in the future.")}


def open_client(*, begins: str = "", actor: Actor, at: datetime, **facts: Any) -> Account:
    """Open a client's account that begins on the starting plan, in its free trial (`begins` ``trial``) or on a plan (its key).

    `facts` are those of `people.operations.open_client`. Anything but the starting plan takes ``subscription:manage``. The same
    `once` again opens, takes and starts nothing. Raises what that raises, and CannotTakePlan, CannotStartTrial.
    """
    if begins:
        actor.require(BUYS)
    with transaction.atomic():
        account: Account = people_operations.open_client(actor=actor, at=at, **facts)
        # Opened by an earlier sending of the same form: what was agreed since stays.
        is_new = account.created_at == at
        if is_new and begins == TRIAL:
            _try(account, actor, at)
        elif is_new and begins:
            take(subscriber(account.ref, actor, CannotStartTrial), plan=begins, actor=actor, at=at)
    return account


def open_prospect(
    *, name: str, until: date | None = None, email: str = "", once: str = "", actor: Actor, at: datetime
) -> Account:
    """Open an account to be shown to a prospect: it closes by itself when the day after `until` begins (without one, in two
    weeks), and its trial begins at once where the starting plan has one and the actor may start it.

    Turned into a client later (`accounts.operations.turn_prospect_into_client`) it loses nothing, the trial included. The same
    `once` again opens nothing. Raises Forbidden, CannotCreateClient, CannotOpenProspect, CannotStartTrial.
    """
    own = own_facts(actor)
    last = until or (at + timedelta(days=USUAL_DAYS)).date()
    ends = start_of_day(last + timedelta(days=1), own.timezone) - timedelta(minutes=1)
    if ends <= at:
        raise CannotOpenProspect("past", field="until")
    details = Details(
        email=email, language=own.language, timezone=own.timezone, currency=own.currency, country=own.country
    )
    with transaction.atomic():
        account: Account = people_operations.open_client(
            name=name, details=details, state=PROSPECT, demo_until=ends, once=once, actor=actor, at=at
        )
        if account.created_at == at and actor.may(BUYS):  # else: as in `open_client`
            _try(account, actor, at)
    return account


def _try(account: Account, actor: Actor, at: datetime) -> None:
    """Start the trial, if there is one to start. Whoever has had one under the same address is refused."""
    locked = subscriber(account.ref, actor, CannotStartTrial)
    now = held(locked)
    if now.trial is None and terms_of(now, at) is not None:
        begin_trial(account=locked, actor=actor, at=at)
