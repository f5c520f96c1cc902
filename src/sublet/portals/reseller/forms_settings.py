"""The form of clients' settings: made from what the product has, for one client, for many and for templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from sublet.core.clientsettings import (
    ALLOWANCE,
    ENABLED,
    FEATURE,
    FOLLOW,
    INTERVALS,
    LIMIT,
    MANAGED_BY,
    MOST_ALLOWANCE,
    MOST_UNITS,
    PAYER,
    PRICE,
    Field,
    RetailPrice,
    Value,
)
from sublet.core.entitled import Terms
from sublet.core.manifest.model import Feature
from sublet.core.money import exponent
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.settings_words import label_of, meter_of
from sublet.portals.shared.forms import DayField, MoneyField, NameField, SubletForm
from sublet.portals.shared.manifest_words import each_interval, name_of
from sublet.portals.shared.shell import Text

#: No value at all: a text that a feature may have is none of our words.
_UNSET: Any = object()
KEEP, OWN, NONE_, AS_PLANNED = "keep", "own", "none", "plan"
Choices = list[tuple[str, Text]]


def box(key: str) -> str:
    """The name of a field's box on the page."""
    return f"f-{key}"


def number_box(key: str) -> str:
    """The name of the box beside it, for the number that was chosen to be an own one."""
    return f"n-{key}"


class SetUpForm(SubletForm):
    """Clients' settings. With `keep` each field can be left as it is, and nothing is chosen at first."""

    def __init__(
        self,
        *args: Any,
        fields: Mapping[str, Field],
        terms: Terms,
        currency: str,
        values: Mapping[str, Value] | None = None,
        keep: bool = False,
        hint: Callable[[Field], str] = lambda _field: "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.setting, self.terms, self.keep, self.currency = fields, terms, keep, currency
        self.places = exponent(currency)
        self.conditional = ()  # type: ignore[misc]  # of this form: what the product has decides
        for key, field in fields.items():
            self._add(key, field, values, hint(field))
        self.conditional = tuple(self.fields)  # type: ignore[misc]  # nothing is "optional": each box says what is the case
        if any(field.is_agreed for field in fields.values()):
            self.fields["since"] = DayField(
                label=_("Payers and price hold from"),
                required=False,
                help_text=_("Leave it empty for at once."),
            )
        self.dress()

    def _add(self, key: str, field: Field, values: Mapping[str, Value] | None, hint: str) -> None:
        chosen, number = _split(field, _UNSET if values is None else values.get(key, _UNSET), self.terms, self.places)
        choices = ([(KEEP, _("Leave as it is"))] if self.keep else []) + self._choices(field)
        if not any(value == chosen for value, _label in choices):
            chosen = str(choices[0][0])
        self.fields[box(key)] = forms.ChoiceField(
            label=label_of(field, self.terms), choices=choices, initial=chosen, required=False, help_text=hint
        )
        beside = self._beside(field, number)
        if beside is not None:
            self.fields[number_box(key)] = beside

    def _choices(self, field: Field) -> Choices:
        if field.part == ENABLED:
            return [("on", pgettext("switch", "On")), ("off", pgettext("switch", "Off"))]
        if field.part in (MANAGED_BY, PAYER):
            found: Choices = [] if self.keep else [("", _("Not decided"))]
            return [*found, ("reseller", pgettext("the reseller", "You")), ("client", _("The client"))]
        if field.part in (ALLOWANCE, LIMIT):
            first = _("As in the plan")
            if field.part == ALLOWANCE:
                # Where the product names no number somebody has to decide (`core.clientsettings.gaps`): it is no plan's to do.
                begins = self.terms.services[field.thing].allowance is not None
                first = _("As it begins") if begins else _("Not decided: as in the plan so far")
            return [(AS_PLANNED, first), (OWN, _("An own limit")), (NONE_, _("No limit"))]
        if field.part == PRICE:
            return [("", _("Not decided")), *((each, each_interval(each, "…")) for each in INTERVALS)]
        feature = self.terms.features[field.thing]
        planned = (AS_PLANNED, _("As in the plan"))
        if feature.kind == "switch":
            return [planned, ("on", pgettext("switch", "On")), ("off", pgettext("switch", "Off"))]
        if feature.choices:
            return [planned, *((f"={each.key}", name_of(each.name)) for each in feature.choices)]
        return [planned, (OWN, _("An own value"))]

    def _beside(self, field: Field, number: object) -> forms.Field | None:
        label = _("%(field)s: value") % {"field": label_of(field, self.terms)}
        if field.part == PRICE:
            amount = MoneyField(
                label=_("Amount in %(currency)s") % {"currency": self.currency}, required=False, initial=number
            )
            amount.count_in(self.currency)
            return amount
        if field.part in (ALLOWANCE, LIMIT):
            most = MOST_ALLOWANCE if field.part == ALLOWANCE else MOST_UNITS
            meter = meter_of(field, self.terms)
            if meter is not None:
                label = _("Number (%(unit)s)") % {"unit": name_of(meter.unit)}
            return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, initial=number)
        feature = self.terms.features.get(field.thing) if field.part == FEATURE else None
        if feature is None or feature.kind == "switch" or feature.choices:
            return None
        if feature.kind == "number":
            return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST_UNITS, initial=number)
        return forms.CharField(label=label, required=False, max_length=200, initial=number)

    def clean(self) -> dict[str, Any]:
        """A number is needed where an own one was chosen, and says nothing elsewhere."""
        cleaned: dict[str, Any] = super().clean() or {}
        for key, field in self.setting.items():
            beside = number_box(key)
            if beside not in self.fields:
                continue
            wanted = cleaned.get(box(key)) in (INTERVALS if field.part == PRICE else (OWN,))
            if not wanted:
                self._errors.pop(beside, None)  # type: ignore[union-attr]  # it is being filled
            elif cleaned.get(beside) in (None, "") and beside not in self.errors:
                self.add_error(beside, ValidationError(_("Say how much."), code="required"))
        return cleaned

    def changes(self) -> dict[str, Value]:
        """What was chosen, without what is left as it is and what is not decided."""
        found: dict[str, Value] = {}
        for key, field in self.setting.items():
            chosen = self.cleaned_data.get(box(key), KEEP)
            if chosen == KEEP or (chosen == "" and field.part != PRICE):
                continue
            found[key] = self._value(key, field, chosen)
        return found

    def _value(self, key: str, field: Field, chosen: str) -> Value:
        number = self.cleaned_data.get(number_box(key))
        if field.part == PRICE:
            if chosen == "":
                return None
            return RetailPrice(int(number or 0), self.currency, chosen)
        if chosen == AS_PLANNED:
            return FOLLOW
        if chosen == NONE_:
            return None
        if chosen == OWN:
            return number
        if chosen in ("on", "off"):
            return chosen == "on"
        return chosen.removeprefix("=")

    def refuse(self, refusal: Refusal) -> None:
        """A refusal names the setting, the page its box."""
        name = next((each for each in (number_box(refusal.field), box(refusal.field)) if each in self.fields), None)
        if name is None:
            super().refuse(refusal)
        else:
            self.add_error(name, ValidationError(refusal.sentence, code=refusal.code))

    def groups(self) -> list[tuple[str, str, str, list[list[forms.BoundField]]]]:
        """The cards of the page: title, icon, sentence, and rows of boxes that belong together."""
        kept = _("This decides what falls due. The client sees only what it pays itself.")
        titles: Sequence[tuple[tuple[str, ...], str, str, str]] = (
            ((ENABLED, MANAGED_BY, ALLOWANCE), _("Managed services"), "adjustments", ""),
            ((LIMIT,), _("Limits"), "chart-bar", ""),
            ((FEATURE,), _("Features"), "list-check", ""),
            ((PAYER, PRICE), _("Payment"), "receipt", kept),
        )
        found = []
        for parts, title, icon, text in titles:
            rows: dict[str, list[forms.BoundField]] = {}
            for key, field in self.setting.items():
                if field.part in parts:
                    names = [name for name in (box(key), number_box(key)) if name in self.fields]
                    row = key if field.is_agreed or field.part in (LIMIT, FEATURE) else field.thing
                    rows.setdefault(row, []).extend(self[name] for name in names)
            if PRICE in parts and "since" in self.fields:
                rows["since"] = [self["since"]]
            if rows:
                found.append((title, icon, text, list(rows.values())))
        return found


