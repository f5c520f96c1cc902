"""What is kept about an account: checked here once, for every way in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import DetailsChanged, OwnershipChanged
from sublet.accounts.models import LANGUAGES, Account
from sublet.accounts.operations.places import editable, tags_of
from sublet.accounts.search import reindex
from sublet.core.fieldvalues import parse_email, parse_website
from sublet.core.manifest import CURRENCIES
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.sheets.places import country_of

_COUNTRY = re.compile(r"[A-Z]{2}\Z")
MOST_NOTES = 5000
#: The greatest length of each column, so that a refusal comes before the database's error.
_LONGEST = {each.name: each.max_length for each in Account._meta.fields if each.max_length is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What can be kept about an account besides its name. Empty `timezone` and `currency`: those of the account above."""

    contact_name: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    website: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    timezone: str = ""
    currency: str = ""
    external_id: str = ""
    notes: str = ""


DETAIL_FIELDS = tuple(each.name for each in fields(Details))
#: What `change_details` changes; a word not among them is a programming fault.
CHANGEABLE = ("name", *DETAIL_FIELDS)
#: What the account above keeps about an account: it is not its own to read or write.
KEPT_BY_THE_ACCOUNT_ABOVE = frozenset({"notes", "external_id"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else has changed meanwhile: what is stored now, and what was sent."""

    field: str
    stored: str
    sent: str


class WrongDetails(Refusal):
    """Details that cannot be stored; `field` names the one at fault. The base of each operation's own refusal."""

    SENTENCES = {
        "name-missing": _("Give the account a name."),
        "too-long": _("This is too long: at most %(most)s characters."),
        "email-invalid": _("This is not an e-mail address."),
        "website-invalid": _("This is not a web address."),
        "language-unknown": _("This language is not offered."),
        "timezone-unknown": _("This time zone does not exist."),
        "country-unknown": _("A country has two letters, such as IT."),
        "currency-unknown": _("A currency has three letters, such as EUR."),
    }


class CannotChangeDetails(WrongDetails):
    """Why details are not changed. With ``changed-meanwhile`` come the `conflicts` and the `version` now stored."""

    SENTENCES = {
        **WrongDetails.SENTENCES,
        "changed-meanwhile": _("Somebody else changed this in the meantime. Look at both values and save again."),
        "ended": _("This account has ended; its details stay as they were."),
    }

    conflicts: tuple[Conflict, ...] = ()
    version: int = 0


class CannotChangeOwnership(Refusal):
    """Why the ownership of a client stays as it is."""

    SENTENCES = {
        "unknown": _("An account is owned by the reseller or by the client."),
        "client-owns": _("The client owns this account; only its owner can give it back."),
        "closed": _("This account is closed."),
    }


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _one_line(text: str) -> str:
    """No control characters, no runs of spaces: a name with a line break in it breaks lists and mails."""
    return " ".join("".join(c if c.isprintable() or c in "‌‍" else " " for c in text).split())


def clean_name(name: str, refusal: type[WrongDetails]) -> str:
    """The name as it is stored. Raises `refusal` for an empty or too long one."""
    clean = _one_line(name)
    if not clean:
        raise refusal("name-missing", field="name")
    return _bounded("name", clean, refusal)


def _bounded(name: str, value: str, refusal: type[WrongDetails]) -> str:
    most = _LONGEST.get(name, MOST_NOTES)
    if len(value) > most:
        raise refusal("too-long", field=name, most=most)
    return value


def clean_values(values: Mapping[str, str], refusal: type[WrongDetails]) -> dict[str, str]:
    """The values as they are stored. Raises `refusal` for the first one that cannot be, naming its field."""
    clean: dict[str, str] = {}
    for name, raw in values.items():
        if name not in CHANGEABLE:
            raise ValueError(name)
        if name == "name":
            clean[name] = clean_name(raw, refusal)
            continue
        if name == "notes":
            value = raw.replace("\x00", "").replace("\r\n", "\n").strip()
        else:
            value = _one_line(raw)
        value = _bounded(name, value, refusal)
        clean[name] = _checked(name, value, refusal) if value else value
    return clean


def _checked(name: str, value: str, refusal: type[WrongDetails]) -> str:
    match name:
        case "email":
            found = parse_email(value)
            if found is None:
                raise refusal("email-invalid", field=name)
            return found
        case "website":
            site = parse_website(value)
            if site is None:
                raise refusal("website-invalid", field=name)
            return _bounded(name, site, refusal)
        case "language" if value not in LANGUAGES:
            raise refusal("language-unknown", field=name)
        case "timezone" if value not in _zones():
            raise refusal("timezone-unknown", field=name)
        case "country":
            country = country_of(value) if _COUNTRY.match(value.upper()) else None
            if country is None:
                raise refusal("country-unknown", field=name)
            return country
        case "currency":
            if value.upper() not in CURRENCIES:
                raise refusal("currency-unknown", field=name)
            return value.upper()
    return value


def change_details(
    *, ref: str, changes: Mapping[str, str], version: int | None, actor: Actor, at: datetime, reason: str = ""
) -> Account:
    """Change name, contact, address, language … of an account below the actor's (``clients:manage``) or of its own
    (``settings:manage``).

    `changes` holds fields of `CHANGEABLE`; what is not named stays. `version` is the one that the form began with, None
    for "whatever is stored". Values that are stored already change nothing and are not recorded. Another currency holds from `at`
    on: what was due before stays in the one of then, also what is given back of it. Raises NotFound,
    Forbidden, and CannotChangeDetails; with the code ``changed-meanwhile`` its `conflicts` hold both values.
    """
    with transaction.atomic():
        account = editable(ref, actor)
        if account.state == Account.State.CLOSED and not account.state_before_close:
            raise CannotChangeDetails("ended")
        if account.id == actor.account_id and KEPT_BY_THE_ACCOUNT_ABOVE & changes.keys():
            raise Forbidden("clients:manage")
        clean = clean_values(changes, CannotChangeDetails)
        for name in ("timezone", "currency"):
            if clean.get(name) == "":
                del clean[name]  # there is always one; an empty choice keeps it
        different = {name: value for name, value in clean.items() if getattr(account, name) != value}
        if not different:
            return account
        if version is not None and version != account.version:
            refusal = CannotChangeDetails("changed-meanwhile")
            refusal.conflicts = tuple(
                Conflict(name, str(getattr(account, name)), value) for name, value in different.items()
            )
            refusal.version = account.version
            raise refusal
        told = {name: [str(getattr(account, name)), value] for name, value in different.items()}
        also: list[str] = []
        if "currency" in different:
            # Without it nothing of before finds its price: credits would be left out, and a period charged twice.
            account.currencies_before = [*account.currencies_before, [account.currency, at.isoformat()]]
            also.append("currencies_before")
        for name, value in different.items():
            setattr(account, name, value)
        account.name_it(account.name)
        account.version += 1
        account.save(update_fields=[*different, *also, "sort_name", "version"])
        reindex(account, tags_of(account))
        record(
            DetailsChanged(ref=account.ref, name=account.name, changes=told),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
            reason=reason,
        )
        return account


def change_ownership(*, ref: str, ownership: str, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Say whose a client's account is: ``reseller`` or ``client``.

    The reseller (``clients:manage``) may give it to the client; only the client's owner, in person, gives it back.
    Raises NotFound, Forbidden, CannotChangeOwnership.
    """
    if ownership not in Account.Ownership.values:
        raise CannotChangeOwnership("unknown", field="ownership")
    with transaction.atomic():
        account = editable(ref, actor)
        if account.kind != Account.Kind.CLIENT:
            raise Forbidden("clients:manage")
        if account.state == Account.State.CLOSED:
            raise CannotChangeOwnership("closed")
        if account.ownership == ownership:
            return account
        if account.id == actor.account_id:
            if not actor.is_owner:
                raise Forbidden("settings:manage")
            actor.require_in_person()
            if ownership == Account.Ownership.CLIENT:
                raise Forbidden("clients:manage")
        elif ownership == Account.Ownership.RESELLER:
            raise CannotChangeOwnership("client-owns", field="ownership")
        before, account.ownership = account.ownership, ownership
        account.version += 1
        account.save(update_fields=["ownership", "version"])
        record(
            OwnershipChanged(ref=account.ref, name=account.name, before=before, after=ownership),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
            reason=reason,
        )
        return account


NO_DETAILS = Details()

__all__ = [
    "CHANGEABLE",
    "DETAIL_FIELDS",
    "NO_DETAILS",
    "CannotChangeDetails",
    "CannotChangeOwnership",
    "Conflict",
    "Details",
    "WrongDetails",
    "change_details",
    "change_ownership",
    "clean_name",
    "clean_values",
]
