"""What can happen in `pricing`. No event of a reseller tells an amount: the vendor reads the journal, and what a reseller asks of
its clients is its own. The amounts stand on the reseller's pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.languages import in_language


def _for_whom(data: Mapping[str, Any]) -> str:
    if data.get("name"):
        return "“" + str(data["name"]) + "”"
    if data.get("tag"):
        return gettext("the group “%(tag)s”") % {"tag": data["tag"]}
    return gettext("all clients")


def _thing(data: Mapping[str, Any]) -> str:
    names = data.get("names")
    return in_language(names if isinstance(names, Mapping) else {}, str(data.get("key") or "–"))


@dataclass(frozen=True, slots=True)
class Retail(Event):
    """For whom: a client (`client` its reference, `name`), a group (`tag`), or everybody. `since`: from when on it holds."""

    client: str
    name: str
    tag: str
    since: str


@event("retail_price.changed")
@dataclass(frozen=True, slots=True)
class RetailPriceChanged(Retail):
    """A reseller said another retail price, or (`taken_back`) none any more. How much it is, is the reseller's own."""

    kind: str
    key: str
    names: dict[str, str] = field(default_factory=dict)
    taken_back: bool = False

    SENTENCE = _("%(actor)s changed the retail price of “%(thing)s” for %(whom)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"thing": _thing(data), "whom": _for_whom(data)}


@event("mark_up.changed")
@dataclass(frozen=True, slots=True)
class MarkUpChanged(Retail):
    """A reseller said another mark-up on what has no retail price."""

    SENTENCE = _("%(actor)s changed the mark-up for %(whom)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"whom": _for_whom(data)}


@event("retail_floor.changed")
@dataclass(frozen=True, slots=True)
class FloorChanged(Event):
    """A reseller said how much of a retail price should stay at least."""

    since: str

    SENTENCE = _("%(actor)s changed the lowest margin that should stay.")


@event("currency_rate.changed")
@dataclass(frozen=True, slots=True)
class RateChanged(Event):
    """A reseller said how it reckons one currency into another."""

    source: str
    target: str
    since: str

    SENTENCE = _("%(actor)s changed the rate from %(source)s to %(target)s.")


@event("price_sharing.changed")
@dataclass(frozen=True, slots=True)
class SharingChanged(Event):
    """A reseller lets the vendor read its retail figures, or no longer."""

    shared: bool

    SENTENCE = _("%(actor)s set whether the vendor may read retail figures: %(answer)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"answer": gettext("yes") if data.get("shared") else gettext("no")}


@event("wholesale_terms.changed")
@dataclass(frozen=True, slots=True)
class WholesaleTermsChanged(Event):
    """Vendor and reseller agreed another discount. `percent`: as text, empty as usual; `tiers`: volume and percent of each."""

    ref: str
    name: str
    percent: str
    tiers: list[list[Any]]
    since: str

    SENTENCE = _("%(actor)s changed the wholesale discount of “%(name)s” to %(worth)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        percent = str(data.get("percent") or "")
        return {"worth": f"{percent} %" if percent else gettext("the usual one")}


@event("usual_discount.changed")
@dataclass(frozen=True, slots=True)
class UsualDiscountChanged(Event):
    """What every reseller gets with which nothing else was agreed. `percent`: as text."""

    percent: str
    since: str

    SENTENCE = _("%(actor)s changed the usual wholesale discount to %(percent)s %%.")


@event("wholesale_commitment.changed")
@dataclass(frozen=True, slots=True)
class WholesaleCommitmentChanged(Event):
    """Vendor and reseller agreed what it spends at least. `taken_back`: nothing any more."""

    ref: str
    name: str
    taken_back: bool
    since: str

    SENTENCE = _("%(actor)s changed what “%(name)s” spends at least in each period.")
    QUOTED = "name"


@dataclass(frozen=True, slots=True)
class AboutPromotion(Event):
    """Which promotion."""

    promotion: str
    code: str


@event("promotion.made")
@dataclass(frozen=True, slots=True)
class PromotionMade(AboutPromotion):
    """The vendor or a reseller made a promotion."""

    SENTENCE = _("%(actor)s made the promotion %(code)s.")


@event("promotion.ended")
@dataclass(frozen=True, slots=True)
class PromotionEnded(AboutPromotion):
    """A promotion can be taken no more. Who has it keeps it."""

    SENTENCE = _("%(actor)s ended the promotion %(code)s.")


@event("promotion.taken")
@dataclass(frozen=True, slots=True)
class PromotionWasTaken(AboutPromotion):
    """An account has a promotion from now on. `side`: whose amounts it lowers, ``list`` or ``retail``."""

    ref: str
    name: str
    side: str

    SENTENCE = _("%(actor)s gave “%(name)s” the promotion %(code)s.")


@event("promotion.stopped")
@dataclass(frozen=True, slots=True)
class PromotionStopped(AboutPromotion):
    """An account has a promotion no more, before its time."""

    ref: str
    name: str

    SENTENCE = _("%(actor)s took the promotion %(code)s from “%(name)s”.")


@dataclass(frozen=True, slots=True)
class AboutContract(Event):
    """Which contract, with which client."""

    contract: str
    called: str
    ref: str
    name: str


@event("contract.agreed")
@dataclass(frozen=True, slots=True)
class ContractAgreed(AboutContract):
    """A reseller and its client are bound for some months."""

    kind: str
    first_day: str

    SENTENCE = _("%(actor)s agreed the contract “%(called)s” with “%(name)s”.")


@event("contract.ended")
@dataclass(frozen=True, slots=True)
class ContractEnded(AboutContract):
    """Notice was given of a contract: it ends with that day."""

    last_day: str

    SENTENCE = _("%(actor)s ended the contract “%(called)s” with “%(name)s”: its last day is %(last_day)s.")


@dataclass(frozen=True, slots=True)
class AboutExtra(Event):
    """Which service of the reseller's own."""

    extra: str
    called: str


@event("extra.made")
@dataclass(frozen=True, slots=True)
class ExtraMade(AboutExtra):
    """A reseller offers a service of its own."""

    SENTENCE = _("%(actor)s made the service “%(called)s”.")


@event("extra.removed")
@dataclass(frozen=True, slots=True)
class ExtraRemoved(AboutExtra):
    """A service is offered no more."""

    SENTENCE = _("%(actor)s removed the service “%(called)s”.")


@event("extra.sold")
@dataclass(frozen=True, slots=True)
class ExtraWasSold(AboutExtra):
    """A service was sold to a client."""

    sale: str
    ref: str
    name: str
    quantity: int

    SENTENCE = _("%(actor)s sold “%(called)s” to “%(name)s”.")


@event("extra.taken_back")
@dataclass(frozen=True, slots=True)
class ExtraTakenBack(AboutExtra):
    """A sale was a slip: nothing is charged for it."""

    sale: str
    ref: str
    name: str

    SENTENCE = _("%(actor)s took back that “%(called)s” was sold to “%(name)s”.")


@event("price_letters.written")
@dataclass(frozen=True, slots=True)
class LettersWritten(Event):
    """A reseller wrote to clients about a new price; of very many each part tells of itself. `day`: from when on it holds."""

    key: str
    day: str
    count: int
    names: dict[str, str] = field(default_factory=dict)

    SENTENCE = _("%(actor)s wrote to %(count)s clients about the new price of “%(thing)s”.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        return {"thing": _thing(data)}
