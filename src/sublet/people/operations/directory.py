"""Switching an account's directory on and off, and noting that it spoke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import transaction
from django.utils.translation import gettext as _

from sublet.core.rights import Rights
from sublet.foundation.actor import Actor
from sublet.people.events import DirectoryMailsBegun, DirectoryMailsEnded, DirectorySwitchedOff, DirectorySwitchedOn
from sublet.people.models import Directory
from sublet.people.operations.directory_shared import CannotKeepDirectory, in_own_name, open_desk
from sublet.people.operations.granting import one_line
from sublet.people.operations.keys import NewKey, create_key
from sublet.people.queries.sections import offer_for

#: How often at most it is written down that the directory asked for something.
HEARD_EVERY = timedelta(minutes=1)


def switch_directory(*, on: bool, actor: Actor, at: datetime) -> None:
    """Let the directory of the actor's account keep the team (``team:manage``), or stop listening to it.

    Stopping leaves everybody as they are. Saying what is so already records nothing. Not while impersonating. Raises
    Forbidden, CannotWhileImpersonating, CannotKeepDirectory.
    """
    in_own_name(actor)
    with transaction.atomic():
        desk = open_desk(actor, at)
        row = Directory.objects.filter(account=desk.account).first()
        if (row is not None and row.is_on) == on:
            return
        row = row or Directory(account=desk.account)
        row.is_on, row.switched_at, row.switched_by = on, at, actor.name[:200]
        row.refused_at, row.refusal, row.refusal_params = None, "", {}
        row.save()
        desk.tell(DirectorySwitchedOn() if on else DirectorySwitchedOff())


def choose_directory_mail(*, without_mail: bool, actor: Actor, at: datetime) -> None:
    """Say whether people of the account's proved domains, whom its directory names, come in by the company log-in without an
    invitation by mail (``team:manage``). Who was named before stays as it is. Saying what is so already records nothing. Not
    while impersonating. Raises Forbidden, CannotWhileImpersonating, CannotKeepDirectory (``off``).
    """
    in_own_name(actor)
    with transaction.atomic():
        desk = open_desk(actor, at)
        row = Directory.objects.filter(account=desk.account).first()
        if row is None or not row.is_on:
            raise CannotKeepDirectory("off")
        if row.without_mail == without_mail:
            return
        row.without_mail = without_mail
        row.save(update_fields=["without_mail"])
        desk.tell(DirectoryMailsEnded() if without_mail else DirectoryMailsBegun())


def make_directory_key(*, name: str = "", actor: Actor, at: datetime) -> NewKey:
    """An API key for the directory (``keys:manage``, ``team:manage``): it can do the team, and give every role as far as
    the actor can. In person. Raises Forbidden, CannotWhileImpersonating, CannotCreateKey.
    """
    actor.require_in_person()
    actor.require("team:manage")
    offer = offer_for(actor.account_kind)
    everything = {key: section.levels[-1] for key, section in offer.sections.items() if section.levels}
    rights = Rights.of(
        {key: min(level, actor.rights.level(key)) for key, level in Rights.of(everything).levels.items()}
    )
    called = one_line(name, 80) or _("Directory")
    return create_key(name=called, rights=rights.as_words(), actor=actor, at=at)


def note_directory(
    *,
    actor: Actor,
    changed: bool = False,
    refusal: str = "",
    params: Mapping[str, object] = MappingProxyType({}),
    at: datetime,
) -> None:
    """Write down that the directory spoke, changed something, or was refused and why.

    `refusal` is the sentence of the source, which whoever reads it later reads in its own language, with `params` filled in.

    That it only asked is worth a write once in `HEARD_EVERY`, which the caller sees to.
    """
    rows = Directory.objects.filter(account_id=actor.account_id)
    if refusal:
        filled = {name: value if isinstance(value, int) else str(value)[:300] for name, value in params.items()}
        rows.update(heard_at=at, refused_at=at, refusal=one_line(refusal, 300), refusal_params=filled)
    elif changed:
        rows.update(heard_at=at, changed_at=at)
    else:
        rows.update(heard_at=at)
