"""Persons whose name the journal no longer shows: the rows stay as they are, what is read of them does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery

from sublet.foundation.journal.models import JournalEntry


class Pseudonym(models.Model):
    """The word under which a person's entries are shown from now on. `user_id` is plain: the person may be gone."""

    objects: ClassVar[models.Manager[Pseudonym]] = models.Manager()

    user_id = models.BigIntegerField(primary_key=True)
    word = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        db_table = "journal_pseudonym"

    def __str__(self) -> str:
        return self.word


def with_pseudonyms(entries: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
    """The entries with the pseudonyms of who acted, in the same statement."""
    return entries.annotate(
        actor_alias=Subquery(Pseudonym.objects.filter(user_id=OuterRef("actor_user_id")).values("word")[:1]),
        visitor_alias=Subquery(Pseudonym.objects.filter(user_id=OuterRef("impersonator_user_id")).values("word")[:1]),
    )


def hide_names(entry: JournalEntry) -> JournalEntry:
    """The entry (read by `with_pseudonyms`) under pseudonyms: also where the same name stands in its data."""
    swaps = {}
    for name, alias in (
        ("actor_name", getattr(entry, "actor_alias", None)),
        ("impersonator_name", getattr(entry, "visitor_alias", None)),
    ):
        if alias and getattr(entry, name):
            swaps[getattr(entry, name)] = alias
            setattr(entry, name, alias)
    if swaps:
        entry.data = _swapped(entry.data, swaps)
    return entry


def _swapped(value: Any, swaps: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return swaps.get(value, value)
    if isinstance(value, list):
        return [_swapped(each, swaps) for each in value]
    if isinstance(value, dict):
        return {key: _swapped(each, swaps) for key, each in value.items()}
    return value


def set_pseudonym(*, user_id: int, word: str, at: datetime) -> None:
    """From now on the journal shows `word` for that person; a second word replaces the first. A step of erasing a person."""
    Pseudonym.objects.update_or_create(user_id=user_id, defaults={"word": word[:40], "at": at})
