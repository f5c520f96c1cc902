"""The named way past the scope, which the database's own wall lets through as well.

`Model.unscoped` is written where no tenant can be named or where another's row is meant; each use gives its reason in a
comment. What is asked through it is told to PostgreSQL as asked for everything, statement by statement; what the code
then does with the rows is within the scope again. `past_scope` is the same for raw SQL.

Django uses the same manager unasked for related rows and saves (`_base_manager`). That is nobody's named way past: in a
scope the wall stands; without one, only what a row in hand leads to is read.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models.query import RawQuerySet

_past: ContextVar[bool] = ContextVar("sublet_past_the_scope", default=False)
_END = object()

M = TypeVar("M", bound=models.Model)


@contextmanager
def past_scope(reason: str) -> Iterator[None]:
    """Within: the database shows and takes rows of every account, whatever scope is in force. `reason` says why in words.

    The scoped managers still narrow as they did: this opens the second wall, not the first.
    """
    if not reason:
        raise ValueError("a way past the scope needs a reason")
    token = _past.set(True)
    try:
        yield
    finally:
        _past.reset(token)


def is_past() -> bool:
    """Whether the running code has gone past the scope."""
    return _past.get()


def _in_scope() -> bool:
    from sublet.foundation import scope  # which imports this module for its models

    return scope.current_or_none() is not None


class _PastRows(RawQuerySet):  # type: ignore[type-arg]  # generic in the stubs alone
    def _fetch_all(self) -> None:
        with past_scope("asked through `unscoped`"):
            super()._fetch_all()  # type: ignore[misc]  # Django's own, which the stubs do not tell of


class UnscopedQuerySet(models.QuerySet[M]):
    """Each method that sends a statement, sent past the wall. A generator must not hold the way open between two rows."""

    past = False

    def _clone(self) -> Self:
        other: Self = super()._clone()  # type: ignore[misc]  # as above
        other.past = self.past
        return other

    def _way(self) -> AbstractContextManager[None]:
        if self.past or not _in_scope():
            return past_scope("asked through `unscoped`")
        return nullcontext()

    def _fetch_all(self) -> None:
        with self._way():
            super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        rows = super().iterator(chunk_size)
        while True:
            with self._way():
                row = next(rows, _END)
            if row is _END:
                return
            yield row  # type: ignore[misc]  # the end has been seen to

    # past the scope: whoever calls says why
    def raw(self, *args: Any, **kwargs: Any) -> RawQuerySet[Any]:
        rows = super().raw(*args, **kwargs)
        if self.past:
            rows.__class__ = _PastRows
        return rows


def _sent_past(name: str) -> Any:
    plain = getattr(models.QuerySet, name)

    def method(self: UnscopedQuerySet[Any], *args: Any, **kwargs: Any) -> Any:
        with self._way():
            return plain(self, *args, **kwargs)

    method.__name__ = name
    # What Django's managers may not pass on (`delete`), and what it asks before a template calls something.
    method.__dict__.update(plain.__dict__)
    return method


for _name in (
    "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "update", "_update", "delete", "_raw_delete",
    "count", "aggregate", "exists", "explain",
):  # fmt: skip
    setattr(UnscopedQuerySet, _name, _sent_past(_name))


class _NamedWay:
    """`Model.unscoped`: the manager with its way open, which the same manager as `_base_manager` has not."""

    def __init__(self, manager: UnscopedManager[Any]) -> None:
        self.manager = manager

    def __get__(self, instance: models.Model | None, cls: type[models.Model]) -> models.Manager[Any]:
        if instance is not None:
            raise AttributeError(f"Manager isn't accessible via {cls.__name__} instances")
        if cls._meta.abstract:
            raise AttributeError(f"Manager isn't available; {cls.__name__} is abstract")
        opened = copy.copy(cls._meta.managers_map[self.manager.name])
        opened.past = True  # type: ignore[attr-defined]  # it is one of ours
        return opened


class UnscopedManager(models.Manager[M]):
    """The rows of every account."""

    past = False

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        super().contribute_to_class(cls, name)
        setattr(cls, name, _NamedWay(self))

    def get_queryset(self) -> models.QuerySet[M]:
        rows: UnscopedQuerySet[M] = UnscopedQuerySet(
            model=self.model,
            using=self._db,
            hints=self._hints,  # type: ignore[attr-defined]  # Django's own
        )
        rows.past = self.past
        return rows
