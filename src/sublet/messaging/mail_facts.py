"""What stands in a preview beside the account's own name: the facts of the app that writes the mail, so far as the reader may see
them. Told once at start by those apps (`register_facts`), which stand above and cannot be imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sublet.accounts.models import Account
from sublet.foundation.actor import Actor
from sublet.messaging.worded import Value

#: Given an account, who reads, a language and the instant: values of placeholders, none where nothing is known or seen.
Facts = Callable[[Account, Actor, str, datetime], Mapping[str, Value]]

_tellers: dict[str, Facts] = {}


def register_facts(templates: Iterable[str], tell: Facts) -> None:
    """Told once at start, for all of those templates."""
    _tellers.update(dict.fromkeys(templates, tell))


def facts_of(template: str, account: Account, reader: Actor, language: str, at: datetime) -> Mapping[str, Value]:
    """What a mail of that template about the account would say now; empty where nobody knows, or the reader may not."""
    tell = _tellers.get(template)
    return {} if tell is None else tell(account, reader, language, at)
