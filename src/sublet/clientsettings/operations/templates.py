"""Templates: made, changed into another version, removed; and which client follows which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import require_below
from sublet.clientsettings.events import TemplateChanged, TemplateFollowed, TemplateMade, TemplateRemoved
from sublet.clientsettings.models import LONGEST_NAME, SettingsTemplate, SettingsTemplateVersion, TemplateUse
from sublet.clientsettings.operations.changes import CannotChangeSettings, client_of
from sublet.clientsettings.queries import fields_in_force, stored_template, values_of_template
from sublet.core.clientsettings import PAYER, Value, fault, same, values_to_json
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

MOST_TEMPLATES = 200


class CannotChangeTemplate(Refusal):
    """Why a template stays as it is."""

    SENTENCES: ClassVar = {
        "no-name": _("Give the template a name of at most 100 characters."),
        "name-taken": _("Another template has this name."),
        "nothing-set": _("Set at least one field: a template that leaves everything as it is does nothing."),
        "changed-meanwhile": _("Somebody made another version in the meantime. Begin again from that one."),
        "too-many": _("There are 200 templates. Remove one that nobody needs."),
    }


def make_template(
    *, name: str, values: Mapping[str, Value], once: str = "", actor: Actor, at: datetime
) -> SettingsTemplate:
    """Make a template whose first version says `values` (``clients:manage``). The same `once` again makes nothing.

    Raises Forbidden, NotFound, CannotChangeTemplate, CannotChangeSettings.
    """
    _manages(actor)
    name, checked = _named(name), _checked(values)
    with transaction.atomic():
        own = SettingsTemplate.objects.filter(account_id=actor.account_id)
        before = own.filter(once=once[:64]).first() if once else None
        if before is not None:
            return before
        if own.filter(removed_at__isnull=True).count() >= MOST_TEMPLATES:
            raise CannotChangeTemplate("too-many")
        template = SettingsTemplate(account_id=actor.account_id, name=name, once=once[:64])
        _save(template, force_insert=True)
        _add_version(template, checked, actor, at)
        told = TemplateMade(template=template.ref, name=name, version=1)
        record(told, account_id=actor.account_id, actor=actor, at=at)
    return template


def change_template(
    *, ref: str, name: str, values: Mapping[str, Value], version: int, actor: Actor, at: datetime
) -> SettingsTemplate:
    """Give a template another name, or a next version that says `values` (``clients:manage``). Clients stay as they are.

    `version`: the one that the actor began from. Nothing is written when all is so already. Raises Forbidden, NotFound,
    CannotChangeTemplate, CannotChangeSettings.
    """
    _manages(actor)
    with transaction.atomic():
        template = _locked(actor, ref)  # first: another's is not there, whatever else is wrong
        name, checked = _named(name), _checked(values)
        if template.version != version:
            raise CannotChangeTemplate("changed-meanwhile")
        present = values_of_template(template)
        other = present.keys() != checked.keys() or any(not same(present[key], checked[key]) for key in checked)
        if not other and template.name == name:
            return template
        template.name = name
        if other:
            template.version += 1
        _save(template, update_fields=["name", "version"])
        if other:
            _add_version(template, checked, actor, at)
        told = TemplateChanged(template=template.ref, name=name, version=template.version)
        record(told, account_id=actor.account_id, actor=actor, at=at)
    return template


def remove_template(*, ref: str, actor: Actor, at: datetime) -> None:
    """Remove a template (``clients:manage``). Who followed it stays as it is. Raises Forbidden, NotFound."""
    _manages(actor)
    with transaction.atomic():
        template = _locked(actor, ref)
        template.removed_at = at
        template.save(update_fields=["removed_at"])
        # unscoped: uses of the locked template
        TemplateUse.unscoped.filter(template_id=template.id).delete()
        told = TemplateRemoved(template=template.ref, name=template.name, version=template.version)
        record(told, account_id=actor.account_id, actor=actor, at=at)


def unfollow(*, ref: str, actor: Actor, at: datetime) -> bool:
    """Let a client follow no template any more (``clients:manage``); False when it did not. Raises Forbidden, NotFound."""
    with transaction.atomic():
        account = client_of(ref, actor)
        # unscoped: the client is locked, from the scope
        uses = TemplateUse.unscoped.filter(account_id=actor.account_id, client_id=account.id)
        use = uses.select_related("template").first()
        if use is None:
            return False
        uses.delete()
        _tell_follow(account, use.template, 0, actor, at)
    return True


def follow(
    account: Account, template: SettingsTemplate, *, number: int, tell: bool, actor: Actor, at: datetime
) -> bool:
    """Keep that a version was applied to a locked client, inside a transaction; False when it was so. `tell` False: the entry
    about what changed tells it."""
    # unscoped: the client is locked, from the scope
    use = TemplateUse.unscoped.filter(account_id=actor.account_id, client_id=account.id).first()
    if use is not None and (use.template_id, use.number) == (template.id, number):
        return False
    if use is None:
        use = TemplateUse(account_id=actor.account_id, client_id=account.id)
    use.template_id, use.number, use.applied_at = template.id, number, at
    use.save()
    if tell:
        _tell_follow(account, template, number, actor, at)
    return True


def followed_now(account: Account, actor: Actor) -> tuple[str, int] | None:
    """The template that a locked client follows, and which version of it was applied last."""
    # unscoped: as above
    use = (
        TemplateUse.unscoped.filter(account_id=actor.account_id, client_id=account.id)
        .select_related("template")
        .first()
    )
    return None if use is None else (use.template.ref, use.number)


def follow_again(account: Account, before: tuple[str, int] | None, *, actor: Actor, at: datetime) -> None:
    """Let a locked client follow what it followed before, inside a transaction; nothing where that template is gone. The entry
    about what changed tells it."""
    # unscoped: the client is locked, from the scope
    TemplateUse.unscoped.filter(account_id=actor.account_id, client_id=account.id).delete()
    if before is None:
        return
    own = SettingsTemplate.objects.filter(account_id=actor.account_id, ref=before[0], removed_at__isnull=True).first()
    if own is not None:
        follow(account, own, number=before[1], tell=False, actor=actor, at=at)


def _tell_follow(account: Account, template: SettingsTemplate, number: int, actor: Actor, at: datetime) -> None:
    record(
        TemplateFollowed(
            template=template.ref, name=template.name if number else "–", version=number, ref=account.ref, client=account.name
        ),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )  # fmt: skip


def _manages(actor: Actor) -> None:
    if actor.account_kind != RESELLER:
        raise NotFound
    require_below(actor, "manage")


def _locked(actor: Actor, ref: str) -> SettingsTemplate:
    found = stored_template(actor, ref)
    # unscoped: found in the scope; once more under the lock
    return SettingsTemplate.unscoped.select_for_update().get(id=found.id)


def _named(name: str) -> str:
    kept = " ".join(name.replace("\x00", "").split())
    if not 0 < len(kept) <= LONGEST_NAME:
        raise CannotChangeTemplate("no-name", field="name")
    return kept


def _checked(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values in the order of the fields; fields that are gone are left out of the next version."""
    fields, terms = fields_in_force()
    for key, value in values.items():
        if key not in fields:
            raise CannotChangeSettings("unknown-field", field=key)
        code = "wrong-payer" if fields[key].part == PAYER and value is None else fault(fields[key], value, terms)
        if code is not None:
            raise CannotChangeSettings(code, field=key)
    if not values:
        raise CannotChangeTemplate("nothing-set")
    return {key: values[key] for key in fields if key in values}


def _save(template: SettingsTemplate, **how: bool | list[str]) -> None:
    try:
        with transaction.atomic():
            template.save(**how)
    except IntegrityError:
        raise CannotChangeTemplate("name-taken", field="name") from None


def _add_version(template: SettingsTemplate, values: Mapping[str, Value], actor: Actor, at: datetime) -> None:
    SettingsTemplateVersion(
        account_id=template.account_id,
        template_id=template.id,
        number=template.version,
        values=values_to_json(values),
        made_at=at,
        made_by=actor.name[:200],
    ).save(force_insert=True)
