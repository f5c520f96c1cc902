"""Which documents an account's people can be handed: what a scan reads, in each language.

Told once at start by each app that makes some (`register_papers`); those that stand above cannot be imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sublet.accounts.models import Account

#: Given an account with those above it, a language that is active, and the instant: what each document is called, and the file.
Papers = Callable[[Account, str, datetime], Iterator[tuple[str, bytes]]]

_makers: list[Papers] = []


def register_papers(make: Papers) -> None:
    """Told once at start."""
    if make not in _makers:
        _makers.append(make)


def papers_of(account: Account, language: str, at: datetime) -> Iterator[tuple[str, bytes]]:
    """Each of them, in that language, which must be active."""
    for make in _makers:
        yield from make(account, language, at)
