"""What a person did with its own log-in, told to every account on which it collaborates."""

from __future__ import annotations

from datetime import datetime

from sublet.foundation.actor import Actor
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.people.models import User
from sublet.people.queries.entry import places_of


def record_of_person(event: Event, *, user: User, actor: Actor, at: datetime) -> None:
    """One entry in the journal of each account that the person may enter; without any, in that of the host's account.

    Each account reads the person as its own collaborator, and the host only if it is its own or its reseller's: on
    which other accounts the person works is nobody's business there.
    """
    places = places_of(user.id)
    for place in places:
        known_host = actor.account_id in {place.account_id, place.parent_id}
        here = Actor(
            user_id=user.id,
            name=str(user),
            account_id=place.account_id,
            account_ref=place.account_ref,
            account_kind=place.account_kind,
            account_name=place.account_name,
            via=actor.via,
            host=actor.host if known_host else "",
            request_id=actor.request_id,
        )
        record(event, account_id=place.account_id, parent_id=place.parent_id, actor=here, at=at)
    if not places:
        record(event, account_id=actor.account_id, actor=actor, at=at)
