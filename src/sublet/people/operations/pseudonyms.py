"""Taking a person's name out of sight in the journal, whose rows never change."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.pseudonyms import Pseudonym, set_pseudonym
from sublet.foundation.refs import looks_like_ref, new_ref
from sublet.people.events import PersonHidden
from sublet.people.models import User


def hide_person_in_journal(*, user_ref: str, actor: Actor, at: datetime) -> str:
    """Show a pseudonym wherever the journal names that person as who acted; returns it. Twice gives the first one again.

    For the vendor (``settings:manage``), who answers to the person. No entry is touched: the name stays in the rows, for
    whoever has to prove what happened, and is never shown. Raises NotFound, Forbidden, CannotWhileImpersonating.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require("settings:manage")
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")
    with transaction.atomic():
        user = (
            User.objects.select_for_update().filter(ref=user_ref).first() if looks_like_ref(user_ref, "usr") else None
        )
        if user is None:
            raise NotFound
        known = Pseudonym.objects.filter(user_id=user.id).first()
        if known is not None:
            return known.word
        word = "#" + new_ref("psn").partition("_")[2][:8]
        set_pseudonym(user_id=user.id, word=word, at=at)
        record(PersonHidden(pseudonym=word), account_id=actor.account_id, actor=actor, at=at)
    return word
