"""What can happen in `entitlements`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.languages import in_language
from sublet.foundation.locales import number_in_words, period_in_words


def _named(data: Mapping[str, Any]) -> str:
    names = data.get("names")
    return in_language(names if isinstance(names, Mapping) else {}, str(data.get("key", "–")))


def _valued(value: Any) -> str:
    if value is None:
        return gettext("unlimited")
    if value is True or value is False:
        return gettext("on") if value else gettext("off")
    return _counted(value) if value != "" else "–"


def _counted(value: Any) -> str:
    """A number as people write it; anything else as it is."""
    return number_in_words(value) if isinstance(value, int | float) else str(value)


class AboutThing(Event):
    """An event about one feature, meter or service: its `key`, and its `names` by language as they were then."""

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"thing": _named(data)}


@event("limit.set")
@dataclass(frozen=True, slots=True)
class LimitSet(AboutThing):
    """Somebody above said how far a feature or meter of an account goes. `names`: what it was called then, by language.

    `layer`: whose word it is. `value`: of a meter in units, null unlimited. `note`: for those above.
    """

    ref: str
    name: str
    layer: str
    kind: str
    key: str
    names: dict[str, str]
    value: bool | int | str | None
    policy: str
    note: str

    SENTENCE = _("%(actor)s set “%(thing)s” of “%(name)s” to %(worth)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"thing": _named(data), "worth": _valued(data.get("value"))}


@event("limit.removed")
@dataclass(frozen=True, slots=True)
class LimitRemoved(AboutThing):
    """What was said about a feature or meter of an account no longer holds."""

    ref: str
    name: str
    layer: str
    kind: str
    key: str
    names: dict[str, str]

    SENTENCE = _("%(actor)s let “%(thing)s” of “%(name)s” follow the plan again.")


@event("cap.set")
@dataclass(frozen=True, slots=True)
class CapSet(AboutThing):
    """An account limited a meter for itself."""

    key: str
    names: dict[str, str]
    units: int
    policy: str

    SENTENCE = _("%(actor)s set an own limit of %(units)s for “%(thing)s”.")


@event("cap.removed")
@dataclass(frozen=True, slots=True)
class CapRemoved(AboutThing):
    """An account lifted the limit that it had set for itself."""

    key: str
    names: dict[str, str]

    SENTENCE = _("%(actor)s lifted the own limit for “%(thing)s”.")


@event("top_up.given")
@dataclass(frozen=True, slots=True)
class TopUpGiven(AboutThing):
    """Units were given once, on top of the limit. `until`: an instant, or empty for without end. `note`: for those above."""

    ref: str
    name: str
    top_up: str
    key: str
    names: dict[str, str]
    units: int
    until: str
    note: str

    SENTENCE = _("%(actor)s gave “%(name)s” more of “%(thing)s” once: %(units)s.")


@event("top_up.taken_back")
@dataclass(frozen=True, slots=True)
class TopUpTakenBack(AboutThing):
    """Units that were given once no longer count."""

    ref: str
    name: str
    top_up: str
    key: str
    names: dict[str, str]
    units: int

    SENTENCE = _("%(actor)s took back what “%(name)s” was given of “%(thing)s”: %(units)s.")


@event("managed_service.set")
@dataclass(frozen=True, slots=True)
class ManagedServiceSet(AboutThing):
    """A managed service of an account was set. A field that is null was left as it is declared."""

    ref: str
    name: str
    key: str
    names: dict[str, str]
    enabled: bool | None
    managed_by: str
    allowance: int | None
    sets_allowance: bool

    SENTENCE = _("%(actor)s set “%(thing)s” of “%(name)s”.")


@event("pool.set")
@dataclass(frozen=True, slots=True)
class PoolSet(AboutThing):
    """The vendor gave a reseller a pool of units to share out, or made it larger or smaller. `size` null: took it away."""

    ref: str
    name: str
    key: str
    names: dict[str, str]
    size: int | None
    oversell: int | None

    SENTENCE = _("%(actor)s set the pool of “%(thing)s” of “%(name)s”: %(worth)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        size = data.get("size")
        return {"thing": _named(data), "worth": gettext("none") if size is None else str(size)}


@event("share.set")
@dataclass(frozen=True, slots=True)
class ShareSet(AboutThing):
    """What a client may draw from the pool was set: at least `reserve`, at most `cap`. `reserve` null: nothing any more."""

    ref: str
    name: str
    key: str
    names: dict[str, str]
    reserve: int | None
    cap: int | None

    SENTENCE = _("%(actor)s set what “%(name)s” may draw from the pool of “%(thing)s”.")


@event("portion.set")
@dataclass(frozen=True, slots=True)
class PortionSet(AboutThing):
    """What people of an account's team may use of a meter was set.

    `people`: for each of them its place in the team, the `reserve` that is kept for it (null: no portion any more) and its `cap`
    (null: what there is). `oversell`: percent up to which upper limits may be promised, null: no bound.
    """

    ref: str
    name: str
    key: str
    names: dict[str, str]
    people: list[dict[str, Any]]
    oversell: int | None

    SENTENCE = _("%(actor)s set what people of “%(name)s” may use of “%(thing)s”.")


@event("limit.threshold_crossed")
@dataclass(frozen=True, slots=True)
class ThresholdCrossed(AboutThing):
    """Use passed a share of its limit. Quantities in units of the meter. `policy`: what happens at the limit.

    `percent` is 0 for use that will reach the limit on `day`, and -1 for the first that was refused.
    """

    ref: str
    name: str
    key: str
    names: dict[str, str]
    percent: int
    used: float
    limit: float
    policy: str
    period: str
    day: str

    SENTENCE = _("“%(name)s”: %(thing)s %(stands)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        told, limit = data.get("percent", 0), _counted(data.get("limit", 0))
        percent = told if isinstance(told, int) else 0
        if percent > 0:
            stands = gettext("passed %(percent)s %% of the limit of %(limit)s") % {"percent": percent, "limit": limit}
        elif percent == 0:
            stands = gettext("will reach the limit of %(limit)s on %(day)s") % {
                "limit": limit,
                "day": period_in_words(str(data.get("day", "–"))),
            }
        else:
            stands = gettext("is at the limit of %(limit)s, and more was refused") % {"limit": limit}
        return {"thing": _named(data), "stands": stands}
