"""Words on clients, and who looks after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import ResponsibleAssigned, ResponsibleRemoved, TagsChanged
from sublet.accounts.models import Account, AccountTag
from sublet.accounts.operations.places import below, tags_of
from sublet.accounts.search import reindex
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record

MOST_TAGS = 20
LONGEST_TAG = 40


class WrongTags(Refusal):
    """Tags that cannot be put. The base of each operation's own refusal."""

    SENTENCES = {
        "tag-too-long": _("A tag has at most %(most)s characters."),
        "too-many-tags": _("A client has at most %(most)s tags."),
    }


class CannotSetTags(WrongTags):
    """Why the tags of a client stay as they are."""

    SENTENCES = WrongTags.SENTENCES


def clean_tags(tags: Iterable[str], refusal: type[WrongTags]) -> list[str]:
    """The tags as they are stored: one line each, distinct whatever their case, sorted. Raises `refusal`."""
    found: dict[str, str] = {}
    for raw in tags:
        tag = " ".join("".join(c if c.isprintable() and c != "," else " " for c in raw).split())
        if len(tag) > LONGEST_TAG:
            raise refusal("tag-too-long", field="tags", most=LONGEST_TAG)
        if tag:
            found.setdefault(tag.casefold(), tag)
    if len(found) > MOST_TAGS:
        raise refusal("too-many-tags", field="tags", most=MOST_TAGS)
    return sorted(found.values(), key=lambda name: (name.casefold(), name))


def set_tags(*, ref: str, tags: Sequence[str], actor: Actor, at: datetime) -> list[str]:
    """Put exactly these tags on a client (``clients:manage``); returns them as stored.

    Raises NotFound, Forbidden, CannotSetTags.
    """
    wanted = clean_tags(tags, CannotSetTags)
    with transaction.atomic():
        account = below(ref, actor)
        store_tags(account, wanted, actor=actor, at=at)
        return wanted


def store_tags(account: Account, wanted: Sequence[str], *, actor: Actor, at: datetime) -> bool:
    """Put clean tags on a locked client, inside a transaction; False when they were there already."""
    stored = tags_of(account)
    added = [tag for tag in wanted if tag not in stored]
    removed = [tag for tag in stored if tag not in wanted]
    if not added and not removed:
        return False
    AccountTag.objects.filter(account_id=account.id, name__in=removed).delete()
    AccountTag.objects.bulk_create(
        AccountTag(account_id=account.id, parent_id=actor.account_id, name=tag) for tag in added
    )
    account.version += 1
    account.save(update_fields=["version"])
    reindex(account, wanted)
    record(
        TagsChanged(ref=account.ref, name=account.name, added=added, removed=removed),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )
    return True


def assign_responsible(
    *, ref: str, responsible_id: int | None, responsible_name: str = "", actor: Actor, at: datetime
) -> bool:
    """Say who of the reseller's staff looks after a client (``clients:manage``); None for nobody.

    `responsible_id` is a user on the reseller's team: people stand above accounts, so the caller has looked that up
    (`people.queries.staff`). Returns False when it was so already. Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        return store_responsible(
            below(ref, actor), responsible_id=responsible_id, responsible_name=responsible_name, actor=actor, at=at
        )


def store_responsible(
    account: Account, *, responsible_id: int | None, responsible_name: str, actor: Actor, at: datetime
) -> bool:
    """The same for a client that is locked already, inside a transaction."""
    if account.responsible_id == responsible_id:
        return False
    account.responsible_id = responsible_id
    account.version += 1
    account.save(update_fields=["responsible_id", "version"])
    record(
        ResponsibleRemoved(ref=account.ref, name=account.name)
        if responsible_id is None
        else ResponsibleAssigned(ref=account.ref, name=account.name, person=responsible_name),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )
    return True
