"""Forms for bringing a list of clients in and for letting it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.accounts.clientlists import LEAVE, TAKE, Choices, Reading
from sublet.core.columnwords import FIELDS
from sublet.foundation.sheets.encodings import ENCODINGS, SEPARATORS
from sublet.foundation.sheets.refusals import LIMITS, MEGABYTE, CannotReadSheet
from sublet.foundation.sheets.sentences import FIELD_LABELS
from sublet.people.queries import StaffMember
from sublet.portals.shared.forms import DropInput, LanguageField, SubletForm, TagsField
from sublet.portals.shared.locales import countries

ACCEPTED = ".csv, .tsv, .txt, .xlsx, .xls, .ods"
_TAB = "tab"  # a tab would be trimmed on its way through the form
_SEPARATORS: Mapping[str, Promise] = {
    ",": gettext_lazy("Comma ,"),
    ";": gettext_lazy("Semicolon ;"),
    "\t": gettext_lazy("Tab"),
    "|": gettext_lazy("Bar |"),
}


class UploadForm(SubletForm):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("Your list"),
        widget=DropInput(attrs={"accept": ACCEPTED}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("There is nothing in the file."),
        },
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before anything reads it."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is None or file.size > LIMITS.bytes:
            refusal = CannotReadSheet("too-large", limit=LIMITS.bytes // MEGABYTE)
            raise ValidationError(refusal.sentence, code=refusal.code)
        return file


class LinesField(forms.Field):
    """Numbers of lines, one for each value or with spaces between them; what is none is passed over."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Sequence[str] | None) -> frozenset[int]:
        """The lines."""
        texts = " ".join(value or ()).split()
        return frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 9)