class TemplateForm(SetUpForm):
    """A template: its name and what it sets. `version`: the one that was begun from."""

    def __init__(self, *args: Any, name: str = "", once: str = "", version: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, keep=True, **kwargs)
        self.fields.pop("since", None)
        self.fields["name"] = NameField(label=_("Name of the template"), max_length=100, initial=name)
        self.fields["once"] = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput, initial=once)
        self.fields["version"] = forms.IntegerField(required=False, widget=forms.HiddenInput, initial=version)
        self.order_fields(["name"])
        self.dress()


class TemplateChoiceForm(SubletForm):
    """Which template is applied."""

    template = forms.ChoiceField(label=gettext_lazy("Template"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, templates: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = list(templates)  # type: ignore[attr-defined]  # it has


def _split(field: Field, value: Any, terms: Terms, places: int) -> tuple[str, object]:
    """What is chosen for a value, and the number beside it."""
    if value is _UNSET:
        return KEEP, None
    if field.part == PRICE:
        return (value.interval, Decimal(value.amount).scaleb(-places)) if isinstance(value, RetailPrice) else ("", None)
    if field.part in (MANAGED_BY, PAYER):
        return str(value or ""), None
    if value is FOLLOW:
        return AS_PLANNED, None
    if field.part in (ALLOWANCE, LIMIT):
        return (NONE_, None) if value is None else (OWN, value)
    feature: Feature | None = terms.features.get(field.thing) if field.part == FEATURE else None
    if feature is None or feature.kind == "switch":
        return "on" if value else "off", None
    return (f"={value}", None) if feature.choices else (OWN, value)
