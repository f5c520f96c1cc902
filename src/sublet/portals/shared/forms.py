"""Forms of pages: what every field does to what people type, and how it is shown.

Unknown POST fields are ignored; NUL bytes are dropped; every text has a greatest length; faults come in the order of
the fields. Templates: shared/form.html, shared/field.html, shared/widgets/.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import DecimalValidator, MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.forms.renderers import DjangoTemplates
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.core.clientsettings import MOST_AMOUNT
from sublet.core.colors import WHITE, contrast, parse_color, to_hex
from sublet.core.days import FIRST_DAY, LAST_DAY, is_in_reach
from sublet.core.money import WrongAmount, exponent, typed_number
from sublet.foundation.errors import Refusal
from sublet.portals.shared import form_rights
from sublet.portals.shared.days import OUT_OF_RANGE
from sublet.portals.shared.locales import AUTONYMS, countries, currencies, write_number
from sublet.portals.shared.shell import Text

SHORT_TEXT = 200
LONG_TEXT = 5000
#: Of a refused text no more is written back into its field: megabytes would come back as a page that no browser bears.
WRITTEN_BACK = 20_000


class PageRenderer(DjangoTemplates):
    """Our templates for forms and fields, Django's for most widgets."""

    form_template_name = "shared/form.html"
    field_template_name = "shared/field.html"


def _without_nul(data: Mapping[str, Any]) -> MultiValueDict[str, str]:
    """The same data without NUL bytes: PostgreSQL refuses them, so they would end as a server error."""
    clean: MultiValueDict[str, str] = QueryDict(mutable=True) if isinstance(data, QueryDict) else MultiValueDict()
    pairs: Iterable[tuple[str, Any]] = data.lists() if isinstance(data, MultiValueDict) else data.items()
    for name, value in pairs:
        values = value if isinstance(value, (list, tuple)) else [value]
        clean.setlist(name, [each.replace("\x00", "") if isinstance(each, str) else each for each in values])
    return clean


