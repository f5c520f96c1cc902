"""Prices for people: what has one, for whom it is, what is left. Pure presentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sublet.core.margin import Margin
from sublet.core.pricebook import ADD_ON, CLIENT, EXTRA, GROUP, MARK_UP, OVERAGE, PLAN, SERVICE, Retail, WholesaleTerms
from sublet.core.promised import Promise
from sublet.portals.shared.locales import write_date, write_money, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.shell import Text
from sublet.pricing.queries import PriceRow, Said, Shown, Thing, Unpriced
from sublet.pricing.words import each_price

KIND_TITLES: Mapping[str, Text] = {
    PLAN: gettext_lazy("Plans"),
    OVERAGE: gettext_lazy("Beyond the limits"),
    ADD_ON: gettext_lazy("Add-ons"),
    SERVICE: gettext_lazy("Managed services"),
    EXTRA: gettext_lazy("Services of your own"),
}
KIND_ICONS: Mapping[str, str] = {
    PLAN: "file-text", OVERAGE: "chart-bar", ADD_ON: "puzzle", SERVICE: "adjustments", EXTRA: "tool",
}  # fmt: skip
INTERVALS: Sequence[tuple[str, Text]] = (
    ("month", gettext_lazy("a month")),
    ("quarter", gettext_lazy("a quarter")),
    ("year", gettext_lazy("a year")),
    ("once", gettext_lazy("once")),
)
INTERVAL_WORDS: Mapping[str, Text] = dict(INTERVALS)


def percent_words(number: Decimal | int | None) -> str:
    """``12.5 %``; a dash for none."""
    if number is None:
        return "–"
    plain = Decimal(number).normalize()
    return _("%(number)s %%") % {"number": write_number(plain if plain != plain.to_integral() else int(plain))}


def thing_name(thing: Thing) -> str:
    """What has a price, by its name."""
    if thing.names is None:
        return thing.called
    name = name_of(thing.names)
    if thing.beside is not None:
        return _("%(meter)s, with “%(plan)s”") % {"meter": name, "plan": name_of(thing.beside)}
    return name


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a price, in words: `tone` is ``good``, ``warn`` (below the floor), ``bad`` (money is lost) or empty.

    `units`: for how many units it is reckoned; empty for one.
    """

    wholesale: str
    retail: str
    margin: str
    mark_up: str
    share: str
    tone: str
    note: str
    units: str


def left_words(shown: Shown) -> Left:
    """Wholesale, retail and margin as a row shows them."""
    margin = shown.margin
    return Left(
        wholesale=money(shown.wholesale, shown.currency),
        retail=money(shown.retail, shown.currency),
        margin=money(margin.minor, shown.currency) if margin is not None else "–",
        mark_up=percent_words(margin.mark_up) if margin is not None else "–",
        share=percent_words(margin.share) if margin is not None else "–",
        tone=_tone(shown, margin),
        note=note_of(shown),
        units=write_number(shown.units) if shown.units > 1 else "",
    )


def _tone(shown: Shown, margin: Margin | None) -> str:
    if margin is None:
        return ""
    return "bad" if margin.loses else "warn" if shown.below_floor else "good"


def note_of(shown: Shown) -> str:
    """What one should know about a price before it is saved; empty for nothing."""
    margin = shown.margin
    if margin is not None and margin.loses:
        return _("You lose money: it costs you %(wholesale)s.") % {
            "wholesale": write_money(margin.wholesale, shown.currency)
        }
    if shown.below_floor and shown.floor is not None:
        return _("Below your lowest price: %(floor)s.") % {"floor": write_money(shown.floor, shown.currency)}
    if shown.list_minor is not None and shown.wholesale is None:
        return _("Say a rate from %(source)s to %(target)s to see what is left.") % {
            "source": shown.list_currency, "target": shown.currency,
        }  # fmt: skip
    return ""


def money(minor: int | None, currency: str) -> str:
    """An amount, or a dash."""
    return "–" if minor is None else write_money(minor, currency)


