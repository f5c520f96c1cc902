"""What can happen to a sandbox; and, in the journal of a sandbox alone, what contracts do by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.locales import number_in_words


@dataclass(frozen=True, slots=True)
class AboutSandbox(Event):
    """The fields that all of them have. `called`: its name."""

    sandbox: str
    called: str


@event("sandbox.begun")
@dataclass(frozen=True, slots=True)
class SandboxBegun(AboutSandbox):
    """A portfolio is copied. `ref` and `name`: whose; `clients`: how many were chosen, 0 for all."""

    ref: str
    name: str
    clients: int
    SENTENCE = _("%(actor)s began the sandbox “%(called)s” with the clients of %(name)s.")


@event("sandbox.moved")
@dataclass(frozen=True, slots=True)
class SandboxMoved(AboutSandbox):
    """Somebody moved the clock of a sandbox. Instants in ISO 8601."""

    move: str
    starts: str
    target: str
    SENTENCE = _("%(actor)s moved the clock of the sandbox “%(called)s” forward.")


@event("sandbox.cards_set")
@dataclass(frozen=True, slots=True)
class SandboxCardsSet(AboutSandbox):
    """Somebody said whose cards are declined in a sandbox. `declines`: references."""

    declines: list[str]
    SENTENCE = _("%(actor)s said whose cards are declined in the sandbox “%(called)s”.")


@event("sandbox.use_set")
@dataclass(frozen=True, slots=True)
class SandboxUseSet(AboutSandbox):
    """Somebody said what a client uses in a sandbox when its clock moves on. `units` of the meter `key`; 0: nothing after all."""

    client: str
    client_name: str
    key: str
    units: int
    SENTENCE = _("%(actor)s set what “%(client_name)s” uses in the sandbox “%(called)s”.")


@event("sandbox.deleted")
@dataclass(frozen=True, slots=True)
class SandboxDeleted(AboutSandbox):
    """A sandbox was deleted, by somebody or because its time was over."""

    SENTENCE = _("%(actor)s deleted the sandbox “%(called)s”.")


@dataclass(frozen=True, slots=True)
class AboutContract(Event):
    """A contract in a sandbox. `called`: its name; `day`: the first day of what follows."""

    contract: str
    called: str
    ref: str
    name: str
    day: str


@event("sandbox.contract_renewed")
@dataclass(frozen=True, slots=True)
class ContractRenewed(AboutContract):
    """In a sandbox alone: a contract went on because nobody had given notice."""

    SENTENCE = _("The contract “%(called)s” with %(name)s renewed.")


@event("sandbox.contract_over")
@dataclass(frozen=True, slots=True)
class ContractOver(AboutContract):
    """In a sandbox alone: a contract had its last day."""

    SENTENCE = _("The contract “%(called)s” with %(name)s is over.")


@event("sandbox.used")
@dataclass(frozen=True, slots=True)
class UsedInSandbox(Event):
    """In a sandbox alone: a client used what somebody had said it would. `names`: of the meter, by language."""

    ref: str
    name: str
    key: str
    names: dict[str, str]
    units: int

    SENTENCE = _("“%(name)s” used %(thing)s: %(amount)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        """The name of the meter in the language now active, and how much."""
        names = data["names"]
        return {
            "thing": names.get(get_language() or "en") or next(iter(names.values()), data["key"]),
            "amount": number_in_words(data["units"]),
        }
