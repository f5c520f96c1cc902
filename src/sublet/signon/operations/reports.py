"""What the host product tells of changes made in it: one journal entry each, in the name of whoever made them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.reports import is_place, is_text
from sublet.core.rights import PRODUCT_PREFIX
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record
from sublet.people import queries as people_queries
from sublet.signon.events import ProductChanged


class CannotReportChange(Refusal):
    """A report that cannot stand in a history."""

    SENTENCES: ClassVar = {
        "section": _("The product has no such section."),
        "text": _(
            "Write 1 to 200 characters in one line, without control characters, marks that turn the direction and "
            "piles of marks on one letter."
        ),
        "place": _("Write a path inside the product that begins with one slash, in ASCII, without spaces."),
    }
    status = 422


def report_product_change(
    *, section: str, text: str, place: str, application: str, actor: Actor, at: datetime
) -> JournalEntry:
    """Write down that the actor changed something in a section of the host product, which says so in its own words.

    The actor is whoever the product was told of at the sign-on; `application` is the program that tells. Raises
    CannotReportChange, and Forbidden for whoever may not change that section now: what nobody could do is not told either.
    """
    names = people_queries.names_of_section(section)
    if names is None:
        raise CannotReportChange("section", field="section")
    actor.require(f"{PRODUCT_PREFIX}{section}:manage")
    if not is_text(text):
        raise CannotReportChange("text", field="text")
    if not is_place(place):
        raise CannotReportChange("place", field="place")
    with transaction.atomic():
        account = Account.objects.get(id=actor.account_id)
        return record(
            ProductChanged(section=section, names=names, text=text, place=place, application=application),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
