"""Saved views of the client list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import ViewDeleted, ViewRenamed, ViewSaved, ViewShared, ViewUnshared
from sublet.accounts.models import SavedView
from sublet.accounts.queries.listquery import ListQuery
from sublet.accounts.queries.tree import require_below
from sublet.accounts.queries.views import KEYS
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import new_ref

MOST_VIEWS = 50
MOST_COLUMNS = 30
_NAME = {
    "name-missing": _("Give the view a name."),
    "name-too-long": _("The name of a view has at most 80 characters."),
    "name-used": _("You have a view of this name already."),
}


class CannotSaveView(Refusal):
    """Why a view is not saved."""

    SENTENCES = {**_NAME, "too-many": _("You have 50 views. Delete one first.")}


class CannotRenameView(Refusal):
    """Why a view keeps its name."""

    SENTENCES = _NAME


def _clean_name(name: str, refusal: type[Refusal]) -> str:
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not clean:
        raise refusal("name-missing", field="name")
    if len(clean) > 80:
        raise refusal("name-too-long", field="name")
    return clean


def _person(actor: Actor) -> int:
    """Whose views the actor saves: its own, or those of the account's API keys, which have them together."""
    require_below(actor, "view")
    if actor.user_id is None and not actor.key_ref:
        raise NotFound
    return actor.user_id if actor.user_id is not None else KEYS


def _mine(ref: str, actor: Actor) -> SavedView:
    rows = SavedView.objects.select_for_update().filter(account_id=actor.account_id, user_id=_person(actor))
    row = rows.filter(ref=ref).first()
    if row is None:
        raise NotFound
    return row


def _tell(event: Event, actor: Actor, at: datetime) -> None:
    record(event, account_id=actor.account_id, actor=actor, at=at)


def save_view(
    *, name: str, query: ListQuery, columns: Sequence[str] = (), shared: bool = False, actor: Actor, at: datetime
) -> str:
    """Keep filters, order and columns under a name; returns the view's reference. The same name again overwrites it.

    Raises Forbidden, CannotSaveView.
    """
    user_id = _person(actor)
    clean = _clean_name(name, CannotSaveView)
    data: dict[str, Any] = {"list": query.as_data(), "columns": [str(each)[:40] for each in columns[:MOST_COLUMNS]]}
    try:
        return _store(user_id, clean, data, shared=shared, actor=actor, at=at)
    except IntegrityError:
        # The same name twice at the same moment: the constraint let one through, and this one overwrites it.
        return _store(user_id, clean, data, shared=shared, actor=actor, at=at)


def _store(user_id: int, clean: str, data: dict[str, Any], *, shared: bool, actor: Actor, at: datetime) -> str:
    with transaction.atomic():
        mine = SavedView.objects.select_for_update().filter(account_id=actor.account_id, user_id=user_id)
        row = mine.filter(name=clean).first()
        if row is None:
            if mine.count() >= MOST_VIEWS:
                raise CannotSaveView("too-many")
            row = SavedView(account_id=actor.account_id, ref=new_ref("viw"), user_id=user_id, name=clean, created_at=at)
        row.query = data
        row.shared = shared
        row.save()
        _tell(ViewSaved(ref=row.ref, view=row.name), actor, at)
        return row.ref


def rename_view(*, ref: str, name: str, actor: Actor, at: datetime) -> None:
    """Give one's own view another name. Raises NotFound, Forbidden, CannotRenameView."""
    clean = _clean_name(name, CannotRenameView)
    try:
        with transaction.atomic():
            row = _mine(ref, actor)
            if row.name == clean:
                return
            before, row.name = row.name, clean
            row.save(update_fields=["name"])
            _tell(ViewRenamed(ref=row.ref, before=before, view=clean), actor, at)
    except IntegrityError:
        raise CannotRenameView("name-used", field="name") from None


def change_view(*, ref: str, name: str | None, shared: bool | None, actor: Actor, at: datetime) -> None:
    """Name and sharing in one go, all or nothing; None leaves as it is. Raises NotFound, Forbidden, CannotRenameView."""
    with transaction.atomic():
        if name is not None:
            rename_view(ref=ref, name=name, actor=actor, at=at)
        if shared is not None:
            share_view(ref=ref, shared=shared, actor=actor, at=at)


def delete_view(*, ref: str, actor: Actor, at: datetime) -> None:
    """Delete one's own view. Raises NotFound, Forbidden."""
    with transaction.atomic():
        row = _mine(ref, actor)
        event = ViewDeleted(ref=row.ref, view=row.name)
        row.delete()
        _tell(event, actor, at)


def share_view(*, ref: str, shared: bool, actor: Actor, at: datetime) -> None:
    """Show one's own view to the whole team, or to oneself alone again. Raises NotFound, Forbidden."""
    with transaction.atomic():
        row = _mine(ref, actor)
        if row.shared == shared:
            return
        row.shared = shared
        row.save(update_fields=["shared"])
        event = ViewShared if shared else ViewUnshared
        _tell(event(ref=row.ref, view=row.name), actor, at)
