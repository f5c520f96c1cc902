"""What is told: plain, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Value = bool | int | float | str | None
#: In whole units of a meter, with at most its decimals.
Quantity = int | float
State = Literal["open", "near", "reached", "over", "refused"]


class _Line(Protocol):
    """Where an answer comes from: knows whether what it has is still the newest."""

    @property
    def fresh(self) -> bool: ...
    @property
    def age(self) -> float: ...


class _Always:
    """The line of what was just answered by the server itself."""

    fresh = True
    age = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may this account have that feature?". Truth value: ``allowed``.

    ``reason`` is where the answer comes from (``plan``, ``trial``, ``add-on``, ``override``, ``none`` …), or one of
    ``cut-off`` (nothing was heard for too long; the answer is what you have stated for that case), ``unknown`` (never heard
    of the account, and the server cannot be asked), ``no-such-account``, ``no-such-feature``.
    """

    allowed: bool
    value: Value
    reason: str
    _line: _Line = field(default_factory=_Always, repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def fresh(self) -> bool:
        """Whether what was answered is known to be what holds now, but for the last second. That a line is only silent, as
        behind a firewall that forgets, is noticed after fifteen."""
        return self._line.fresh

    @property
    def age(self) -> float:
        """Seconds since the server was last heard to confirm it; ``inf`` where it never was."""
        return self._line.age


@dataclass(frozen=True, slots=True)
class Period:
    """Of which time usage is counted: half-open, in UTC; both ends None for a standing amount such as seats."""

    key: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of one meter was used, of how much. ``limit`` and ``remaining`` None: without limit."""

    limit: Quantity | None
    used: Quantity
    reserved: Quantity
    remaining: Quantity | None
    state: str
    policy: str | None
    period: Period | None
    degraded: bool = False
    source: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Feature:
    """What an account has of one feature. ``why``: each layer that was asked, and which decided."""

    key: str
    kind: str
    value: Value
    source: str
    why: tuple[Any, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ManagedService:
    """What an account has of one managed service, and who does it for it."""

    key: str
    enabled: bool
    managed_by: str | None
    allowance: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan that holds, or with `ends_at` the trial."""

    key: str
    version: int | None
    name: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What to show on pages of an account on a free plan, in the vendor's words. ``text`` by language."""

    text: Mapping[str, str]
    address: str | None = None

    def in_language(self, language: str) -> str:
        """The text for a language code such as ``pt`` or ``pt-br``; English where there is none."""
        code = language.lower().replace("_", "-").split("-")[0]
        return self.text.get(code) or self.text.get("en", "")


@dataclass(frozen=True, slots=True)
class Entitlements:
    """All that an account may do now. ``until``: the next instant at which this changes by itself."""

    account: str
    sequence: int
    at: datetime
    until: datetime | None
    plan: Plan | None
    trial: Plan | None
    advertising: bool
    notice: Notice | None
    features: Mapping[str, Feature]
    meters: Mapping[str, Standing]
    services: Mapping[str, ManagedService]
    _line: _Line = field(default_factory=_Always, repr=False, compare=False)

    @property
    def fresh(self) -> bool:
        """As `Decision.fresh`."""
        return self._line.fresh

    @property
    def age(self) -> float:
        """As `Decision.age`."""
        return self._line.age


@dataclass(frozen=True, slots=True)
class NextStep:
    """What somebody can do when a limit is reached: ``own-limit``, ``trial``, ``service``, ``add-on``, ``ask-reseller``, ``wait``;
    ``text`` is for people, ``key`` which plan, add-on or service, ``value`` what there would be then."""

    kind: str
    text: str
    until: datetime | None = None
    key: str | None = None
    value: Value = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Consumed:
    """Whether it may go on, decided and counted in one step. Truth value: ``allowed``.

    ``reason`` is None, ``limit-reached`` …, or ``cut-off``: the server could not be asked, and you have stated that this meter
    goes on then; it was written into the spool and is counted once. ``collaborator``: where it stands for the person that was
    named, None for nobody; ``collaborator-limit`` says that it is this person who may not use more.
    """

    allowed: bool
    reason: str | None
    standing: Standing | None
    next: tuple[NextStep, ...] = ()
    id: str = ""
    collaborator: Standing | None = None

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True)
class SetAside:
    """A usage event that the server will never take, and why. It stays in the spool until you `retry` or `drop` it."""

    id: str
    account: str
    meter: str
    quantity: Quantity
    time: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What lies in the spool. ``trouble``: why nothing could be sent the last time; empty when all is well."""

    waiting: int
    set_aside: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    """What a host shows of itself. ``known`` False: it is no host of this installation; show your own neutral page."""

    host: str
    known: bool
    name: str
    account: str
    account_kind: str
    reseller: str
    url: str
    language: str
    colors: Mapping[str, str]
    pictures: Mapping[str, str]
    texts: Mapping[str, str]
    stylesheet: str
    fresh: bool = True
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def logo(self) -> str:
        """Address of the logo; empty: there is none, write the name."""
        return self.pictures.get("logo", "")


@dataclass(frozen=True, slots=True)
class ChangeReported:
    """A change that stands in the account's history now."""

    entry: str
    at: datetime


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry of the journal: what happened, to whom, by whom."""

    id: str
    at: datetime
    event: str
    account: str
    details: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)