class SubletForm(forms.Form):
    """The base of every form of a page."""

    default_renderer = PageRenderer()
    required_css_class = "required"
    error_css_class = "has-error"
    #: Fields that are needed in some cases only: the page calls them neither needed nor optional.
    conditional: ClassVar[tuple[str, ...]] = ()
    _errors: ErrorDict | None
    use_required_attribute = False  # the browser's own bubbles cannot be translated or read by our error summary

    def __init__(
        self, data: Mapping[str, Any] | None = None, files: MultiValueDict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(None if data is None else _without_nul(data), files, **kwargs)
        self._actor = form_rights.acting()
        if self.is_bound:
            form_rights.require(type(self), self._actor)
        self._close()
        self.dress()

    def _close(self) -> None:
        """Take out the fields that are not the actor's (`core.fields_forms`)."""
        for name in form_rights.closed(type(self), tuple(self.fields), self._actor):
            del self.fields[name]

    def dress(self) -> None:
        """Style and bound the fields that a form has added while it was made."""
        for field in self.fields.values():
            _bound_length(field)
            _style(field)

    def full_clean(self) -> None:
        """Validate; then put the faults in the order of the fields, those of the whole form first."""
        self._close()  # again: a form adds fields of its own while it is made
        super().full_clean()
        found: ErrorDict | None = self._errors
        if found:
            order = [NON_FIELD_ERRORS, *self.fields]
            ordered = ErrorDict(renderer=self.renderer)
            for name in sorted(found, key=lambda each: order.index(each) if each in order else len(order)):
                ordered[name] = found[name]
            self._errors = ordered
            for name in found.keys() & self.fields.keys():
                key, most = self.add_prefix(name), getattr(self.fields[name], "max_length", None) or 0
                value = self.data.get(key)
                if isinstance(value, str) and len(value) > max(most, WRITTEN_BACK):
                    cast(MultiValueDict[str, str], self.data)[key] = value[: max(most, WRITTEN_BACK)]  # a copy of ours

    def intent(self) -> str:
        """What this form was sent for: its field `once` with all that was typed.

        A browser that comes back to a form keeps its `once`. By that alone another name would open nothing, and the page
        would say that the first one is open, with an invitation to somebody who gets none.
        """
        values = {name: value for name, value in self.data.items() if name in self.fields}
        told = json.dumps(values, sort_keys=True, default=str)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the field it names, or above the form."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, ValidationError(refusal.sentence, code=refusal.code))

    @property
    def fields_at_fault(self) -> int:
        """How many fields have faults: one may have several."""
        return len(self.errors.keys() & self.fields.keys())

    @property
    def summary(self) -> list[tuple[str, str, str]]:
        """Each fault of a field as (id of the input, label, sentence), for the summary on top."""
        return [
            (self[name].id_for_label or self[name].auto_id, str(self[name].label), str(sentence))
            for name, sentences in self.errors.items()
            if name in self.fields
            for sentence in sentences
        ]


def _bound_length(field: forms.Field) -> None:
    if isinstance(field, forms.CharField) and field.max_length is None:
        field.max_length = LONG_TEXT if isinstance(field.widget, forms.Textarea) else SHORT_TEXT
        field.validators = [*field.validators, MaxLengthValidator(field.max_length)]
        if not field.widget.is_hidden:
            field.widget.attrs.setdefault("maxlength", str(field.max_length))


def _style(field: forms.Field) -> None:
    widget = field.widget
    css = "form-control"
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    elif isinstance(widget, forms.HiddenInput):
        return
    given = str(widget.attrs.get("class", "")).split()
    widget.attrs["class"] = " ".join(dict.fromkeys([css, *given]))


# Fields ---------------------------------------------------------------------------------------------------------------


class NameField(forms.CharField):
    """A name of a person or an account: one line, spaces folded, no control characters."""

    def to_python(self, value: Any) -> str:
        """Fold spaces and drop what cannot be seen."""
        text = str(super().to_python(value))
        return " ".join("".join(c if c.isprintable() or c in "‌‍" else " " for c in text).split())


class EmailField(forms.EmailField):
    """An e-mail address, trimmed and in lower case: nobody writes to two addresses that differ in case only."""

    def __init__(self, *, autocomplete: str = "email", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        attrs = {"autocomplete": autocomplete, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.EmailInput(attrs=attrs))
        kwargs.setdefault("error_messages", {"invalid": _("Enter an e-mail address, like name@example.com.")})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Trim, also what copying from a mail program leaves around it, and fold the case."""
        text = str(super().to_python(value) or "").strip().removeprefix("mailto:").strip("<> ")
        return text.lower()


class PhoneField(forms.CharField):
    """A telephone number as it is typed, with the keyboard for it. What it means is checked by the operation."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}))
        super().__init__(**kwargs)


class DayField(forms.DateField):
    """A day. The only field of days there is: one without bounds lets somebody mean a day after which there is none."""

    default_error_messages: ClassVar = {"out-of-range": OUT_OF_RANGE}

    def __init__(self, **kwargs: Any) -> None:
        # In the form that browsers send and read, whatever the language.
        attrs = {"type": "date", "min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs=attrs))
        super().__init__(**kwargs)

    def validate(self, value: date | None) -> None:
        """Refuse what lies out of reach."""
        super().validate(value)
        if value is not None and not is_in_reach(value):
            raise ValidationError(self.error_messages["out-of-range"], code="out-of-range")


class PasswordField(forms.CharField):
    """A password: never trimmed, never shown again. `new` tells password managers to offer one."""

    def __init__(self, *, new: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 1000)
        kwargs["strip"] = False
        attrs = {"autocomplete": "new-password" if new else "current-password"}
        kwargs.setdefault("widget", forms.PasswordInput(attrs=attrs))
        super().__init__(**kwargs)


class CodeField(forms.CharField):
    """A one-time code."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**kwargs)


class LanguageField(forms.ChoiceField):
    """One of the languages, each in its own words. `inherited` is what the empty choice says, if there is one."""

    def __init__(self, *, inherited: Text = "", **kwargs: Any) -> None:
        languages = [(code, AUTONYMS.get(code, str(name))) for code, name in settings.LANGUAGES]
        kwargs["choices"] = [("", inherited), *languages] if inherited else languages
        kwargs.setdefault("label", _("Language"))
        if inherited:
            kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")


def _timezone_choices() -> list[tuple[str, list[tuple[str, str]]] | tuple[str, str]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        region, slash, place = name.partition("/")
        if slash and region not in {"Etc", "SystemV", "US", "Canada", "Brazil", "Chile", "Mexico", "posix", "right"}:
            groups.setdefault(region, []).append((name, place.replace("_", " ").replace("/", " · ")))
    return [("UTC", "UTC"), *sorted(groups.items())]


class CountryField(forms.ChoiceField):
    """A country by its name; two letters or nothing are what is kept."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["choices"] = _country_choices
        kwargs.setdefault("label", _("Country"))
        kwargs.setdefault("required", False)
        kwargs.setdefault("error_messages", {"invalid_choice": _("Choose a country from the list.")})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Small letters are the same country."""
        return str(super().to_python(value)).strip().upper()


def _country_choices() -> list[tuple[str, str]]:
    return [("", "–"), *countries()]


class _CurrencySelect(forms.Select):
    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """A currency that a program has set stays on offer, or saving another field would change it."""
        known = {code for code, _name in self.choices}
        kept = [(code, code) for code in value if code and code not in known]
        self.choices = [*self.choices, *kept]
        return super().optgroups(name, value, attrs)


class CurrencyField(forms.ChoiceField):
    """A currency by its name; three letters or nothing are what is kept."""

    widget = _CurrencySelect

    def __init__(self, **kwargs: Any) -> None:
        kwargs["choices"] = _currency_choices
        kwargs.setdefault("label", _("Currency"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Small letters are the same currency."""
        return str(super().to_python(value)).strip().upper()

    def valid_value(self, value: str) -> bool:
        """Which ones may be kept the operation decides, here and for programs."""
        return True


def two_ways(text: str) -> str:
    """What is said of ``1.250``: how to write one thousand and how to write one, both as they would be taken."""
    typed = text.strip()
    parts = typed[:-1] if typed.endswith("0") else f"{typed}0"
    found = {"typed": typed, "whole": typed.replace(".", "").replace(",", ""), "parts": parts}
    return gettext("“%(typed)s” can be read in two ways. Write %(whole)s or %(parts)s.") % found


class MoneyField(forms.DecimalField):
    """An amount as people write it, not below zero; cleaned, it is in smallest units of the currency that `count_in` says.

    What nobody asks for ends here: larger amounts are neither reckoned with nor kept.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"localize": True, **kwargs})
        self.currency = ""

    def count_in(self, currency: str, *, finer: int = 0) -> None:
        """In which currency, and how many decimals of its smallest unit are taken besides. Raises KeyError."""
        places = exponent(currency)
        self.currency = currency
        self.validators = [
            MinValueValidator(0),
            MaxValueValidator(Decimal(MOST_AMOUNT).scaleb(-places)),
            DecimalValidator(None, places + finer),
        ]

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as Django's own DecimalField
        """With what people put between thousands; what could be a thousandfold of itself is asked again."""
        if isinstance(value, str):
            try:
                value = typed_number(value, exponent(self.currency))
            except WrongAmount:
                raise ValidationError(two_ways(value), code="ambiguous") from None
        return super().to_python(value)

    def clean(self, value: Any) -> Decimal | None:
        """Raises KeyError where nobody has said the currency: a guess would be a hundred times too much."""
        places = exponent(self.currency)
        amount: Decimal | None = super().clean(value)
        return None if amount is None else amount.scaleb(places)


def _currency_choices() -> list[tuple[str, str]]:
    return [("", "–"), *currencies()]


class TimezoneField(forms.ChoiceField):
    """An IANA time zone, grouped by region."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["choices"] = _timezone_choices
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(**kwargs)


class ColorInput(forms.TextInput):
    """A text field for ``#rrggbb`` with the browser's color picker and a line that tells the contrast beside it."""

    template_name = "shared/widgets/color.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what the picker and the contrast line need."""
        context = super().get_context(name, value, attrs)
        color = parse_color(str(value or ""))
        shown = color or parse_color(str(context["widget"]["attrs"].get("placeholder", "")))
        context["widget"]["color"] = to_hex(shown) if shown else "#808080"
        context["widget"]["known"] = color is not None
        context["widget"]["ratio"] = write_number(round(contrast(color, WHITE), 1)) if color else ""
        return context


class ColorField(forms.CharField):
    """``#rrggbb`` and nothing else: what is stored goes into a style sheet. ``#ABC`` and ``AABBCC`` are written out."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        attrs = {"inputmode": "text", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
        kwargs.setdefault("widget", ColorInput(attrs=attrs))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Write what is a color as ``#rrggbb``; leave the rest for `validate` to refuse."""
        text = str(super().to_python(value) or "").strip()
        color = parse_color(text)
        return to_hex(color) if color else text

    def validate(self, value: Any) -> None:
        """Refuse anything that is not a color."""
        super().validate(value)
        if value and parse_color(value) is None:
            raise ValidationError(_("Enter a color as # and six digits, like #3457d5."), code="not-a-color")


class DropInput(forms.ClearableFileInput):
    """A file input that is a drop zone; without script it is still a file input that takes drops."""

    template_name = "shared/widgets/drop_zone.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what is taken, for people: with room between the endings."""
        context = super().get_context(name, value, attrs)
        context["widget"]["accepts"] = str(context["widget"]["attrs"].get("accept", "")).replace(",", ", ")
        return context


class TagsInput(forms.TextInput):
    """Comma-separated words; the script makes chips of them. `suggestions` fill the browser's list."""

    template_name = "shared/widgets/tags.html"

    def __init__(self, attrs: dict[str, Any] | None = None, suggestions: Iterable[str] = ()) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.suggestions = tuple(suggestions)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the suggestions."""
        context = super().get_context(name, value, attrs)
        context["widget"]["suggestions"] = self.suggestions
        return context

    def format_value(self, value: Any) -> str | None:
        """A list is shown with commas."""
        if isinstance(value, (list, tuple, set, frozenset)):
            return ", ".join(str(each) for each in value)
        return super().format_value(value)


class TagsField(forms.CharField):
    """Tags typed with commas → a list of distinct words, at most `most`, each at most 40 characters."""

    def __init__(self, *, suggestions: Iterable[str] = (), most: int = 20, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 1000)
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", TagsInput(suggestions=suggestions))
        self.most = most
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[str]:
        """The tags, in the order typed, each once whatever its case."""
        text = super().clean(value)
        found: dict[str, str] = {}
        for part in str(text or "").replace(";", ",").split(","):
            word = " ".join(part.split())
            if len(word) > 40:
                raise ValidationError(_("A tag has at most 40 characters."), code="tag-too-long")
            if word:
                found.setdefault(word.casefold(), word)
        if len(found) > self.most:
            raise ValidationError(_("At most %(most)s tags."), code="too-many-tags", params={"most": self.most})
        return list(found.values())
