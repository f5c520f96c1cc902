"""Why a file cannot be read as a list, and how much of one is read."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.errors import Refusal

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read. Bytes, counts, characters and seconds of processor time."""

    bytes: int = 20 * MEGABYTE
    rows: int = 250_000
    columns: int = 200
    cell_length: int = 32_767
    #: What a zipped workbook may unpack to; counted while unpacking, whatever it declares.
    unpacked_bytes: int = 400 * MEGABYTE
    parts: int = 2_000
    #: Address space and processor time of the process that opens a workbook.
    memory: int = 1024 * MEGABYTE
    seconds: int = 60


LIMITS = Limits()


class CannotReadSheet(Refusal):
    """The file is not a list that can be read; nothing of it was taken in."""

    SENTENCES = {
        "too-large": _(
            "The file is larger than %(limit)s MB. Split the list and import the parts one after the other."
        ),
        "too-many-rows": _("The list has more than %(limit)s rows. Split it and import the parts one after the other."),
        "too-many-columns": _("The list has more than %(limit)s columns. Delete the columns that are not needed."),
        "too-many-cells": _(
            "The workbook spans more cells than can be read. Delete the empty rows and columns at its edges, or save it as"
            " CSV."
        ),
        "cell-too-long": _(
            "Line %(line)s has a cell of more than %(limit)s characters. A quotation mark may be missing."
        ),
        "too-slow": _("The workbook takes too long to open. Save it as CSV and try again."),
        "zip-bomb": _("The workbook unpacks to far more than a list needs, so it was not opened. Save it as CSV."),
        "unsafe-xml": _("The workbook holds instructions that no list needs, so it was not opened. Save it as CSV."),
        "encrypted": _("The workbook is protected with a password. Remove the password and try again."),
        "broken": _("The workbook is damaged. Open it in a spreadsheet program, save it again and try again."),
        "not-a-sheet": _("This is not a list that can be read. Save it as XLSX, ODS or CSV and try again."),
        "web-page": _(
            "This is a web page, whatever its name says. Open it in a spreadsheet program and save it as XLSX."
        ),
        "apple-numbers": _("Numbers files cannot be read. Export the list as Excel or CSV and try again."),
        "no-rows": _("There is nothing in the list."),
        "bad-encoding": _("The file is not written in %(encoding)s. Choose another encoding."),
        "unknown-encoding": _("The encoding “%(encoding)s” is not known."),
        "unknown-separator": _("“%(separator)s” cannot separate columns."),
        "no-such-sheet": _("The workbook has no sheet “%(sheet)s”."),
    }
