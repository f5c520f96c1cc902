"""What a client list is asked: search, filters, order, place. Plain values that a saved view or a job can keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sublet.accounts.models import LANGUAGES
from sublet.core.lifecycle import STATES
from sublet.core.rights import DIRECT, RESELLER
from sublet.foundation.keyset import read_number

SORTS = ("name", "created", "last_visit", "state")
PAGE_SIZE = 50
MOST_ROWS = 200
LONGEST_SEARCH = 200
MOST_VALUES = 30
NOBODY = 0  # in `responsible`: clients that nobody looks after
DEMO_CHOICES = ("", "yes", "no", "ending")  # "ending": within two weeks
SETTINGS_CHOICES = ("complete", "incomplete")
TRIAL_CHOICES = ("", "running", "over", "none")
NO_PLAN = "-"  # in `plans`: clients for which none was taken


_NO_FILTER = frozenset({"search", "sort", "descending", "cursor", "size"})


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One page of a client list. Empty means: not narrowed. Within a filter any value fits, the filters all must.

    `states` empty means all but closed ones. `responsible` holds user ids, `NOBODY` for clients that nobody looks
    after. `cursor` comes from the page before; one that cannot be read is the first page. `kinds` narrows what the
    vendor sees: resellers, direct accounts. `signals` are conditions on what the product reports
    (`core.signals.read_condition`), `limits` states of meters (`core.quota.STATES`). `plans` holds keys, `NO_PLAN` for
    that of the birth.
    """

    search: str = ""
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = PAGE_SIZE
    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    responsible: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    demo: str = ""
    settings: str = ""
    kinds: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    trial: str = ""
    limits: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order is asked."""
        return bool(self.search) or self.filtered

    @property
    def filtered(self) -> bool:
        """Whether anything but the order and a text is asked."""
        return any(getattr(self, each.name) for each in fields(self) if each.name not in _NO_FILTER)

    @property
    def asks_subscriptions(self) -> bool:
        """Whether it asks for what only those may know who see subscriptions."""
        return bool(self.plans or self.trial)

    def everything(self) -> ListQuery:
        """The same question without place and page size: what an export or a change of all asks."""
        return replace(self, cursor="", size=PAGE_SIZE)

    def as_data(self) -> dict[str, Any]:
        """JSON for a saved view or a job; without the place in the list."""
        return {
            each.name: list(value) if isinstance(value, tuple) else value
            for each in fields(self)
            if each.name not in {"cursor", "size"} and (value := getattr(self, each.name)) != each.default
        }


def list_query(data: Mapping[str, Any]) -> ListQuery:
    """A question from JSON or an address. What means nothing is dropped, what is too long is cut: never a fault."""

    def words(name: str, known: Iterable[str] | None = None) -> tuple[str, ...]:
        raw = data.get(name) or ()
        values = [raw] if isinstance(raw, str) else list(raw) if isinstance(raw, (list, tuple)) else []
        allowed = None if known is None else set(known)
        kept = (
            value.replace("\x00", "")
            for value in values[:MOST_VALUES]
            if isinstance(value, str) and (allowed is None or value in allowed)
        )
        return tuple(dict.fromkeys(value for value in kept if value))

    def text(name: str) -> str:
        value = data.get(name)
        return value.replace("\x00", "") if isinstance(value, str) else ""

    people = data.get("responsible") or ()
    read = (
        value if isinstance(value, int) else read_number(value) if isinstance(value, str) else None
        for value in (people if isinstance(people, (list, tuple)) else [people])[:MOST_VALUES]
    )
    numbers = [int(number) for number in read if number is not None]
    size = data.get("size")
    sort = text("sort")
    demo, trial, settings = text("demo"), text("trial"), text("settings")
    return ListQuery(
        search=" ".join(text("search").split())[:LONGEST_SEARCH],
        sort=sort if sort in SORTS else "name",
        descending=data.get("descending") is True,
        cursor=text("cursor"),
        size=min(max(size, 1), MOST_ROWS) if isinstance(size, int) else PAGE_SIZE,
        states=words("states", STATES),
        tags=words("tags"),
        responsible=tuple(dict.fromkeys(numbers)),
        languages=words("languages", LANGUAGES),
        demo=demo if demo in DEMO_CHOICES else "",
        settings=settings if settings in SETTINGS_CHOICES else "",
        kinds=words("kinds", (RESELLER, DIRECT)),
        # One that cannot be read stays, and no account fits it: dropped, a change of all that match would reach more.
        signals=words("signals"),
        plans=words("plans"),
        trial=trial if trial in TRIAL_CHOICES else "",
        limits=words("limits"),  # as above
    )
