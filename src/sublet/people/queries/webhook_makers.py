"""Whether somebody who set a webhook up may still take the data of people below away."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from sublet.core.peopledata import SECTION, Way, opens, people_data
from sublet.core.rights import Rights, effective
from sublet.people.models import ApiKey, Collaborator
from sublet.people.queries.entry import rights_of


def exports_people(account_id: int, user_id: int | None, key_ref: str, at: datetime) -> bool:
    """Whether that person, or that key, exists in the account today and may export. One statement."""
    if user_id is not None:
        # unscoped: asked for any account by the job that sends; it names the account
        places = Collaborator.unscoped.filter(account_id=account_id, user_id=user_id, ended_at__isnull=True)
        place = places.filter(user__is_active=True).select_related("account").first()
        if place is None:
            return False
        kind, rights = place.account.kind, rights_of(place, place.account.kind, ())
    else:
        # unscoped: as above
        keys = ApiKey.unscoped.filter(account_id=account_id, ref=key_ref, revoked_at__isnull=True)
        key = keys.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at)).select_related("account").first()
        if key is None:
            return False
        kind = key.account.kind
        ticked = Rights.of({name: word for name, word in key.rights_words.items() if name == SECTION})
        rights = effective(kind=kind, is_owner=False, ticked=ticked, product_sections=())
    return opens(people_data(kind=kind, rights=rights), Way.BULK)
