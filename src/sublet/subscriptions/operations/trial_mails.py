"""Mails about a trial: to the account's owner and its contact address, in the reseller's name and the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import formats, translation

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.core.manifest import Plan
from sublet.core.trials import days_left
from sublet.foundation.actor import Actor
from sublet.messaging.operations import queue_mail
from sublet.messaging.worded import Value
from sublet.people.queries.readers import readers_of
from sublet.subscriptions.models import Trial
from sublet.subscriptions.queries.trials import called, clock_of, plan_name

TRIAL_STARTED: Final = "trial-started"
TRIAL_ENDING: Final = "trial-ending"
TRIAL_ENDED: Final = "trial-ended"


def write_of_trial(
    template: str, account: Account, trial: Trial, *, follows: Plan | None, key: str, actor: Actor, at: datetime
) -> None:
    """Write it, once for each `key` and reader; `follows` is the plan that counts after the trial. Who has no address is not
    written to: the page tells the same."""
    path = reverse("client-plan", urlconf="sublet.config.urls_brand", kwargs={"account": account.ref})
    # Never with the prefix of a visit that somebody happens to be on.
    url = origin(primary_host(account.id)) + path[path.index("/client/") :]
    reader = readers_of([account]).get(account.id)
    if reader is None:
        return
    with translation.override(reader.language or "en"):
        ends = clock_of(trial.ends_at, account.timezone)
        context: dict[str, Value] = {
            "person": reader.name,
            "account": account.name,
            "plan": plan_name(trial),
            "follows": called(follows),
            "day": formats.date_format(ends, "DATE_FORMAT"),
            "time": formats.date_format(ends, "TIME_FORMAT"),
            "left": days_left(trial.ends_at, at, trial.timezone),  # as the page and the entry count
            "url": url,
        }
    queue_mail(
        template=template,
        account_id=account.id,
        to_email=reader.email,
        to_name=reader.name,
        language=reader.language,
        context=context,
        key=f"{template}:{key}:{reader.email}"[:200],
        actor=actor,
        at=at,
    )
