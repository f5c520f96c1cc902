"""Lists of clients: brought in from a spreadsheet, taken back as a whole, let out again."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import File, Query, UploadedFile

from sublet.accounts import queries
from sublet.accounts.clientlists import Choices
from sublet.accounts.operations import exports, import_drafts, imports
from sublet.accounts.queries import ImportFacts, export_keys
from sublet.core.rights import RESELLER
from sublet.foundation.sheets.refusals import CannotReadSheet
from sublet.foundation.sheets.writing import Column, stream_xlsx, write_csv
from sublet.portals.api.declare import MEBIBYTE, MULTIPART, ApiRequest, Made, Routes
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.shared import (
    CSV,
    XLSX,
    Cursors,
    asked_of_clients,
    file_of,
    list_query,
    people_by_id,
    person_named,
    zone_of,
)
from sublet.portals.api.schemas.imports import (
    CheckAsked,
    ExportAsked,
    Import,
    ImportCell,
    ImportChangeIn,
    ImportCheck,
    ImportChoices,
    ImportColumn,
    ImportedClient,
    ImportedClientList,
    ImportPage,
    ImportRow,
    ImportsAsked,
    ImportStartIn,
)

routes = Routes("Lists in and out", "Client lists from a spreadsheet, and the list as a spreadsheet.")
ONLY = (RESELLER,)
SEE, DO = "clients:view", "clients:manage"
REFUSALS = [imports.CannotImportClients, CannotReadSheet]
_CHOSEN = ("country", "language", "ownership", "without_email", "closed")


def _import(facts: ImportFacts) -> Import:
    done, total = facts.progress or (None, None)
    return Import(
        ref=facts.ref,
        file_name=facts.file_name,
        state=facts.state,
        revision=facts.revision,
        checking=facts.checking,
        total=facts.total,
        made=facts.made,
        known=facts.known,
        repeated=facts.repeated,
        left_out=facts.left_out,
        refused=facts.refused,
        taken_back=facts.taken_back,
        kept=facts.kept,
        found=dict(facts.found),
        sums=facts.sums,
        may_be_undone=facts.may_be_undone,
        progress_done=done,
        progress_total=total,
        error=facts.error,
        created_by=facts.created_by,
        created_at=facts.created_at,
        finished_at=facts.finished_at,
    )


def _shown(request: ApiRequest, imported: str) -> Import:
    return _import(queries.import_facts(request.actor, imported))


@routes.get("/imports", needs=DO, kinds=ONLY, answer=ImportPage)
def list_imports(request: ApiRequest, asked: Query[ImportsAsked]) -> ImportPage:
    """List the imports, newest first."""
    cursors = Cursors("imports", request.actor)
    page = queries.imports(request.actor, cursor=cursors.place(asked), size=asked.limit)
    return ImportPage(
        items=[_import(each) for each in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.post(
    "/imports",
    needs=DO,
    kinds=ONLY,
    answer=Import,
    status=201,
    body=MULTIPART,
    most_bytes=21 * MEBIBYTE,
    refusals=REFUSALS,
)
def upload_import(request: ApiRequest, file: File[UploadedFile]) -> Made:
    """Send a list of clients, to be looked at. No client is written before it is started.

    CSV, XLSX or ODS, as spreadsheets and other systems write them: separator, encoding, headings and columns are guessed,
    and can be changed.
    """
    data = file.read()
    if not data:
        raise Invalid("file", "empty-file")
    ref = import_drafts.upload_import(file_name=file.name or "list", data=data, actor=request.actor, at=request.at)
    return Made(_shown(request, ref), f"/imports/{ref}")


@routes.get("/imports/{imported}", needs=DO, kinds=ONLY, answer=Import)
def get_import(request: ApiRequest, imported: str) -> Import:
    """Show an import, also while it is at work."""
    return _shown(request, imported)


@routes.get("/imports/{imported}/check", needs=DO, kinds=ONLY, answer=ImportCheck, refusals=[CannotReadSheet])
def check_import(request: ApiRequest, imported: str, asked: Query[CheckAsked]) -> ImportCheck:
    """Show an uploaded list as it would come in: how it is read, and each row with its faults beside it."""
    return _check(request, imported, only=asked.only, line=asked.line)


def _check(request: ApiRequest, imported: str, *, only: str = "all", line: int = 0) -> ImportCheck:
    seen = queries.import_check(request.actor, imported, only=only, line=line)
    people = people_by_id(request.actor)
    responsible = people.get(seen.choices.responsible_id or 0)
    preview = seen.preview
    return ImportCheck(
        facts=_import(seen.facts),
        kind=seen.reading.kind,
        encoding=seen.reading.encoding,
        separator=seen.reading.separator,
        sheets=list(seen.reading.sheets),
        sheet=seen.reading.sheet,
        header_line=seen.reading.header_line,
        day_first=seen.reading.day_first,
        choices=ImportChoices(
            country=seen.choices.country,
            language=seen.choices.language,
            ownership=seen.choices.ownership,
            tags=list(seen.choices.tags),
            responsible=responsible.ref if responsible else None,
            without_email=seen.choices.without_email,
            closed=seen.choices.closed,
        ),
        columns=[
            ImportColumn(
                position=each.position,
                heading=each.heading,
                samples=list(each.samples),
                field=each.field,
                guessed=each.guessed,
                confidence=each.confidence,
            )
            for each in seen.columns
        ],
        fault=seen.fault,
        earlier=seen.earlier,
        rows=[
            ImportRow(
                line=row.line,
                verdict=row.verdict,
                cells=[
                    ImportCell(
                        field=cell.field,
                        text=cell.text,
                        faults=[str(fault) for fault in cell.faults],
                        error=cell.error,
                    )
                    for cell in row.cells
                ],
                faults=[str(fault) for fault in row.faults],
                optional=row.optional,
            )
            for row in (preview.rows if preview else ())
        ],
        next_line=preview.next if preview else 0,
        previous_line=preview.previous if preview else 0,
    )


@routes.patch(
    "/imports/{imported}",
    needs=DO,
    kinds=ONLY,
    answer=ImportCheck,
    refusals=REFUSALS,
    example={"revision": 0, "mapping": {"0": "name", "1": "email"}, "tags": ["imported"]},
)
def change_import(request: ApiRequest, imported: str, body: ImportChangeIn) -> ImportCheck:
    """Decide otherwise how an uploaded list is read, what holds for every row, or which rows stay out."""
    named = body.model_fields_set
    seen = queries.import_check(request.actor, imported)
    choices: Choices = seen.choices
    chosen = {name: getattr(body, name) for name in _CHOSEN if name in named}
    if "tags" in named:
        chosen["tags"] = tuple(body.tags)
    if "responsible" in named:
        person = person_named(request.actor, body.responsible, field="responsible")
        chosen["responsible_id"] = person.user_id if person else None
    import_drafts.change_import(
        ref=imported,
        revision=body.revision,
        encoding=body.encoding or None,
        separator=body.separator or None,
        sheet=body.sheet or None,
        header_line=body.header_line,
        mapping=None if body.mapping is None else {int(place): name for place, name in body.mapping.items()},
        day_first=body.day_first if "day_first" in named else None,
        choices=replace(choices, **chosen) if chosen else None,
        leave=body.leave,
        take=body.take,
        actor=request.actor,
        at=request.at,
    )
    return _check(request, imported)


@routes.post("/imports/{imported}/start", needs=DO, kinds=ONLY, answer=Import, refusals=REFUSALS)
def start_import(request: ApiRequest, imported: str, body: ImportStartIn) -> Import:
    """Let a list come in as it was looked at. A job does it; the same again adds nothing. No mail goes to anybody."""
    imports.start_import(ref=imported, revision=body.revision, actor=request.actor, at=request.at)
    return _shown(request, imported)


@routes.post("/imports/{imported}/check-again", needs=DO, kinds=ONLY, answer=Import, refusals=REFUSALS)
def check_import_again(request: ApiRequest, imported: str) -> Import:
    """Check a list again whose check has come to a halt."""
    import_drafts.check_again(ref=imported, actor=request.actor, at=request.at)
    return _shown(request, imported)


@routes.post("/imports/{imported}/discard", needs=DO, kinds=ONLY, answer=Import, refusals=REFUSALS)
def discard_import(request: ApiRequest, imported: str) -> Import:
    """Throw an uploaded list away. Its contents are gone at once."""
    imports.discard_import(ref=imported, actor=request.actor, at=request.at)
    return _shown(request, imported)


@routes.post("/imports/{imported}/resume", needs=DO, kinds=ONLY, answer=Import, refusals=REFUSALS)
def resume_import(request: ApiRequest, imported: str) -> Import:
    """Let an import that came to a halt go on where it stopped."""
    imports.resume_import(ref=imported, actor=request.actor, at=request.at)
    return _shown(request, imported)


@routes.post("/imports/{imported}/undo", needs=DO, kinds=ONLY, answer=Import, refusals=[imports.CannotUndoImport])
def undo_import(request: ApiRequest, imported: str) -> Import:
    """Take an import back as a whole. Clients that somebody has touched since stay, and are counted as `kept`."""
    imports.undo_import(ref=imported, actor=request.actor, at=request.at)
    return _shown(request, imported)


@routes.get("/imports/{imported}/clients", needs=DO, kinds=ONLY, answer=ImportedClientList)
def list_imported_clients(request: ApiRequest, imported: str) -> ImportedClientList:
    """List clients that came of an import and are still there: the first two hundred."""
    found = queries.clients_of_import(request.actor, imported)
    return ImportedClientList(items=[ImportedClient(ref=each.ref, name=each.name) for each in found])


@routes.get("/imports/{imported}/left-rows", needs=DO, kinds=ONLY, answer=bytes, media=("text/csv",))
def get_left_rows(request: ApiRequest, imported: str) -> HttpResponseBase:
    """Download the rows that were not taken in, as CSV, each with its reason. Mended, the file can be sent again."""
    left = queries.left_rows(request.actor, imported)
    width = len(left.headings)
    columns = [Column(_("Line")), *(Column(each) for each in left.headings), Column(_("Why"))]
    rows = ([str(line), *(cells + [""] * width)[:width], why] for line, cells, why in left.rows)
    return file_of(request, write_csv(rows, columns, zone=zone_of(request)), f"{imported}.csv", CSV)


@routes.get(
    "/client-export",
    needs=SEE,
    kinds=ONLY,
    answer=bytes,
    media=("text/csv", XLSX),
    refusals=[exports.CannotExportClients],
)
def export_clients(request: ApiRequest, asked: Query[ExportAsked]) -> HttpResponseBase:
    """Download the client list as CSV or XLSX: all pages of what the same question lists.

    Who took it is written down. Cells that a spreadsheet would take for a formula are made harmless.
    """
    if asked.cursor:
        raise Invalid("cursor", "wrong-cursor")
    known = export_keys()
    for index, key in enumerate(asked.column):
        if key not in known:
            raise Invalid(f"column.{index}", "literal_error", expected=", ".join(known))
    query = list_query(
        request.actor,
        asked_of_clients(asked),
        field="responsible",
    )
    zone = zone_of(request)
    leaving = exports.export_clients(
        query=query.everything(),
        format=asked.format,
        keys=asked.column,
        people={number: person.name for number, person in people_by_id(request.actor).items()},
        languages={code: str(name) for code, name in settings.LANGUAGES},
        zone=zone,
        actor=request.actor,
        at=request.at,
    )
    if asked.format == "csv":
        return file_of(request, write_csv(leaving.rows, leaving.columns, zone=zone), "clients.csv", CSV)
    pieces = stream_xlsx(leaving.rows, leaving.columns, title=_("Clients"), zone=zone, at=request.at)
    return file_of(request, pieces, "clients.xlsx", XLSX)
