"""Forms of the pages about prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.portals.shared.forms import CurrencyField, DayField, MoneyField, NameField, SubletForm
from sublet.portals.shared.price_forms import PriceForm, day_field, percent_field
from sublet.portals.shared.price_words import INTERVALS
from sublet.portals.shared.shell import Text

MOST_RATE = 10**8


def for_groups(groups: Sequence[str]) -> list[tuple[str, Text]]:
    """For whom something can be said: everybody, or a tag that clients have."""
    return [("", _("All clients")), *((name, _("Group “%(tag)s”") % {"tag": name}) for name in groups)]


class InCurrency:
    """Beside `SubletForm`, for forms with one amount, `amount`, in one currency."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].count_in(currency)  # type: ignore[attr-defined]  # a MoneyField


class GroupPriceForm(PriceForm):
    """A retail price for everybody or for a group."""

    group = forms.ChoiceField(label=gettext_lazy("For whom"), required=False)

    field_order = ("group", "model", "amount", "package_size", "steps", "included", "interval", "since")

    def __init__(self, *args: Any, groups: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = for_groups(groups)  # type: ignore[attr-defined]  # a ChoiceField


class ClientPriceForm(PriceForm):
    """A retail price of one thing for one client."""


class OwnPriceForm(InCurrency, SubletForm):
    """The client's own price, for whatever plan it has."""

    amount = MoneyField(label=gettext_lazy("Price"))
    interval = forms.ChoiceField(label=gettext_lazy("How often"), choices=INTERVALS[:3])
    since = day_field()


class MarkUpForm(SubletForm):
    """A mark-up on what has no price."""

    group = forms.ChoiceField(label=gettext_lazy("For whom"), required=False)
    percent = percent_field(
        gettext_lazy("Percent"), least=-100, most=10_000, help_text=gettext_lazy("Leave it empty for none any more.")
    )
    on = forms.ChoiceField(
        label=gettext_lazy("On what"),
        choices=(
            ("wholesale", gettext_lazy("What it costs you (wholesale)")),
            ("list", gettext_lazy("The list price")),
        ),
    )
    since = day_field()

    def __init__(self, *args: Any, groups: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = for_groups(groups)  # type: ignore[attr-defined]  # a ChoiceField


class FloorForm(SubletForm):
    """How much should stay of a price at least."""

    percent = forms.DecimalField(
        label=gettext_lazy("Lowest margin, in percent of the price"),
        min_value=0,
        max_value=99,
        decimal_places=2,
        localize=True,
        help_text=gettext_lazy("Pages warn below it. 0: only where you lose money."),
    )
    since = day_field()


class RateForm(SubletForm):
    """How one currency is reckoned into another."""

    source = CurrencyField(label=gettext_lazy("One"))
    target = CurrencyField(label=gettext_lazy("is so much in"))
    rate = forms.DecimalField(
        label=gettext_lazy("Rate"), min_value=0, max_value=MOST_RATE, decimal_places=8, localize=True
    )
    since = day_field()


class ExtraForm(InCurrency, SubletForm):
    """A service of the reseller's own."""

    name = NameField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("For example: set-up, training.")
    )
    text = forms.CharField(label=gettext_lazy("What you do"), required=False, max_length=500)
    amount = MoneyField(label=gettext_lazy("Price"), required=False)


class SaleForm(InCurrency, SubletForm):
    """A service sold to a client. `once` names this form, so that sending it twice sells it once."""

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    extra = forms.ChoiceField(label=gettext_lazy("Service"))
    quantity = forms.IntegerField(label=gettext_lazy("How many?"), min_value=1, max_value=1000, initial=1)
    amount = MoneyField(
        label=gettext_lazy("Price for each"),
        required=False,
        help_text=gettext_lazy("Leave it empty for the usual one."),
    )
    day = DayField(
        label=gettext_lazy("Due on"),
        required=False,
        help_text=gettext_lazy("Leave it empty for today."),
    )

    def __init__(self, *args: Any, extras: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["extra"].choices = list(extras)  # type: ignore[attr-defined]  # a ChoiceField


class ContractForm(InCurrency, SubletForm):
    """A contract with a client. `once` as in `SaleForm`."""

    conditional = ("amount", "interval")

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=(
            ("term", gettext_lazy("A term for the plan")),
            ("maintenance", gettext_lazy("Maintenance, with a price of its own")),
            ("commitment", gettext_lazy("A commitment: a sum that is spent at least")),
        ),
    )
    name = NameField(label=gettext_lazy("Name"), max_length=120)
    first_day = DayField(label=gettext_lazy("First day"))
    months = forms.IntegerField(label=gettext_lazy("Months"), min_value=1, max_value=120, initial=12)
    renew_months = forms.IntegerField(
        label=gettext_lazy("Renews by so many months"),
        min_value=0,
        max_value=120,
        initial=12,
        help_text=gettext_lazy("0: it ends by itself."),
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Days of notice before an end"), min_value=0, max_value=366, initial=30
    )
    amount = MoneyField(label=gettext_lazy("Price"), required=False)
    interval = forms.ChoiceField(label=gettext_lazy("How often"), choices=INTERVALS[:3], required=False)


class EndContractForm(SubletForm):
    """With which day a contract ends."""

    last_day = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave it empty for the earliest one."),
    )


class TakeForm(SubletForm):
    """The code of a promotion."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)


class RetailCheckForm(SubletForm):
    """What is tried over all clients."""

    conditional = ("percent", "thing", "source", "target", "rate")

    kind = forms.ChoiceField(
        label=gettext_lazy("What changes"),
        widget=forms.RadioSelect,
        initial="list",
        choices=(
            ("list", gettext_lazy("List prices rise or fall by so many percent")),
            ("discount", gettext_lazy("Your wholesale discount becomes so many percent")),
            ("use", gettext_lazy("Clients use so many percent of what they use now")),
            ("rate", gettext_lazy("A currency has another rate")),
        ),
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Percent"), required=False, min_value=-100, max_value=10_000, decimal_places=2, localize=True
    )
    thing = forms.ChoiceField(label=gettext_lazy("Of what"), required=False)
    source = CurrencyField(label=gettext_lazy("One"), required=False)
    target = CurrencyField(label=gettext_lazy("is so much in"), required=False)
    rate = forms.DecimalField(
        label=gettext_lazy("Rate"), required=False, min_value=0, max_value=MOST_RATE, decimal_places=8, localize=True
    )

    def __init__(self, *args: Any, things: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["thing"].choices = [("", _("Everything")), *things]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Each kind needs what it is about."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("kind") == "rate":
            if not values.get("rate") and "rate" not in self.errors:
                self.add_error("rate", _("Say how much."))
        elif values.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Say how much."))
        return values
