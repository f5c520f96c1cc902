"""Forms for bringing a spreadsheet of signals in."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.catalog.queries import offer
from sublet.core.signalsheets import AT, CLIENT, SIGNAL
from sublet.foundation.sheets.refusals import LIMITS, MEGABYTE, CannotReadSheet
from sublet.portals.reseller.forms_imports import ACCEPTED
from sublet.portals.shared.forms import DropInput, SubletForm
from sublet.portals.shared.manifest_words import name_of
from sublet.signals.queries import ColumnFact


class SignalUploadForm(SubletForm):
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


class SignalColumnsForm(SubletForm):
    """What each column tells."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: QueryDict | None = None, *, columns: Sequence[ColumnFact], revision: int = 0) -> None:
        values: dict[str, object] = {"revision": revision}
        values |= {f"column-{column.position}": column.meaning for column in columns}
        super().__init__(data, initial=values, auto_id="signals-%s")
        choices = [
            ("", _("Leave out")),
            (CLIENT, _("The client: reference, your own number or name")),
            (AT, _("When it was so")),
            *((SIGNAL + key, name_of(signal.name)) for key, signal in offer().signals.items()),
        ]
        for column in columns:
            # Nothing of the file stands in the form: labels and help may hold markup.
            field = forms.ChoiceField(
                label=_("Meaning of column %(number)s") % {"number": column.position + 1},
                choices=choices,
                required=False,
            )
            field.widget.attrs["class"] = "form-select"
            self.fields[f"column-{column.position}"] = field

    def meanings(self) -> dict[int, str]:
        """Column → what it tells."""
        return {
            int(name.removeprefix("column-")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column-")
        }
