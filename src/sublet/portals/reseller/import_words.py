"""What the pages of an import say: labels, counts, tables. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sublet.accounts.clientlists import Verdict
from sublet.accounts.queries import ColumnFact, ImportCheck, ImportFacts, ImportPage, Preview
from sublet.accounts.queries.import_check import FILTERS, PreviewRow
from sublet.core.columnwords import Field
from sublet.foundation.sheets.sentences import FIELD_LABELS
from sublet.foundation.sheets.writing import Column as FileColumn
from sublet.foundation.sheets.writing import Value
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Action
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS, write_date, write_number
from sublet.portals.shared.states import STATES
from sublet.portals.shared.tables import Column, ListState, Pager, Row, StatusCell, Table

#: The columns of the list of imports.
COLUMNS = (
    Column("file", gettext_lazy("File"), required=True),
    Column("state", gettext_lazy("State"), kind="status"),
    Column("made", gettext_lazy("New clients"), kind="number"),
    Column("passed", gettext_lazy("Known or repeated"), kind="number", priority=3),
    Column("left", gettext_lazy("Not taken in"), kind="number", priority=3),
    Column("created", gettext_lazy("Sent"), kind="datetime", priority=2),
    Column("who", gettext_lazy("By"), priority=3),
)


@dataclass(frozen=True, slots=True)
class Stat:
    """A number above the preview or in a result (``shared/stats.html``)."""

    label: str
    value: str
    url: str = ""
    icon: str = ""
    tone: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know above the preview, with the way to the rows that it is about."""

    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class RowBox:
    """The box that takes a row in."""

    line: str
    label: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class VerdictBadge:
    """How a row fares, in words."""

    tone: str
    icon: str
    label: str


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """A value with its faults beside it."""

    label: str
    text: str
    faults: tuple[str, ...]
    error: bool
    title: bool


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row of the preview. `at` names the columns with faults, which may lie out of sight. `box` is None where there is no
    choice: the row is known, repeated or refused.
    """

    line: str
    badge: VerdictBadge
    cells: tuple[PreviewCell, ...]
    faults: tuple[str, ...]
    at: tuple[str, ...]
    muted: bool
    box: RowBox | None = None


@dataclass(frozen=True, slots=True)
class FilterTab:
    """A narrowing of the preview."""

    label: str
    url: str
    count: str
    active: bool


@dataclass(frozen=True, slots=True)
class PreviewTable:
    """The preview as the page shows it. With the form are sent: the lines with a box (`optional`), those of them that are
    ticked (`coming`), and which rows these are (`only`, from `line` on).
    """

    labels: tuple[str, ...]
    rows: tuple[PreviewLine, ...]
    optional: str
    coming: str
    only: str
    line: int
    tabs: tuple[FilterTab, ...]
    previous_url: str
    next_url: str
    summary: str


@dataclass(frozen=True, slots=True)
class UndoDialog:
    """What the confirmation before taking an import back says."""

    label: str
    title: str
    text: str
    points: tuple[str, ...]
    url: str


def number(value: int) -> str:
    """A number as the language writes it."""
    return write_number(value)


# The list of imports --------------------------------------------------------------------------------------------------


def state_cell(facts: ImportFacts) -> StatusCell:
    """The state of an import as a badge."""
    if facts.checking:
        return StatusCell("running", _("Being checked"))
    return {
        "uploaded": StatusCell("pending", _("Waiting for your check"), "info", "eye"),
        "queued": StatusCell("waiting", _("Waiting to run")),
        "running": StatusCell("running"),
        "done": StatusCell("done"),
        "undoing": StatusCell("running", _("Being taken back")),
        "undone": StatusCell("canceled", _("Taken back"), "neutral", "arrow-back-up"),
        "discarded": StatusCell("canceled", _("Discarded"), "neutral", "trash"),
    }.get(facts.state, StatusCell("failed", _("Came to a halt")))


def import_table(request: SubletRequest, page: ImportPage, state: ListState) -> Table:
    """The imports of the reseller, newest first."""

    def row(facts: ImportFacts) -> Row:
        begun = facts.stored_state not in {"uploaded", "discarded"}
        return Row(
            key=facts.ref,
            label=facts.file_name,
            url="" if facts.stored_state == "discarded" else here(request, "reseller-import", ref=facts.ref),
            muted=facts.state in {"discarded", "undone"},
            menu=(Action(_("Take back"), here(request, "reseller-import", ref=facts.ref), "arrow-back-up"),)
            if facts.may_be_undone
            else (),
            cells={
                "file": facts.file_name,
                "state": state_cell(facts),
                "made": facts.made - facts.taken_back if begun else None,
                "passed": facts.known + facts.repeated if begun else None,
                "left": facts.refused + facts.left_out if begun else None,
                "created": facts.created_at,
                "who": facts.created_by,
            },
        )

    return Table(
        id="imports",
        caption=_("Lists that were sent before"),
        columns=COLUMNS,
        rows=tuple(row(facts) for facts in page.rows),
        state=state,
        pager=Pager(previous=page.previous_cursor, next=page.next_cursor, first_page=not page.previous_cursor),
    )


# The check ------------------------------------------------------------------------------------------------------------


def described(check: ImportCheck) -> str:
    """The list in a line: how many rows, what kind of file."""
    kind = {"csv": _("Text file"), "xlsx": "XLSX", "xls": "XLS", "ods": "ODS"}[check.reading.kind]
    rows = ngettext("%(number)s row", "%(number)s rows", check.reading.rows) % {"number": number(check.reading.rows)}
    return _("%(kind)s, %(rows)s. Nothing is written until you import it.") % {"kind": kind, "rows": rows}


def earlier(check: ImportCheck) -> str:
    """What it means that the very same file was imported before; empty when it was not."""
    if check.earlier is None:
        return ""
    return _("On %(date)s. Its clients are known; importing it again adds only those that are missing.") % {
        "date": write_date(check.earlier)
    }


def sureness(fact: ColumnFact) -> tuple[str, str]:
    """How sure the meaning of a column is: words and tone."""
    if not fact.field:
        return (_("Left out"), "neutral") if fact.guessed else (_("Not recognized"), "neutral")
    if fact.field != fact.guessed:
        return _("Your choice"), "brand"
    if fact.confidence >= 0.8:
        return _("Sure"), "success"
    return (_("Probable"), "info") if fact.confidence >= 0.55 else (_("A guess"), "warning")


def verdict_badge(verdict: Verdict) -> VerdictBadge:
    """How a row fares."""
    return {
        "fine": VerdictBadge("success", "plus", _("New")),
        "warned": VerdictBadge("warning", "plus", _("New, with a remark")),
        "refused": VerdictBadge("danger", "x", _("Refused")),
        "left-out": VerdictBadge("neutral", "minus", _("Left out")),
        "repeated": VerdictBadge("neutral", "copy", _("Repeated")),
        "known": VerdictBadge("neutral", "check", _("Known already")),
    }[verdict]


def check_stats(check: ImportCheck, page_url: str) -> tuple[Stat, ...]:
    """How many rows are new, known … each a way to see them."""
    found = check.facts.found

    def stat(label: str, count: int, only: str, icon: str, tone: str, hint: str = "") -> Stat:
        url = f"{page_url}?rows={only}#rows" if count else ""
        return Stat(label, number(count), url, icon, tone if count else "", hint)

    stats = [
        stat(_("New clients"), found["fine"] + found["warned"], "new", "plus", "success"),
        stat(_("With a remark"), found["warned"], "warned", "alert-triangle", "warning"),
        stat(_("Known already"), found["known"], "known", "check", ""),
        stat(_("Repeated in the list"), found["repeated"], "repeated", "copy", ""),
        stat(_("Refused"), found["refused"], "refused", "alert-circle", "danger"),
    ]
    if found["left-out"]:
        stats.insert(4, stat(_("Rows left out"), found["left-out"], "left-out", "minus", "", sums_hint(check.facts)))
    return tuple(stats)


def sums_hint(facts: ImportFacts) -> str:
    """How many of the rows that are left out look like sums; empty when none does."""
    if not facts.sums:
        return ""
    return ngettext("%(number)s looks like a sum", "%(number)s look like sums", facts.sums) % {
        "number": number(facts.sums)
    }


def sums_note(check: ImportCheck, page_url: str) -> Note | None:
    """That rows are left out which nobody has said it of; None when there are none."""
    sums = check.facts.sums
    if not sums:
        return None
    title = ngettext(
        "%(number)s row looks like a sum of the list and is left out.",
        "%(number)s rows look like sums of the list and are left out.",
        sums,
    ) % {"number": number(sums)}
    return Note(title, _("If it is a client after all, tick its row."), f"{page_url}?rows=left-out#rows")


def place_query(only: str, line: int) -> str:
    """The end of an address that shows those rows of the preview."""
    said = {"rows": only} if only in FILTERS and only != "all" else {}
    if line:
        said["line"] = str(line)
    return f"?{urlencode(said)}" if said else ""


def preview_table(check: ImportCheck, page_url: str) -> PreviewTable | None:
    """The page of rows with its filters."""
    preview = check.preview
    if preview is None:
        return None
    found = check.facts.found
    faults = found["warned"] + found["refused"] + found["left-out"] + found["repeated"]
    tabs = [("all", _("All rows"), sum(found.values())), ("faults", _("Only rows with faults"), faults)]
    if preview.only not in {"all", "faults"}:
        tabs.append((preview.only, _filter_label(preview.only), _filter_count(preview.only, found)))

    def url(line: int) -> str:
        return f"{page_url}?rows={preview.only}&line={line}" if line else ""

    return PreviewTable(
        labels=tuple(str(FIELD_LABELS[name]) for name in preview.fields),
        rows=_preview_lines(preview),
        optional=" ".join(str(row.line) for row in preview.rows if row.optional),
        coming=" ".join(str(row.line) for row in preview.rows if row.optional and row.verdict != "left-out"),
        only=preview.only,
        line=preview.rows[0].line if preview.previous and preview.rows else 0,
        tabs=tuple(
            FilterTab(label, f"{page_url}?rows={key}", number(count), key == preview.only) for key, label, count in tabs
        ),
        previous_url=url(preview.previous),
        next_url=url(preview.next),
        summary=_shown(preview),
    )


def _shown(preview: Preview) -> str:
    if not preview.rows:
        return _("No such rows")
    first, last = preview.rows[0].line, preview.rows[-1].line
    return _("Lines %(first)s to %(last)s") % {"first": number(first), "last": number(last)}


def _filter_label(only: str) -> str:
    return {
        "new": _("New clients"),
        "warned": _("With a remark"),
        "known": _("Known already"),
        "repeated": _("Repeated in the list"),
        "left-out": _("Rows left out"),
        "refused": _("Refused"),
    }[only]


def _filter_count(only: str, found: object) -> int:
    counts = found if isinstance(found, dict) else {}
    return int(counts["fine"] + counts["warned"]) if only == "new" else int(counts[only])


def _preview_lines(preview: Preview) -> tuple[PreviewLine, ...]:
    return tuple(
        PreviewLine(
            line=number(row.line),
            badge=verdict_badge(row.verdict),
            cells=tuple(
                PreviewCell(
                    label=str(FIELD_LABELS[field]),
                    text=_text(field, cell.text),
                    faults=cell.faults,
                    error=cell.error,
                    title=field == "name",
                )
                for field, cell in zip(preview.fields, row.cells, strict=True)
            ),
            faults=row.faults,
            box=RowBox(str(row.line), _box_label(row), row.verdict != "left-out") if row.optional else None,
            at=tuple(
                str(FIELD_LABELS[field]) for field, cell in zip(preview.fields, row.cells, strict=True) if cell.faults
            ),
            muted=row.verdict in {"known", "repeated", "left-out"},
        )
        for row in preview.rows
    )


def _box_label(row: PreviewRow) -> str:
    name = next((cell.text for cell in row.cells if cell.text), "")
    if not name:
        return _("Take line %(line)s in") % {"line": number(row.line)}
    return _("Take line %(line)s in: %(name)s") % {"line": number(row.line), "name": name[:60]}


def _text(field: Field, text: str) -> str:
    if field == "language":
        return AUTONYMS.get(text, text)
    if field == "state" and text in STATES:
        return str(STATES[text][2])
    return text[:300]


# Work and result ------------------------------------------------------------------------------------------------------


def work_label(facts: ImportFacts) -> str:
    """What is going on."""
    if facts.state == "failed":
        return {
            "uploaded": _("The check came to a halt"),
            "undoing": _("Taking the import back came to a halt"),
        }.get(facts.stored_state, _("The import came to a halt"))
    if facts.checking:
        return _("The list is being checked")
    return {
        "queued": _("The import begins in a moment"),
        "running": _("The clients are coming in"),
        "undoing": _("The import is being taken back"),
    }.get(facts.state, _("Done"))


def result_title(facts: ImportFacts) -> str:
    """What came of it, in one sentence."""
    if facts.state == "undone" and facts.kept:
        return ngettext(
            "The import is taken back, except for %(number)s client that is in use.",
            "The import is taken back, except for %(number)s clients that are in use.",
            facts.kept,
        ) % {"number": number(facts.kept)}
    if facts.state == "undone":
        return _("The import is taken back.")
    if facts.state == "discarded":
        return _("This list was discarded. Nothing came of it.")
    if not facts.made:
        return _("No client was new.")
    return ngettext("%(number)s client came in.", "%(number)s clients came in.", facts.made) % {
        "number": number(facts.made)
    }


def result_stats(facts: ImportFacts) -> tuple[Stat, ...]:
    """The figures of an import that is over."""
    if facts.state == "discarded":
        return ()
    stats = [Stat(_("New clients"), number(facts.made), icon="plus", tone="success" if facts.made else "")]
    if facts.state == "undone":
        stats.append(Stat(_("Taken back"), number(facts.taken_back), icon="arrow-back-up"))
        stats.append(
            Stat(_("Kept because in use"), number(facts.kept), icon="lock", tone="warning" if facts.kept else "")
        )
    stats.append(Stat(_("Known already"), number(facts.known), icon="check"))
    stats.append(Stat(_("Repeated in the list"), number(facts.repeated), icon="copy"))
    if facts.left_out:
        stats.append(Stat(_("Rows left out"), number(facts.left_out), icon="minus", hint=sums_hint(facts)))
    stats.append(Stat(_("Refused"), number(facts.refused), icon="alert-circle", tone="danger" if facts.refused else ""))
    return tuple(stats)


def undo_dialog(request: SubletRequest, facts: ImportFacts) -> UndoDialog | None:
    """The confirmation before taking back; None when there is nothing to take back."""
    running = facts.stored_state in {"queued", "running"}
    if not facts.may_be_undone and not running:
        return None
    return UndoDialog(
        label=_("Stop and take back") if running else _("Take the whole import back"),
        title=_("Take this import back?"),
        text=_("The clients that came of it are removed, as if the list had never been imported."),
        points=(
            _("Clients that are in use stay: with people, invitations, an own brand or host, or changed since."),
            _("The list itself stays with you; you can put it right and import it again."),
        ),
        url=here(request, "reseller-import-undo", ref=facts.ref),
    )


# The sample -----------------------------------------------------------------------------------------------------------

_SAMPLE_FIELDS: tuple[Field, ...] = (
    "name", "contact", "email", "phone", "mobile", "street", "postal_code", "city", "country", "language", "website",
    "tags", "created", "external_id", "notes",
)  # fmt: skip


def sample_list() -> tuple[list[FileColumn], list[list[Value]]]:
    """A small list as it is best sent, in the language now active. Its clients are invented."""
    columns = [FileColumn(str(FIELD_LABELS[name]), "date" if name == "created" else "text") for name in _SAMPLE_FIELDS]
    rows: list[list[Value]] = [
        [
            "Trattoria Bella", "Anna Conti", "anna@trattoria-bella.example", "+39 06 6982 1234", "+39 333 123 4567",
            "Via Roma 1", "00184", "Roma", "IT", "it", "https://trattoria-bella.example", _("restaurant, new"),
            date(2024, 3, 1), "1001", _("Prefers to be called in the morning"),
        ],
        [
            "Salon Zoé", "Zoé Durand", "zoe@salon-zoe.example", "+33 4 72 00 00 01", None, "12 rue Victor Hugo", "69002",
            "Lyon", "FR", "fr", None, _("hairdresser"), date(2025, 9, 15), "1002", None,
        ],
    ]  # fmt: skip
    return columns, rows
