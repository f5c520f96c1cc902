"""Registering the programs of the host product: the secret is shown once and stored hashed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.manifest.addresses import address_fault
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.operations.granting import one_line
from sublet.signon.events import (
    ApplicationChanged,
    ApplicationRegistered,
    ApplicationRemoved,
    ApplicationSecretRenewed,
)
from sublet.signon.models import Application
from sublet.signon.operations.endings import end_sign_ons_of_application
from sublet.signon.queries.access import secret_hash

LONGEST_NAME = 80
LONGEST_ADDRESS = 500
MOST_ADDRESSES = 20
MOST_APPLICATIONS = 50


class CannotRegisterApplication(Refusal):
    """Why an application cannot be stored like this."""

    SENTENCES: ClassVar = {
        "name-missing": _("Give the application a name, so that you know later what it is."),
        "name-long": _("The name has at most %(most)s characters."),
        "address-missing": _("Give at least one address to which people come back after signing on."),
        "address-wrong": _(
            "“%(address)s” is no address that can be used: it begins with https://, has a host or {host}, and no other "
            "placeholder, no fragment and no dots for folders."
        ),
        "address-long": _("An address has at most %(most)s characters."),
        "address-many": _("At most %(most)s addresses, one on each line."),
        "too-many": _("There are %(most)s applications already. Remove one that is not used any more."),
    }
    status = 422


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An application's secret: shown now and never again."""

    ref: str
    name: str
    secret: str


def register_application(
    *,
    name: str,
    redirect_addresses: Sequence[str],
    logout_addresses: Sequence[str] = (),
    login_address: str = "",
    notice_address: str = "",
    actor: Actor,
    at: datetime,
) -> NewSecret:
    """Let a program of the host product have people sign on (``manifest:manage`` of the vendor).

    Addresses are templates: ``{host}`` stands for the host at which a person signs on. Not while impersonating. Raises
    Forbidden, CannotWhileImpersonating, CannotRegisterApplication.
    """
    _may(actor)
    checked = _checked(name, redirect_addresses, logout_addresses, login_address, notice_address)
    secret = "as_" + secrets.token_urlsafe(32)
    with transaction.atomic():
        if (
            Application.objects.filter(account_id=actor.account_id, removed_at__isnull=True).count()
            >= MOST_APPLICATIONS
        ):
            raise CannotRegisterApplication("too-many", most=MOST_APPLICATIONS)
        row = Application(
            account_id=actor.account_id,
            secret_hash=secret_hash(secret),
            created_at=at,
            created_by_name=actor.name[:200],
            **checked,
        )
        row.save()
        record(ApplicationRegistered(application=row.ref, name=row.name), account_id=row.account_id, actor=actor, at=at)
    return NewSecret(ref=row.ref, name=row.name, secret=secret)


def change_application(
    *,
    application_ref: str,
    name: str,
    redirect_addresses: Sequence[str],
    logout_addresses: Sequence[str],
    login_address: str,
    notice_address: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Change an application's name and addresses; nobody is signed off by it.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotRegisterApplication.
    """
    _may(actor)
    checked = _checked(name, redirect_addresses, logout_addresses, login_address, notice_address)
    with transaction.atomic():
        row = _locked(application_ref, actor)
        if all(getattr(row, field) == value for field, value in checked.items()):
            return
        for field, value in checked.items():
            setattr(row, field, value)
        row.save(update_fields=list(checked))
        record(ApplicationChanged(application=row.ref, name=row.name), account_id=row.account_id, actor=actor, at=at)


def renew_application_secret(*, application_ref: str, actor: Actor, at: datetime) -> NewSecret:
    """Give an application another secret; the old one works no more from now on.

    Raises NotFound, Forbidden, CannotWhileImpersonating.
    """
    _may(actor)
    secret = "as_" + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = _locked(application_ref, actor)
        row.secret_hash = secret_hash(secret)
        row.save(update_fields=["secret_hash"])
        record(
            ApplicationSecretRenewed(application=row.ref, name=row.name), account_id=row.account_id, actor=actor, at=at
        )
    return NewSecret(ref=row.ref, name=row.name, secret=secret)


def remove_application(*, application_ref: str, actor: Actor, at: datetime) -> None:
    """End an application at once: everybody who is signed on there is signed off.

    Raises NotFound (also for one that is removed already), Forbidden, CannotWhileImpersonating.
    """
    _may(actor)
    with transaction.atomic():
        row = _locked(application_ref, actor)
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        end_sign_ons_of_application(application_id=row.id, actor=actor, at=at)
        record(ApplicationRemoved(application=row.ref, name=row.name), account_id=row.account_id, actor=actor, at=at)


def _may(actor: Actor) -> None:
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")
    if actor.account_kind != "vendor":
        raise Forbidden("manifest:manage")
    actor.require("manifest:manage")


def _locked(ref: str, actor: Actor) -> Application:
    row = None
    if looks_like_ref(ref, "app"):
        row = (
            Application.objects.select_for_update(of=("self",))
            .filter(account_id=actor.account_id, ref=ref, removed_at__isnull=True)
            .first()
        )
    if row is None:
        raise NotFound
    return row


def _checked(
    name: str, redirects: Sequence[str], logouts: Sequence[str], login_address: str, notice_address: str
) -> dict[str, object]:
    called = one_line(name, LONGEST_NAME + 1)
    if not called:
        raise CannotRegisterApplication("name-missing", field="name")
    if len(called) > LONGEST_NAME:
        raise CannotRegisterApplication("name-long", field="name", most=LONGEST_NAME)
    found = _addresses(redirects, "redirect_addresses")
    if not found:
        raise CannotRegisterApplication("address-missing", field="redirect_addresses")
    return {
        "name": called,
        "redirect_addresses": found,
        "logout_addresses": _addresses(logouts, "logout_addresses"),
        "login_address": next(iter(_addresses([login_address], "login_address")), ""),
        "notice_address": next(iter(_addresses([notice_address], "notice_address")), ""),
    }


def _addresses(given: Sequence[str], field: str) -> list[str]:
    found = list(dict.fromkeys(each.strip() for each in given if each.strip()))
    if len(found) > MOST_ADDRESSES:
        raise CannotRegisterApplication("address-many", field=field, most=MOST_ADDRESSES)
    for address in found:
        if len(address) > LONGEST_ADDRESS:
            raise CannotRegisterApplication("address-long", field=field, most=LONGEST_ADDRESS)
        if address_fault(address, placeholders=("host",)) is not None or "#" in address:
            raise CannotRegisterApplication("address-wrong", field=field, address=address)
    return found