def units_words(shown: Shown) -> str:
    """Of how many units a row speaks; empty for one."""
    return _("for %(number)s units") % {"number": write_number(shown.units)} if shown.units > 1 else ""


def source_words(retail: Retail | None) -> str:
    """Where a retail price comes from."""
    if retail is None:
        return _("No price said")
    if retail.source == MARK_UP:
        return _("By your mark-up")
    if retail.source == GROUP:
        return _("Group “%(tag)s”") % {"tag": retail.whom}
    return _("Of this client") if retail.source == CLIENT else ""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A row of the table of prices."""

    name: str
    url: str
    interval: str
    units: str
    guide: str
    left: Left
    source: str
    exceptions: str


def price_line(row: PriceRow, url: str) -> PriceLine:
    """A thing by one interval."""
    guide = row.guide
    return PriceLine(
        name=thing_name(row.thing),
        url=url,
        interval=str(INTERVAL_WORDS[row.interval]),
        units=units_words(row.shown),
        guide=_("%(lowest)s to %(highest)s") % {
            "lowest": write_money(guide.lowest, guide.currency), "highest": write_money(guide.highest, guide.currency),
        }
        if guide is not None
        else "",
        left=left_words(row.shown),
        source=source_words(row.retail) if row.retail is None or row.retail.source == MARK_UP else "",
        exceptions=ngettext("%(number)s exception", "%(number)s exceptions", row.exceptions)
        % {"number": write_number(row.exceptions)}
        if row.exceptions
        else "",
    )  # fmt: skip


def whom_words(said: Said) -> str:
    """For whom a word is."""
    if said.layer == CLIENT:
        return said.client
    return _("Group “%(tag)s”") % {"tag": said.tag} if said.layer == GROUP else _("All clients")


def said_words(said: Said, zone: str) -> tuple[str, str, str]:
    """A dated price: for whom, the price, from when and by whom."""
    price = each_price(said.price) if said.price is not None else _("No price any more")
    return whom_words(said), price, since_words(said, zone)


def since_words(said: Said, zone: str) -> str:
    """From when on, and by whom."""
    return _("from %(day)s · %(person)s") % {"day": write_date(said.since, zone), "person": said.by}


def mark_up_words(said: Said, zone: str) -> tuple[str, str, str]:
    """A dated mark-up: for whom, how much, from when and by whom."""
    if said.percent is None:
        told = _("No mark-up any more")
    elif said.on == "list":
        told = _("%(percent)s on the list price") % {"percent": percent_words(said.percent)}
    else:
        told = _("%(percent)s on wholesale") % {"percent": percent_words(said.percent)}
    return whom_words(said), told, since_words(said, zone)


def promise_words(promise: Promise | None) -> str:
    """What a reseller spends at least."""
    if promise is None or promise.minor is None:
        return _("Nothing is promised")
    told = f"{write_money(promise.minor, promise.currency)} {INTERVAL_WORDS[promise.interval]}"
    return _("at least %(sum)s") % {"sum": told}


def terms_words(terms: WholesaleTerms, currency: str) -> str:
    """A discount with its tiers in one line."""
    told = [percent_words(terms.discount())]
    told += [
        _("%(percent)s from %(volume)s on")
        % {"percent": percent_words(tier.percent), "volume": write_money(tier.volume, currency)}
        for tier in terms.tiers
    ]
    return " · ".join(told)


def unpriced_words(found: Unpriced | None, called: str = "") -> str:
    """What of a plan (or of the add-on or the plan to come that is called so) costs nothing, since nobody has said a price in that
    currency; empty where there is nothing like that."""
    if found is None:
        return ""
    what = [called or _("the plan itself")] if found.whole else []
    what += [name_of(each) for each in found.meters]
    return _("Nothing is charged, since there is no price in %(currency)s: %(what)s") % {
        "currency": found.currency,
        "what": ", ".join(what),
    }
