"""Forms about prices that the pages of resellers and of the vendor share: amounts, steps, percentages, days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.core.clientsettings import MOST_UNITS
from sublet.core.money import WrongAmount, read_typed
from sublet.core.periods import start_of_day
from sublet.core.pricebook import Tier
from sublet.core.pricing import (
    DECIMALS,
    FLAT,
    GRADUATED,
    ONCE,
    PACKAGE,
    UNIT,
    VOLUME,
    Price,
    Step,
    fault,
)
from sublet.portals.shared.forms import DayField, MoneyField, SubletForm, two_ways
from sublet.portals.shared.price_words import INTERVALS
from sublet.portals.shared.shell import Text
from sublet.pricing.operations import CannotSetPrice

MODELS: tuple[tuple[str, Text], ...] = (
    (FLAT, gettext_lazy("One amount")),
    (UNIT, gettext_lazy("For each unit used")),
    (PACKAGE, gettext_lazy("For each package of units begun")),
    (GRADUATED, gettext_lazy("By steps, each unit at the price of its step")),
    (VOLUME, gettext_lazy("By steps, all units at the price of the step reached")),
)
MOST_STEPS = 20


def day_field() -> DayField:
    """From which day on something holds; empty for at once."""
    return DayField(
        label=gettext_lazy("From which day"),
        required=False,
        help_text=gettext_lazy("Leave it empty for at once."),
    )


def since_of(day: date | None, zone: str, at: datetime) -> datetime | None:
    """The instant at which that day begins there; None at once. Today is at once."""
    if day is None:
        return None
    begins = start_of_day(day, zone)
    there = start_of_day(at.astimezone(begins.tzinfo).date(), zone)
    return None if there <= begins <= at else begins


def percent_field(
    label: Any, *, required: bool = False, least: int = 0, most: int = 100, **more: Any
) -> forms.DecimalField:
    """A percentage with up to two decimals."""
    return forms.DecimalField(
        label=label, required=required, min_value=least, max_value=most, decimal_places=2, localize=True, **more
    )


def minor_of(text: str, currency: str) -> int:
    """An amount that was typed, in minor units. Raises ValidationError."""
    try:
        return read_typed(text, currency)
    except (WrongAmount, KeyError) as wrong:
        if isinstance(wrong, WrongAmount) and wrong.code == "ambiguous":
            raise ValidationError(two_ways(text)) from None
        raise ValidationError(_("This is no amount in %(currency)s."), params={"currency": currency}) from None


class PriceForm(SubletForm):
    """A price: how it is reckoned, its amount or its steps, by which interval, from when on."""

    conditional = ("amount", "package_size", "steps")

    model = forms.ChoiceField(label=gettext_lazy("How it is reckoned"), choices=MODELS)
    amount = MoneyField(label=pgettext_lazy("money", "Amount"), required=False)
    package_size = forms.IntegerField(
        label=gettext_lazy("Units in a package"), required=False, min_value=1, max_value=10**9
    )
    steps = forms.CharField(
        label=gettext_lazy("Steps"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "A line for each: “100: 0.50” up to and including 100 units, the last one “*: 0.30”. A flat fee of the step "
            "stands after a plus: “100: 0.50 + 5”."
        ),
    )
    included = forms.IntegerField(label=gettext_lazy("Units included"), required=False, min_value=0, max_value=10**9)
    interval = forms.ChoiceField(label=gettext_lazy("How often"), choices=INTERVALS)
    since = day_field()

    def __init__(
        self,
        *args: Any,
        currency: str,
        meter: str = "",
        once: bool = False,
        intervals: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.meter = currency, meter
        self.fields["amount"].count_in(currency, finer=DECIMALS)  # type: ignore[attr-defined]  # a MoneyField
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}
        by = (ONCE,) if once else intervals
        self._choose("interval", [each for each in INTERVALS if not by or each[0] in by])
        if intervals:  # who types what a unit costs must not have said a fee for all of them
            self.initial.setdefault("model", UNIT)
        if once:
            self._choose("model", [MODELS[0]])
            for name in ("package_size", "steps", "included"):
                del self.fields[name]
        elif not meter:
            self._choose("model", [each for each in MODELS if each[0] not in (UNIT, PACKAGE)])
            del self.fields["package_size"]

    def _choose(self, name: str, choices: list[tuple[str, Text]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """What the chosen way of reckoning needs, and nothing else."""
        values: dict[str, Any] = super().clean() or {}
        model = values.get("model")
        if model in (GRADUATED, VOLUME):
            if "steps" not in self.errors:
                try:
                    values["steps"] = self._steps(str(values.get("steps") or ""))
                except ValidationError as fault:
                    self.add_error("steps", fault)
            self._errors.pop("amount", None)  # type: ignore[union-attr]  # it is being filled
        elif values.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Say how much."))
        elif "amount" not in self.errors and model in (FLAT, ONCE) and values["amount"] != int(values["amount"]):
            self.add_error("amount", _("This is no amount in %(currency)s.") % {"currency": self.currency})
        if model == PACKAGE and not values.get("package_size") and "package_size" not in self.errors:
            self.add_error("package_size", _("Say how many units are in a package."))
        return values

    def _steps(self, text: str) -> tuple[Step, ...]:
        found = []
        each_unit, once = MoneyField(localize=False), MoneyField(localize=False, required=False)
        each_unit.count_in(self.currency, finer=DECIMALS)
        once.count_in(self.currency)
        for line in (each.strip() for each in text.splitlines()):
            if not line:
                continue
            bound, _colon, rest = line.partition(":")
            amount, _plus, flat = rest.partition("+")
            try:
                up_to = None if bound.strip() in ("*", "") else int(bound.strip())
                if up_to is not None and not 0 < up_to <= MOST_UNITS:
                    raise ValueError
                unit = each_unit.clean(amount.strip().replace(",", ".")) or Decimal(0)
                fee = int(once.clean(flat.strip().replace(",", ".")) or 0)
            except (ValueError, ValidationError):
                raise ValidationError(_("This line is no step: %(line)s"), params={"line": line[:60]}) from None
            found.append(Step(up_to, unit, fee))
        if not found or len(found) > MOST_STEPS or found[-1].up_to is not None:
            raise ValidationError(_("Write one to twenty steps, the last one with a star and without an end."))
        if fault(Price(GRADUATED, "month", self.currency, steps=tuple(found))) is not None:
            raise ValidationError(CannotSetPrice("wrong-price").sentence)
        return tuple(found)

    def price(self) -> Price:
        """The price that was typed."""
        said = self.cleaned_data
        model, interval = said["model"], said["interval"]
        stepped = model in (GRADUATED, VOLUME)
        return Price(
            model=ONCE if interval == ONCE and model == FLAT else model,
            interval=interval,
            currency=self.currency,
            amount=None if stepped else said["amount"],
            meter=self.meter or None if model in (UNIT, PACKAGE, GRADUATED, VOLUME) else None,
            package_size=said.get("package_size") if model == PACKAGE else None,
            steps=said["steps"] if stepped else (),
            included=said.get("included") or 0,
        )


def tiers_of(text: str, currency: str) -> tuple[Tier, ...]:
    """Lines such as “10000: 25”: from that volume on, so many percent. Raises ValidationError."""
    found = []
    for line in (each.strip() for each in text.splitlines()):
        if not line:
            continue
        volume, colon, percent = line.partition(":")
        try:
            told = Decimal(percent.strip().removesuffix("%").strip().replace(",", "."))
            if not colon or not told.is_finite():
                raise ValueError
            found.append(Tier(minor_of(volume, currency), told.quantize(Decimal("0.01"))))
        except (ValueError, InvalidOperation, ValidationError):
            raise ValidationError(_("This line is no tier: %(line)s"), params={"line": line[:60]}) from None
    return tuple(found)
