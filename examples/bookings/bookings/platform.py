"""What the product asks of Sublet and tells it. `Platform` is all of it; `sublet.py` does it with the SDK, tests with a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

APPOINTMENTS, TEXT_MESSAGES, PAGE_VISITS = "appointments", "text_messages", "page_visits"


class Unreachable(Exception):
    """Sublet gave no answer, or none that could be used: nothing is known of whether it was done."""


class Lapsed(Exception):
    """The reservation is over: nothing of it counts."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """What can be done at a limit: `trial`, `ask-reseller`, `add-on` or `wait`; in words, where there are some."""

    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands with a meter. `limit` None: there is none."""

    used: int
    limit: int | None
    remaining: int | None
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Held:
    """The answer to a reservation: a reference when there is room, else the ways out."""

    allowed: bool
    ref: str = ""
    ways_out: tuple[WayOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an account has now, as far as a page shows it."""

    name: str = ""
    trial_ends: datetime | None = None
    advertising: bool = False
    notice: Mapping[str, str] = field(default_factory=dict)  # what to show then, by language; empty: words of our own
    notice_address: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    """How a host looks, and whose it is; `color` as `#rrggbb`."""

    name: str
    account: str = ""
    logo: str = ""
    logo_dark: str = ""
    icon: str = ""
    sender_name: str = ""
    support_name: str = ""
    support_mail: str = ""
    support_phone: str = ""
    color: str = ""


class Platform(Protocol):
    """Sublet, as this product sees it. Each method may raise Unreachable, but for those that say otherwise."""

    def feature(self, account: str, key: str) -> Any:
        """The value of a feature: True or False, a number, a word. What is not known is off. Never raises: it is kept here."""

    def standing(self, account: str, meter: str) -> Standing | None:
        """How the account stands, as last heard; None when nothing has been heard. Never raises."""

    def plan(self, account: str) -> Plan:
        """Which plan the account has, as last heard. Never raises."""

    def can_try(self, account: str) -> bool:
        """Whether the free trial can still be started. Never raises."""

    def reserve(self, account: str, meter: str, *, id: str) -> Held:
        """Hold one, for a few minutes. The same id gives the same answer again."""

    def commit(self, ref: str) -> None:
        """What was held counts for good; saying it twice changes nothing. Raises Lapsed."""

    def release(self, ref: str) -> None:
        """What was held is given back."""

    def consume(self, account: str, meter: str, *, id: str) -> bool:
        """Count one if there is room; whether it was."""

    def record(self, account: str, meter: str, quantity: int = 1, *, id: str = "") -> None:
        """Tell what was used, also below zero. Kept on this machine until Sublet has it: never raises Unreachable."""

    def signal(self, account: str, key: str, value: Any) -> None:
        """Tell a dated fact."""

    def brand(self, host: str) -> Brand:
        """How a host looks, as last heard; a plain one when nothing has been heard. Never raises."""

    def forget_brand(self) -> None:
        """What is kept of brands is out of date."""

    def report(self, kept: str, *, section: str, text: str, place: str, key: str) -> bool:
        """Tell what whoever is signed on has changed; whether there is nothing more to do about it."""
