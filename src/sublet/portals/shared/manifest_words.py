"""A product manifest, and what changes in it, in plain words: for the vendor's pages and for the command line.

Pure presentation: values in, words of the active language out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from sublet.core.manifest import Changed, Json, KindDiff, ManifestDiff, Names, Price
from sublet.foundation.languages import in_language, text_of
from sublet.portals.shared.components import Change
from sublet.portals.shared.locales import AUTONYMS, write_money, write_number
from sublet.portals.shared.shell import Text

KIND_WORDS: Mapping[str, Text] = {
    "product": gettext_lazy("Product"),
    "groups": gettext_lazy("Groups"),
    "sections": gettext_lazy("Sections"),
    "role_presets": gettext_lazy("Role presets"),
    "features": gettext_lazy("Features"),
    "meters": gettext_lazy("Meters"),
    "managed_services": gettext_lazy("Managed services"),
    "signals": gettext_lazy("Signals"),
    "plans": gettext_lazy("Plans"),
    "add_ons": gettext_lazy("Add-ons"),
}
FIELD_WORDS: Mapping[str, Text] = {
    "address": gettext_lazy("Address"),
    "adds": gettext_lazy("What it adds"),
    "advertising": gettext_lazy("Advertising"),
    "aggregation": gettext_lazy("How it adds up"),
    "allowance": gettext_lazy("Allowance"),
    "amount": gettext_lazy("Amount"),
    "choices": gettext_lazy("Choice"),
    "currency": gettext_lazy("Currency"),
    "days": gettext_lazy("Days"),
    "decimals": gettext_lazy("Decimals"),
    "default_managed_by": gettext_lazy("Managed at first by"),
    "degraded_features": gettext_lazy("Features beyond the limit"),
    "description": gettext_lazy("Description"),
    "enabled": gettext_lazy("On at first"),
    "every_section": gettext_lazy("Level of every other section"),
    "feature": gettext_lazy("Feature"),
    "features": gettext_lazy("Features"),
    "flat": gettext_lazy("Flat amount"),
    "grace_days": gettext_lazy("Days of grace"),
    "grace_percent": gettext_lazy("Percent of grace"),
    "group": gettext_lazy("Group"),
    "guide_prices": gettext_lazy("Guide price"),
    "highest": gettext_lazy("Highest"),
    "icon": gettext_lazy("Icon"),
    "interval": gettext_lazy("Interval"),
    "key": gettext_lazy("Key"),
    "kind": gettext_lazy("Kind"),
    "levels": gettext_lazy("Levels"),
    "limits": gettext_lazy("Limit"),
    "lowest": gettext_lazy("Lowest"),
    "managed_by": gettext_lazy("Managed by"),
    "meter": gettext_lazy("Meter"),
    "model": gettext_lazy("Price model"),
    "name": gettext_lazy("Name"),
    "offer": gettext_lazy("Add-on to ask for"),
    "once_for": gettext_lazy("Once for each"),
    "notice": gettext_lazy("Notice on free accounts"),
    "notice_address": gettext_lazy("Where the notice leads"),
    "order": pgettext_lazy("position in a list", "Order"),
    "overage": gettext_lazy("Price beyond the limit"),
    "package_size": gettext_lazy("Size of a package"),
    "per": gettext_lazy("For each"),
    "period": gettext_lazy("Period"),
    "plan": gettext_lazy("Plan"),
    "plans": gettext_lazy("Plans"),
    "policy": gettext_lazy("At the limit"),
    "prices": gettext_lazy("Price"),
    "product": gettext_lazy("Product"),
    "public": gettext_lazy("Offered to everyone"),
    "remind_days": gettext_lazy("Days of reminders"),
    "repeatable": gettext_lazy("More than once"),
    "rights": gettext_lazy("Rights"),
    "section": gettext_lazy("Section"),
    "starting_plan": gettext_lazy("Starting plan"),
    "thresholds": gettext_lazy("Thresholds"),
    "tiers": gettext_lazy("Step"),
    "trial": gettext_lazy("Trial"),
    "unique_by": gettext_lazy("Counted by"),
    "unit": gettext_lazy("Unit"),
    "up_to": gettext_lazy("Up to"),
    "vendor_mark": gettext_lazy("Vendor mark"),
    "version": gettext_lazy("Version"),
    "watch": gettext_lazy("What is watched"),
}
_SEGMENT = re.compile(r"(?P<key>[^.\[\]]+)(?:\[(?P<which>[^\]]*)\])?")
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class KindChanges:
    """What changes in one list of a manifest, as lines."""

    kind: str
    label: str
    changes: tuple[Change, ...]


def name_of(names: Names | None) -> str:
    """A text of the manifest in the active language; empty for none."""
    return text_of(names)


def field_words(path: str) -> str:
    """``limits[push_sent].amount`` → “Limit “push_sent”, amount”."""
    words = ""
    for match in _SEGMENT.finditer(path):
        key, which = match["key"], match["which"]
        word = AUTONYMS.get(key) if words else None
        word = word or str(FIELD_WORDS.get(key, key))
        if which is not None:
            word = _("%(field)s “%(which)s”") % {"field": word, "which": which}
        words = _("%(outer)s, %(inner)s") % {"outer": words, "inner": word} if words else word
    return words


def value_words(value: Json | None) -> str:
    """A value of a manifest for people."""
    match value:
        case None:
            return ""
        case True:
            return _("Yes")
        case False:
            return _("No")
        case "unlimited":
            return _("Unlimited")
        case int():
            return write_number(value)
        case str():
            return _short(value)
        case list():
            return _short(", ".join(value_words(item) for item in value))
        case dict() if set(value) >= {"interval", "currency", "amount"}:
            return stored_price_words(value)
        case dict() if "en" in value and set(value) <= set(AUTONYMS):
            return _short(in_language({str(code): str(text) for code, text in value.items()}, ""))
        case dict():
            pairs = (f"{FIELD_WORDS.get(key, key)}: {value_words(item)}" for key, item in value.items())
            return _short("; ".join(pairs))
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def each_interval(interval: str, amount: str) -> str:
    """An amount with how often it is owed: “€45.00 a month”."""
    patterns = {
        "once": _("%(amount)s once"),
        "month": _("%(amount)s a month"),
        "quarter": _("%(amount)s a quarter"),
        "year": _("%(amount)s a year"),
    }
    return patterns[interval] % {"amount": amount}


def price_words(price: Price, names: Mapping[str, str] | None = None) -> str:
    """A list price: “€45.00 a month”. `names` says what meters are called; without it their keys stand there."""
    meter = (names or {}).get(price.meter or "", price.meter or "")
    if price.amount is None:
        return each_interval(price.interval, _("by steps of “%(meter)s”") % {"meter": meter})
    amount = each_interval(price.interval, write_money(price.amount, price.currency))
    if price.model == "unit":
        return _("%(price)s for each unit of “%(meter)s”") % {"price": amount, "meter": meter}
    if price.model == "package":
        size = write_number(price.package_size or 1)
        return _("%(price)s for each %(size)s of “%(meter)s”") % {
            "price": amount,
            "size": size,
            "meter": meter,
        }
    return amount


def stored_price_words(value: Mapping[str, Json]) -> str:
    """A price as the canonical form holds it."""
    amount, interval, currency = value["amount"], str(value["interval"]), str(value["currency"])
    if not isinstance(amount, int) or interval not in {"once", "month", "quarter", "year"}:
        return _short(json.dumps(dict(value), ensure_ascii=False))
    words = each_interval(interval, write_money(amount, currency))
    if value.get("meter"):
        return _("%(price)s by “%(meter)s”") % {"price": words, "meter": str(value["meter"])}
    return words


def title_of(key: str, entry: Mapping[str, Json]) -> str:
    """What an entry in canonical form is called, with its key."""
    names = entry.get("name")
    shown = value_words(names) if isinstance(names, dict) else ""
    if key == "product":  # there is one: its key would say nothing
        return shown or key
    return _("%(name)s (%(key)s)") % {"name": shown, "key": key} if shown else key


def change_lines(diff: ManifestDiff, in_use: Mapping[str, int]) -> tuple[KindChanges, ...]:
    """The changes as lines, list by list, only where something changes. `in_use`: sections that go → places that use them."""
    return tuple(
        KindChanges(kind.kind, str(KIND_WORDS[kind.kind]), tuple(_lines(kind, in_use)))
        for kind in diff.kinds
        if not kind.is_empty
    )


def _lines(kind: KindDiff, in_use: Mapping[str, int]) -> Sequence[Change]:
    lines = [Change("add", title_of(added.key, added.after)) for added in kind.added]
    for removed in kind.removed:
        uses = in_use.get(removed.key, 0) if kind.kind == "sections" else 0
        note = (
            ngettext("%(number)s place uses it", "%(number)s places use it", uses) % {"number": write_number(uses)}
            if uses
            else ""
        )
        lines.append(Change("remove", title_of(removed.key, removed.before), note=note))
    for changed in kind.changed:
        lines += _field_lines(changed)
    if kind.order:
        lines.append(Change("change", _("Their order"), after=_short(", ".join(kind.order))))
    return lines


def _field_lines(changed: Changed) -> Sequence[Change]:
    title = title_of(changed.key, changed.after)
    return [
        Change(
            "change",
            _("%(entry)s: %(field)s") % {"entry": title, "field": field_words(field.path)},
            value_words(field.before) or _("nothing"),
            value_words(field.after) or _("nothing"),
        )
        for field in changed.fields
    ]


def as_text(kinds: Sequence[KindChanges]) -> str:
    """The changes as plain text for a terminal: a heading for each list, ``+``, ``-`` or ``~`` before each line."""
    lines: list[str] = []
    for kind in kinds:
        lines.append(f"{kind.label}:")
        for change in kind.changes:
            sign = {"add": "+", "remove": "-"}.get(change.kind, "~")
            line = f"  {sign} {change.label}"
            if change.before:
                line += f": {change.before} → {change.after}"
            elif change.after:
                line += f": {change.after}"
            lines.append(line + (f" ({change.note})" if change.note else ""))
    return "\n".join(lines)
