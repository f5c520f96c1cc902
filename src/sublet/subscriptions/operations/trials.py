"""The one free trial of an account's life: started by a button, over by itself at the instant."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.trials import Identity, reminders, trial_end
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.subscriptions.events import TrialStarted
from sublet.subscriptions.models import Trial, TrialIdentity
from sublet.subscriptions.operations.places import trier
from sublet.subscriptions.operations.trial_mails import TRIAL_STARTED, write_of_trial
from sublet.subscriptions.operations.written import told, written
from sublet.subscriptions.queries.held import held
from sublet.subscriptions.queries.may_try import counts, every_identity, terms_of


class CannotStartTrial(Refusal):
    """Why no trial begins."""

    SENTENCES: ClassVar = {
        "closed": _("This account is closed. Take the closing back first."),
        "no-trial": _("The plan of this account has no free trial."),
        "had": _("This account has had its free trial. There is one in its life."),
        "had-email": _("Somebody with this e-mail address has had a free trial already."),
        "had-domain": _("Somebody of this domain has had a free trial already."),
        "had-card": _("Somebody with this card has had a free trial already."),
    }


def start_trial(*, ref: str, actor: Actor, at: datetime, reason: str = "") -> Trial:
    """Start the free trial of an account: by its own people (``settings:manage``), or by whoever may change its plan.

    Once in its life, and once for each identity that the plan's trial is remembered by; the database sees to both. It ends so
    many days later at the same time on the account's clock. Raises NotFound, Forbidden, CannotWhileImpersonating,
    CannotStartTrial.
    """
    with transaction.atomic():
        return begin_trial(account=trier(ref, actor, CannotStartTrial), actor=actor, at=at, reason=reason)


def begin_trial(*, account: Account, actor: Actor, at: datetime, reason: str = "") -> Trial:
    """The same for an account that is locked already, inside a transaction."""
    now = held(account)
    if now.trial is not None:
        raise CannotStartTrial("had")
    offered = terms_of(now, at)
    if offered is None:
        raise CannotStartTrial("no-trial")
    plan, terms = offered
    opens = now.offer.plan(terms.plan) if terms.plan else plan
    ends = trial_end(at, terms.days, account.timezone)
    coming = reminders(at, ends, terms.remind_days, account.timezone)
    for identity in every_identity(account):
        if counts(identity, terms):
            _remember(identity, at)
        else:
            # Noted, and asked for nothing: a manifest that says later that it counts means those who have had one as well.
            TrialIdentity.objects.bulk_create([_row(identity, at)], ignore_conflicts=True)
    trial = Trial(
        account=account,
        plan=plan.key,
        version=plan.version,
        opens=opens.key if opens is not None else "",
        opens_version=opens.version if opens is not None else 0,
        started_at=at,
        ends_at=ends,
        timezone=account.timezone,
        started_by=actor.name[:200],
        next_at=coming[0] if coming else ends,
    )
    try:
        with transaction.atomic():
            trial.save()
    except IntegrityError:
        # The account is locked, so nobody else gets here at the same time; the constraint says so again.
        raise CannotStartTrial("had") from None
    event = TrialStarted(**told(account, opens or plan), until=ends.isoformat())
    entry = record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
    written(account, actor=actor, at=at)
    write_of_trial(TRIAL_STARTED, account, trial, follows=now.plan_at(ends), key=str(entry.id), actor=actor, at=at)
    return trial


def _row(identity: Identity, at: datetime) -> TrialIdentity:
    return TrialIdentity(kind=identity.kind, digest=identity.digest, created_at=at)


def _remember(identity: Identity, at: datetime) -> None:
    try:
        # In a transaction of its own within: a conflict undoes this row alone, and the refusal can be told.
        with transaction.atomic():
            _row(identity, at).save(force_insert=True)
    except IntegrityError:
        code = "had" if identity.kind == "account" else f"had-{identity.kind}"
        raise CannotStartTrial(code) from None


__all__ = ["CannotStartTrial", "begin_trial", "start_trial", "terms_of"]
