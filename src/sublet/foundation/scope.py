"""The tenant scope: which accounts the running code may touch.

A table that belongs to an account or a reseller derives from `TenantModel`, whose manager answers only inside a scope and
only with rows of that scope, and whose `save` refuses a row outside it. Entering a scope is the portal's, the job runner's
or the command line's work; `unscoped` managers are for the few places named in the architecture test.

Joins and aggregates over relations are not filtered by a manager: a query begins at its own model and follows only keys
to rows of the same account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Q

from sublet.foundation.actor import Actor
from sublet.foundation.unscoped import UnscopedManager


class NoScope(RuntimeError):
    """Tenant data was asked for outside any scope: a programming fault, never shown to a person."""


class OutsideScope(RuntimeError):
    """A row of another tenant was about to be written: a programming fault, never shown to a person."""


@dataclass(slots=True)
class Scope:
    """The accounts within reach: `account_id` itself and those directly below it, or everything for the platform."""

    account_id: int | None  # None: everything
    reach: frozenset[int] | None = None
    reason: str = ""
    admitted: set[int] = field(default_factory=set)
    actor: Actor | None = None  # who is here; None where nobody has been let in yet

    def condition(self, path: str) -> Q:
        """The filter for a model whose account is found at `path` (``""`` for the account table itself)."""
        if self.account_id is None:
            return Q()
        own, parent = (f"{path}_id", f"{path}__parent_id") if path else ("id", "parent_id")
        below = Q(**{parent: self.account_id})
        if self.reach is not None:
            below &= Q(**{f"{own}__in": self.reach})
        return Q(**{own: self.account_id}) | below

    @property
    def vendor_id(self) -> int | None:
        """The vendor's account where one of its people, or a key of its, is here: not where the installation acts by itself."""
        actor = self.actor
        if self.account_id is not None or actor is None or actor.account_kind != "vendor":
            return None
        return actor.account_id if actor.user_id is not None or actor.key_ref else None

    def kept(self, path: str) -> Q:
        """The further filter for rows that resellers keep from the vendor (`TenantModel.kept_from_vendor`)."""
        return Q() if self.vendor_id is None else Q(**{f"{path}_id": self.vendor_id})

    def holds(self, account_id: int) -> bool:
        """Whether rows of that account may be written here."""
        if self.account_id is None or account_id == self.account_id or account_id in self.admitted:
            return True
        if self.reach is not None and account_id not in self.reach:
            return False
        if _parent_of is not None and _parent_of(account_id) == self.account_id:
            self.admitted.add(account_id)
            return True
        return False


_current: ContextVar[Scope | None] = ContextVar("sublet_scope", default=None)
_parent_of: Callable[[int], int | None] | None = None


def register_tree(parent_of: Callable[[int], int | None]) -> None:
    """Told once by the accounts app: how to find the account above another. Foundation cannot import it."""
    global _parent_of
    _parent_of = parent_of


def current() -> Scope:
    """The scope in force. Raises NoScope outside any."""
    scope = _current.get()
    if scope is None:
        raise NoScope("tenant data was asked for outside a scope")
    return scope


def current_or_none() -> Scope | None:
    """The scope in force, or None."""
    return _current.get()


@contextmanager
def actor_scope(actor: Actor) -> Iterator[Scope]:
    """Within: what `actor` may touch. A vendor's actor reaches every account."""
    whole = actor.account_kind == "vendor"
    scope = Scope(
        account_id=None if whole else actor.account_id,
        reach=actor.reach,
        reason=f"actor {actor.account_ref}",
        actor=actor,
    )
    with _entered(scope):
        yield scope


@contextmanager
def account_scope(account_id: int) -> Iterator[Scope]:
    """Within: that account and those directly below it."""
    scope = Scope(account_id=account_id, reason=f"account {account_id}")
    with _entered(scope):
        yield scope


@contextmanager
def platform_scope(reason: str) -> Iterator[Scope]:
    """Within: everything. `reason` says in words why no tenant can be named yet (log-in, host look-up, schedules)."""
    if not reason:
        raise ValueError("a platform scope needs a reason")
    scope = Scope(account_id=None, reason=reason)
    with _entered(scope):
        yield scope


@contextmanager
def no_scope() -> Iterator[None]:
    """Within: no scope at all. The worker runs each job from this clean state."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def _entered(scope: Scope) -> Iterator[None]:
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M]):
    """Answers with rows of the scope in force; raises NoScope outside any."""

    def get_queryset(self) -> models.QuerySet[M]:
        path: str = getattr(self.model, "scope_path", "account")
        rows = super().get_queryset().filter(current().condition(path))
        return rows.filter(current().kept(path)) if getattr(self.model, "kept_from_vendor", False) else rows

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            if isinstance(row, TenantModel):
                row.refuse_outside_scope()
        return super().bulk_create(rows, *args, **kwargs)


class TenantModel(models.Model):
    """A row that belongs to an account. `scope_path` names the key to that account (``""`` on the account itself)."""

    scope_path: ClassVar[str] = "account"
    #: Whether the vendor's people and keys see only those of their own account: what a reseller asks of its clients is its own.
    kept_from_vendor: ClassVar[bool] = False
    #: Whether rows are written by the thousand and only ever found by their key: the database's wall then asks row by row (`walls`).
    found_by_key: ClassVar[bool] = False

    objects = ScopedManager()
    unscoped = UnscopedManager()  # each use carries a comment `unscoped: <reason>`; the architecture test reads it

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def tenant_id(self) -> int | None:
        """The id of the account whose row this is; None for an account that is not stored yet."""
        key = f"{self.scope_path}_id" if self.scope_path else "id"
        value: int | None = getattr(self, key)
        return value

    def refuse_outside_scope(self) -> None:
        """Raise OutsideScope (or NoScope) when this row is not of the scope in force."""
        scope = current()
        owner = self.tenant_id()
        kept = self.kept_from_vendor and scope.vendor_id not in (None, owner)
        if owner is not None and (kept or not scope.holds(owner)):
            raise OutsideScope(f"{type(self).__name__} of account {owner} in the scope of {scope.reason}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refuse_outside_scope()
        super().save(*args, **kwargs)
