"""Rows for tests, made straight in the database: no operation, no journal entry, no mail.

Each function enters a platform scope of its own, so it can be called anywhere. For a whole world of people see
tests/people.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sublet.accounts.models import Account, AccountTag
from sublet.accounts.search import reindex
from sublet.branding.models import Domain
from sublet.branding.queries import forget_hosts
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope
from sublet.people import queries as people_queries
from sublet.people.models import Collaborator, Reach, Section, User
from sublet.people.operations.newborns import grant_at_birth

#: When everything in the tests was made.
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PASSWORD = "wide river, small boat"
_numbers = count(1)


def make_account(
    kind: str, name: str, parent: Account | None = None, *, tags: Sequence[str] = (), **fields: Any
) -> Account:
    """An account with its search words; `fields` are columns of the model."""
    with platform_scope("test data"):
        account = Account(kind=kind, parent=parent, state_since=AT, created_at=AT)
        for field, value in fields.items():
            setattr(account, field, value)
        account.name_it(name)
        account.save()
        if parent is not None:
            AccountTag.objects.bulk_create(AccountTag(account=account, parent_id=parent.id, name=tag) for tag in tags)
            reindex(account, tags)
        if parent is not None and kind == "client":
            grant_at_birth([account.id], parent.id, AT)
        return account


def make_vendor(name: str = "Vantage Apps", **fields: Any) -> Account:
    """The vendor; there is one."""
    return make_account("vendor", name, **fields)


def make_reseller(vendor: Account, name: str, **fields: Any) -> Account:
    """A reseller of the vendor."""
    return make_account("reseller", name, vendor, **fields)


def make_client(reseller: Account, name: str, **fields: Any) -> Account:
    """A client of the reseller."""
    return make_account("client", name, reseller, **fields)


def make_direct(vendor: Account, name: str, **fields: Any) -> Account:
    """A direct account."""
    return make_account("direct", name, vendor, **fields)


def make_user(name: str, email: str = "", **fields: Any) -> User:
    """A person who logs in with `PASSWORD`."""
    address = email or f"{name.split()[0].lower()}{next(_numbers)}@example.test"
    user = User(email=address, name=name, created_at=AT, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_collaborator(
    account: Account,
    user: User,
    *,
    owner: bool = False,
    rights: Mapping[str, str] | None = None,
    reach: Sequence[Account] | None = None,
    **fields: Any,
) -> Collaborator:
    """The person's place on the account; `reach` confines staff of a reseller to some clients."""
    with platform_scope("test data"):
        row = Collaborator(
            account=account,
            user=user,
            is_owner=owner,
            rights_words=dict(rights or {}),
            reaches_all=reach is None,
            created_at=AT,
            **fields,
        )
        row.save()
        Reach.objects.bulk_create(Reach(collaborator=row, client=client) for client in reach or ())
        return row


def make_host(account: Account, host: str, *, primary: bool = True) -> Domain:
    """A proved host of the account."""
    with platform_scope("test data"):
        row = Domain(
            account=account, host=host, state=Domain.State.PROVED, is_primary=primary, created_at=AT, proved_at=AT
        )
        row.save()
    forget_hosts()
    return row


def make_section(key: str, position: int, *, marked: bool = False, **fields: Any) -> Section:
    """An area of the host product, at both levels; its English name is its key with a capital."""
    fields.setdefault("names", {"en": key.replace("-", " ").capitalize()})
    fields.setdefault("address", f"https://product.example/{{account}}/{key}")
    fields.setdefault("icon", "apps")
    section = Section(key=key, position=position, levels=["view", "manage"], vendor_mark=marked, **fields)
    section.save()
    return section


def actor_for(collaborator: Collaborator, *, host: str = "", via: str = "web") -> Actor:
    """The actor that this collaborator is, read anew from the database."""
    with platform_scope("test data"):
        row = Collaborator.objects.select_related("user", "account").get(id=collaborator.id)
        return people_queries.actor_of(row, row.account, host=host, request_id="test-request", via=via)
