"""What people have decided about usage events, as far as a product's corrections name them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sublet.core.usage import BY_PEOPLE, correction_id, overruled
from sublet.metering.models import UsageEvent

Key = tuple[int, str, str]  # account, source, id


def settled_by_people(corrections: Mapping[Key, Key]) -> set[Key]:
    """Those of a product's corrections (correction → what it names) that come after people's word about what they name.

    Two statements for each step from correction to correction. For callers that hold the accounts by a scope.
    """
    names = {key: of for key, of in corrections.items() if key[1] != BY_PEOPLE}
    asked: set[Key] = set()
    by_people: set[Key] = set()
    level = set(names.values())
    while level:
        asked |= level
        accounts, sources, ids = ({key[part] for key in level} for part in range(3))
        word = {(key[0], correction_id(key[1], key[2])): key for key in level}
        said = UsageEvent.objects.filter(
            account_id__in=accounts, source=BY_PEOPLE, event_id__in=[event_id for _account, event_id in word]
        )
        by_people |= {word[each] for each in said.values_list("account_id", "event_id") if each in word}
        above = UsageEvent.objects.filter(account_id__in=accounts, source__in=sources, event_id__in=ids)
        rows = above.exclude(corrects="").values_list("account_id", "source", "event_id", "corrects")
        found = {row[:3]: (row[0], row[1], row[3]) for row in rows if row[:3] in level}
        names |= found
        level = set(found.values()) - asked
    return overruled(names, by_people) & corrections.keys()


def corrections_of(keys: Collection[Key]) -> set[Key]:
    """The corrections by their own source that name one of these. One statement, which looks at every event of these sources."""
    accounts, sources, ids = ({key[part] for key in keys} for part in range(3))
    rows = UsageEvent.objects.filter(account_id__in=accounts, source__in=sources, corrects__in=ids)
    found = rows.values_list("account_id", "source", "event_id", "corrects")
    return {row[:3] for row in found if (row[0], row[1], row[3]) in set(keys)}
