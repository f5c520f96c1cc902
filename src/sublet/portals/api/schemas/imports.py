"""Lists of clients on their way in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.accounts_in import ClientsAsked, TagIn
from sublet.portals.api.schemas.common import (
    Asked,
    Input,
    LanguageOrNone,
    Maybe,
    Next,
    Out,
    OwnershipWord,
    PageAsked,
    Previous,
    RefIn,
    Text,
    Truth,
    instant,
    number,
    ref,
    text,
)

# What goes out -------------------------------------------------------------------------------------------------------


class Import(Out):
    """A list of clients on its way in."""

    ref: Annotated[str, ref("imp", "Never changes.")]
    file_name: Annotated[str, text("", "clients.xlsx")]
    state: Annotated[
        str,
        text(
            "`uploaded` (waits to be started), `queued`, `running`, `done`, `failed` (came to a halt), `undoing`, "
            "`undone`, `discarded`.",
            "uploaded",
        ),
    ]
    revision: Annotated[int, number("Grows with each change of how the list is read; sent back to start it.", 0)]
    checking: Annotated[bool, Meta(description="The whole list is still being checked.")]
    total: Annotated[int, number("Rows in the list.", 200)]
    made: Annotated[int, number("Clients that came of it.", 187)]
    known: Annotated[int, number("Rows that are clients already.", 9)]
    repeated: Annotated[int, number("Rows that stand in the list twice.", 3)]
    left_out: Annotated[int, number("Rows left out: by choice, or because they look like sums.", 0)]
    refused: Annotated[int, number("Rows that cannot be taken in.", 1)]
    taken_back: Annotated[int, number("Clients that were removed when it was taken back.", 0)]
    kept: Annotated[int, number("Clients that stayed then, because they are in use.", 0)]
    found: Annotated[
        dict[str, int],
        Meta(
            description="What the check found: rows by verdict (`fine`, `warned`, `refused`, `left-out`, `repeated`, `known`).",
            examples=[{"fine": 180, "warned": 7, "known": 9, "repeated": 3, "refused": 1}],
        ),
    ]
    sums: Annotated[int, number("Of the rows left out: those that look like sums of the list, not like clients.", 0)]
    may_be_undone: bool
    progress_done: int | None
    progress_total: int | None
    error: Annotated[str, text("", "")]
    created_by: Annotated[str, text("", "Rosa Ricci")]
    created_at: Annotated[datetime, instant("")]
    finished_at: Maybe


class ImportPage(Out):
    """A page of imports, newest first."""

    items: list[Import]
    next: Next
    previous: Previous


class ImportColumn(Out):
    """A column of the list."""

    position: Annotated[int, number("Counts from 0.", 0)]
    heading: Annotated[str, text("", "Azienda")]
    samples: Annotated[list[str], Meta(examples=[["Bella Napoli", "Bar Roma"]])]
    field: Annotated[str, text("What it is taken as; empty: it is not taken in.", "name")]
    guessed: Annotated[str, text("What it looks like.", "name")]
    confidence: Annotated[float, Meta(description="How sure that is, 0 to 1.", examples=[0.98])]


class ImportCell(Out):
    """A value as it would be stored."""

    field: Annotated[str, text("", "email")]
    text: Annotated[str, text("", "hello@bella-napoli.example")]
    faults: Annotated[list[str], Meta(description="What is wrong with it, in words.", examples=[[]])]
    error: Annotated[bool, Meta(description="The row cannot be taken in because of it.")]


class ImportRow(Out):
    """A row as it would come in."""

    line: Annotated[int, number("In the file.", 2)]
    verdict: Annotated[str, text("`fine`, `warned`, `refused`, `left-out`, `repeated` or `known`.", "fine")]
    cells: list[ImportCell]
    faults: Annotated[
        list[str], Meta(description="What is wrong with the whole row, or why it is left out.", examples=[[]])
    ]
    optional: Annotated[bool, Meta(description="Whether it can be left out or taken in by `leave` and `take`.")]


class ImportChoices(Out):
    """What holds for every row."""

    country: Annotated[str, text("Where telephone numbers without a country code are.", "IT")]
    language: Annotated[str, text("Of clients whose row names none.", "it")]
    ownership: Annotated[str, text("", "reseller")]
    tags: Annotated[list[str], Meta(examples=[["imported"]])]
    responsible: Annotated[str | None, Meta(description="Who looks after them: reference of a person.")]
    without_email: Annotated[str, text("`take` or `leave`: rows without an address.", "take")]
    closed: Annotated[str, text("`take` or `leave`: rows that the list calls closed.", "leave")]


class ImportCheck(Out):
    """An uploaded list as it would come in."""

    facts: Import
    kind: Annotated[str, text("`csv`, `xlsx`, …", "csv")]
    encoding: Annotated[str, text("Empty for workbooks.", "utf-8")]
    separator: Annotated[str, text("Empty for workbooks.", ";")]
    sheets: Annotated[list[str], Meta(description="Of a workbook.", examples=[[]])]
    sheet: Annotated[str, text("The one that is read.", "")]
    header_line: Annotated[
        int | None, Meta(description="The line with the headings; null: there is none.", examples=[1])
    ]
    day_first: Annotated[bool, Meta(description="How dates such as 03/04/2026 are read.")]
    choices: ImportChoices
    columns: list[ImportColumn]
    fault: Annotated[str, text("Why the columns cannot be used so: `no-name`, `field-twice`; or empty.", "")]
    earlier: Annotated[Maybe, Meta(description="When the very same file was imported before.")]
    rows: Annotated[list[ImportRow], Meta(description="A page of rows; empty while the list is being checked.")]
    next_line: Annotated[int, number("The line at which the next page begins; 0: there is none.", 0)]
    previous_line: Annotated[int, number("The line at which the page before begins; 0: there is none.", 0)]


class ImportedClient(Out):
    """A client that came of an import."""

    ref: Annotated[str, ref("acc", "Never changes.")]
    name: Annotated[str, text("", "Bella Napoli")]


class ImportedClientList(Out):
    """Up to two hundred of the clients that came of an import, by name."""

    items: list[ImportedClient]


LineIn = Annotated[int, Field(ge=1, le=10_000_000)]

# What comes in -------------------------------------------------------------------------------------------------------


class ImportsAsked(PageAsked):
    """Which imports."""


class CheckAsked(Asked):
    """Which rows of the list."""

    only: Literal["all", "faults", "new", "warned", "known", "repeated", "left-out", "refused"] = "all"
    line: Annotated[int, Field(ge=0, le=10_000_000, description="The line to begin at.")] = 0


class ImportChangeIn(Input):
    """How the list is to be read, and what holds for every row. What is not named stays.

    Another encoding, separator, sheet or line of headings makes the columns be guessed anew, and `mapping` is passed over.
    Single rows, named by their lines in `leave` and `take`, stay as decided however the list is read; only another sheet
    forgets them.
    """

    revision: Annotated[int, Field(ge=0, le=1_000_000, description="The revision that was looked at.")]
    encoding: Annotated[Text, Field(max_length=40)] = ""
    separator: Annotated[Text, Field(max_length=1)] = ""
    sheet: Annotated[Text, Field(max_length=100)] = ""
    header_line: Annotated[int | None, Field(ge=0, le=10_000, description="0: there are no headings.")] = None
    mapping: Annotated[
        dict[Annotated[Text, Field(pattern=r"^[0-9]{1,4}$")], Annotated[Text, Field(max_length=40)]] | None,
        Field(
            max_length=200,
            description="Position of the column → field; others are not taken in.",
            examples=[{"0": "name"}],
        ),
    ] = None
    day_first: Truth = False
    country: Annotated[Text, Field(pattern=r"^([A-Z]{2})?$", examples=["IT"])] = ""
    language: LanguageOrNone = ""
    ownership: OwnershipWord = "reseller"
    tags: Annotated[list[TagIn], Field(max_length=5, examples=[["imported"]])] = []
    responsible: Annotated[RefIn | None, Field(description="Reference of a person.")] = None
    without_email: Literal["take", "leave"] = "take"
    closed: Literal["take", "leave"] = "leave"
    leave: Annotated[
        list[LineIn], Field(max_length=10_000, description="Lines of rows that stay out.", examples=[[32]])
    ] = []
    take: Annotated[
        list[LineIn],
        Field(max_length=10_000, description="Lines of rows that come in although they are left out.", examples=[[7]]),
    ] = []


class ImportStartIn(Input):
    """Let the list come in as it was looked at."""

    revision: Annotated[int, Field(ge=0, le=1_000_000, examples=[0])]


class ExportAsked(ClientsAsked):
    """What leaves, and as what."""

    format: Literal["csv", "xlsx"] = "csv"
    column: Annotated[
        list[Annotated[Text, Field(max_length=40)]], Field(max_length=40, description="Left out: all of them.")
    ] = []
