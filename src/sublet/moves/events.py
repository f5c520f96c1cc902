"""What can happen in `moves`. Each side reads it in its own history: who moves, where to, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sublet.accounts.events import AboutAccount
from sublet.foundation.journal.events import Event, event

#: How a move is called in the middle of a sentence.
KIND_WORDS = {
    "kind": {
        "detach": pgettext_lazy("move", "Becomes a direct account"),
        "attach": pgettext_lazy("move", "Becomes a client"),
        "transfer": pgettext_lazy("move", "Goes to another reseller"),
        "merge": pgettext_lazy("move", "Two resellers become one"),
        "revert": pgettext_lazy("move", "Becomes a direct account again"),
        "adopt": pgettext_lazy("move", "Is offered a place of its own"),
        "adopt-to": pgettext_lazy("move", "Is offered another reseller"),
    }
}


#: What can come between a merge that everybody has agreed to and its end, as `moves.operations.refusals` says it.
WHY_STOPPED = {
    "closed": _("This account is not open."),
    "not-a-reseller": _("That account is not a reseller, so it cannot take clients in."),
    "reseller-closed": _("That reseller’s account is not open, so it cannot take clients in."),
}


@dataclass(frozen=True, slots=True)
class AboutMove(Event):
    """The fields that all of them have. `target`: the name of the reseller that it goes to, or empty."""

    move: str
    kind: str
    ref: str
    name: str
    target: str = ""


@event("move.asked")
@dataclass(frozen=True, slots=True)
class MoveAsked(AboutMove):
    """Somebody asked for a move; others have to agree."""

    SENTENCE = _("%(actor)s asked to move %(name)s: %(kind)s.")
    WORDS = KIND_WORDS


@event("move.offered")
@dataclass(frozen=True, slots=True)
class MoveOffered(AboutMove):
    """A client whose reseller does not pay, or is not open, was offered another place; its owner answers."""

    SENTENCE = _("%(name)s was offered another place: %(kind)s.")
    WORDS = KIND_WORDS


@event("move.agreed")
@dataclass(frozen=True, slots=True)
class MoveAgreed(AboutMove):
    """One of those whose word it takes has agreed."""

    SENTENCE = _("%(actor)s agreed to move %(name)s: %(kind)s.")
    WORDS = KIND_WORDS


@event("move.declined")
@dataclass(frozen=True, slots=True)
class MoveDeclined(AboutMove):
    """One of those whose word it takes said no: everything stays as it is."""

    SENTENCE = _("%(actor)s declined to move %(name)s.")


@event("move.taken_back")
@dataclass(frozen=True, slots=True)
class MoveTakenBack(AboutMove):
    """Whoever asked has thought better of it."""

    SENTENCE = _("%(actor)s no longer asks to move %(name)s.")


@event("move.lapsed")
@dataclass(frozen=True, slots=True)
class MoveLapsed(AboutMove):
    """Nobody answered in time."""

    SENTENCE = _("The request to move %(name)s ran out, because nobody answered.")


@event("move.stopped")
@dataclass(frozen=True, slots=True)
class MoveStopped(AboutMove):
    """A merge that everybody had agreed to could not go on: `why` is a code of what refuses moves. `moved` clients had gone
    over by then and stay there."""

    SENTENCE = _("The move of %(name)s to %(target)s was stopped. %(because)s")

    why: str = ""
    moved: int = 0

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"because": str(WHY_STOPPED.get(str(data.get("why")), ""))}


@event("move.code_made")
@dataclass(frozen=True, slots=True)
class MovingCodeMade(Event):
    """A code was made by which others name the account in a move. The one before is worth nothing any more."""

    SENTENCE = _("%(actor)s made a moving code.")


@event("account.moved")
@dataclass(frozen=True, slots=True)
class AccountMoved(AboutAccount):
    """The account stands elsewhere now: `kind` says how, `joined` whose client it is, if anybody's."""

    SENTENCE = _("%(name)s was moved: %(kind)s.")
    WORDS = KIND_WORDS

    move: str
    kind: str
    joined: str = ""


@event("client.left")
@dataclass(frozen=True, slots=True)
class ClientLeft(AboutAccount):
    """For the reseller that it has left: no more than that."""

    SENTENCE = _("The client %(name)s left: %(kind)s.")
    WORDS = KIND_WORDS

    kind: str


@event("reseller.merged")
@dataclass(frozen=True, slots=True)
class ResellerMerged(AboutAccount):
    """All clients of a reseller have gone over to another one, and it is closed."""

    SENTENCE = _("%(name)s was merged into %(target)s. Clients: %(clients)s.")

    move: str
    target: str
    clients: int
