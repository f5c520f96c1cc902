"""Whose a row of the books is, and who else reads it: said once for the application's scope and for the database's wall.

The wholesale book is the vendor's: its claims on resellers and on direct accounts. A retail book is a reseller's: its claims on
its clients. `account` is who has the claim. Who owes reads what it owes, and nothing else of the book; the vendor reads a
retail row only where it is shared with it.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Q

from sublet.foundation.scope import ScopedManager, TenantModel, current
from sublet.foundation.walls import OPEN, OWN, REACH, Policy

WHOLESALE, RETAIL = "wholesale", "retail"
BOOKS = (WHOLESALE, RETAIL)


M = TypeVar("M", bound=models.Model)


class BookManager(ScopedManager[M]):
    """Rows of the scope's own book, and what it owes in another's."""

    def get_queryset(self) -> models.QuerySet[M]:
        scope = current()
        model: type[BookModel] = self.model  # type: ignore[assignment]  # it stands on no other
        rows: models.QuerySet[M] = models.Manager.get_queryset(self)
        if scope.account_id is None:
            return rows if scope.vendor_id is None else rows.filter(model.for_vendor())
        return rows.filter(Q(account_id=scope.account_id) | model.for_debtor(scope.account_id))


class BookModel(TenantModel):
    """A row of a book."""

    objects = BookManager()  # type: ignore[misc]  # as in `TenantModel`, whose manager this one replaces

    #: Also for the wall: what of the table who owes reads, in SQL, with ``{own}`` for its number. Empty: nothing.
    DEBTOR_READS: ClassVar[str] = ""
    #: The same for what the vendor's people read.
    VENDOR_READS: ClassVar[str] = "book = 'wholesale'"

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """What the account reads that owes."""
        return Q(pk__in=[])

    @classmethod
    def for_vendor(cls) -> Q:
        """What the vendor's people read."""
        return Q(book=WHOLESALE)

    @classmethod
    def more_policies(cls) -> list[Policy]:
        """What the wall says besides: read by who owes, kept from the vendor's people."""
        table = cls._meta.db_table
        made = [
            Policy(table, "not_the_vendors", "SELECT", f"{NOBODY_OF_THE_VENDOR} OR {cls.VENDOR_READS}", restricts=True)
        ]
        if cls.DEBTOR_READS:
            made.append(Policy(table, "what_one_owes", "SELECT", cls.DEBTOR_READS.format(own=OWN)))
        return made


#: The vendor's people are told a reach beside everything; the installation itself is not.
NOBODY_OF_THE_VENDOR = f"NOT {OPEN} OR {REACH} IS NULL"