class CheckForm(SubletForm):
    """How an uploaded list is read, which column tells what, and what holds for all rows.

    `header_lines` are the first lines of the file, for the choice of the headings; without them any number is taken, and
    the operation says whether there is such a line.
    """

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        choices=[(name, name) for name in ENCODINGS],
        help_text=gettext_lazy("Try another one if letters with accents look wrong."),
    )
    separator = forms.ChoiceField(label=gettext_lazy("Between columns stands"))
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))
    header_line = forms.IntegerField(label=gettext_lazy("Headings"), min_value=0, widget=forms.Select)
    day_first = forms.ChoiceField(label=gettext_lazy("In dates such as 03/04/2024 comes first"))
    country = forms.ChoiceField(
        label=gettext_lazy("Telephone numbers without country code are from"),
        required=False,
        help_text=gettext_lazy("For rows that name no country."),
    )
    language = LanguageField(
        label=gettext_lazy("Language of the clients"),
        inherited=gettext_lazy("As the browser asks"),
        help_text=gettext_lazy("For rows that name none."),
    )
    ownership = forms.ChoiceField(label=gettext_lazy("Whose are the accounts?"))
    responsible = forms.ChoiceField(label=gettext_lazy("Responsible for all of them"), required=False)
    tags = TagsField(label=gettext_lazy("Tags for all of them"), most=5)
    without_email = forms.ChoiceField(label=gettext_lazy("Rows without an e-mail address"))
    closed = forms.ChoiceField(label=gettext_lazy("Rows that the list calls closed"))
    # Lines of the page that is shown: those with a box, those of them that came in when it was shown, those ticked now.
    optional = LinesField()
    coming = LinesField()
    take = LinesField()

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        reading: Reading,
        choices: Choices,
        revision: int,
        staff: Sequence[StaffMember],
        suggestions: Sequence[str] = (),
        header_lines: Sequence[tuple[int, str]] = (),
    ) -> None:
        self.reading, self.staff = reading, [member for member in staff if not member.gone]
        owner = next((member.ref for member in staff if member.user_id == choices.responsible_id), "")
        values: dict[str, Any] = {
            "revision": revision,
            "encoding": reading.encoding,
            "separator": _TAB if reading.separator == "\t" else reading.separator,
            "sheet": reading.sheet,
            "header_line": reading.header_line or 0,
            "day_first": "yes" if reading.day_first else "no",
            "country": choices.country,
            "language": choices.language,
            "ownership": choices.ownership,
            "responsible": owner,
            "tags": list(choices.tags),
            "without_email": choices.without_email,
            "closed": choices.closed,
        }
        values |= {f"column-{at}": reading.mapping.get(at, "") for at in range(reading.width)}
        super().__init__(data, initial=values, auto_id="check-%s")
        self._fill(suggestions, header_lines)
        self._leave_out()

    def _fill(self, suggestions: Sequence[str], header_lines: Sequence[tuple[int, str]]) -> None:
        self._choose("separator", [(_TAB if sign == "\t" else sign, str(_SEPARATORS[sign])) for sign in SEPARATORS])
        self._choose("sheet", [(name, name) for name in self.reading.sheets])
        lines = [(line, _("Line %(line)s: %(text)s") % {"line": line, "text": text}) for line, text in header_lines]
        self.fields["header_line"].widget.choices = [(0, _("There are no headings")), *lines]
        self._choose("day_first", [("yes", _("The day")), ("no", _("The month"))])
        self._choose("country", [("", _("No country")), *countries()])
        self._choose("ownership", [("reseller", _("Yours")), ("client", _("Each client’s own"))])
        self._choose("responsible", [("", _("Nobody")), *((member.ref, member.name) for member in self.staff)])
        self._choose("without_email", [(TAKE, _("Take in; somebody can be invited later")), (LEAVE, _("Leave out"))])
        self._choose("closed", [(LEAVE, _("Leave out")), (TAKE, _("Take in as active clients"))])
        self.fields["tags"].widget.suggestions = tuple(suggestions)
        meanings = [("", _("Leave this column out")), *((name, str(FIELD_LABELS[name])) for name in FIELDS)]
        for at in range(self.reading.width):
            field = forms.ChoiceField(label=_("Meaning of column %(number)s") % {"number": at + 1}, required=False)
            field.choices = meanings
            field.widget.attrs["class"] = "form-select"
            self.fields[f"column-{at}"] = field

    def _leave_out(self) -> None:
        """What does not apply to this file is not asked."""
        mapped = self.reading.mapping.values()
        unused = {
            "encoding": self.reading.kind != "csv",
            "separator": self.reading.kind != "csv",
            "sheet": len(self.reading.sheets) < 2,
            "day_first": "created" not in mapped,
            "closed": "state" not in mapped,
        }
        for name, left_out in unused.items():
            if left_out:
                del self.fields[name]

    def _choose(self, name: str, options: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = options

    @property
    def how_read(self) -> list[forms.BoundField]:
        """The fields about the file."""
        return [
            self[name] for name in ("sheet", "encoding", "separator", "header_line", "day_first") if name in self.fields
        ]

    @property
    def for_all(self) -> list[forms.BoundField]:
        """The fields that hold for all rows."""
        names = ("country", "language", "ownership", "responsible", "tags", "without_email", "closed")
        return [self[name] for name in names if name in self.fields]

    def decisions(self, before: Choices) -> dict[str, Any]:
        """What `accounts.operations.change_import` is told. What was not asked stays as it was."""
        values = self.cleaned_data
        separator = values.get("separator")
        asked = {name for name in ("country", "language", "ownership", "without_email", "closed") if name in values}
        member = next((each for each in self.staff if each.ref == values["responsible"]), None)
        return {
            "revision": values["revision"],
            "encoding": values.get("encoding"),
            "separator": "\t" if separator == _TAB else separator,
            "sheet": values.get("sheet"),
            "header_line": values["header_line"],
            "day_first": values["day_first"] == "yes" if "day_first" in values else None,
            "leave": (values["optional"] & values["coming"]) - values["take"],
            "take": (values["optional"] & values["take"]) - values["coming"],
            "mapping": {at: values[f"column-{at}"] for at in range(self.reading.width)},
            "choices": replace(
                before,
                **{name: values[name] for name in asked},
                tags=tuple(values["tags"]),
                responsible_id=member.user_id if member else None,
            ),
        }
