"""Bringing a list of clients in: upload, check, import, what came of it, taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import ColumnFact, ImportCheck, ImportFacts
from sublet.core.peopledata import Way
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.foundation.sheets.refusals import CannotReadSheet
from sublet.foundation.sheets.writing import SEPARATOR_BY_LANGUAGE, Column, Value, stream_xlsx, write_csv
from sublet.people import queries as people_queries
from sublet.portals.reseller import import_words as words
from sublet.portals.reseller.forms_imports import CheckForm, UploadForm
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Action, Crumb, Progress, Step
from sublet.portals.shared.files import TYPES, file_answer
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.progress import progress_answer
from sublet.portals.shared.tables import read_list_state
from sublet.portals.shared.words import clients_called

READ_FAULTS = {"bad-encoding": "encoding", "unknown-encoding": "encoding", "no-such-sheet": "sheet"}


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file on the page: what it holds, the field of the form, how sure the guess is."""

    fact: ColumnFact
    field: Any
    sureness: str
    tone: str


# Upload ---------------------------------------------------------------------------------------------------------------


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SubletRequest) -> HttpResponseBase:
    """The place for a file, and the lists that were sent before."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                ref = account_operations.upload_import(
                    file_name=file.name or "", data=file.read(), actor=request.actor, at=now()
                )
            except Refusal as refusal:
                form.add_error("file", refusal.sentence)
            else:
                return HttpResponseRedirect(here(request, "reseller-import", ref=ref))
    page = account_queries.imports(request.actor, cursor=request.GET.get("cursor", ""))
    state = read_list_state(request.GET, columns=words.COLUMNS, default_sort="created")
    context = {
        "form": form,
        "table": words.import_table(request, page, state),
        "earlier": bool(page.rows) or bool(state.cursor),
        "confined": request.actor.reach is not None,
        "actions": (Action(_("Signals from a spreadsheet"), here(request, "reseller-signal-imports"), "activity"),),
        "steps": _steps("upload"),
        "crumbs": (Crumb(clients_called(request), here(request, "reseller-clients")), Crumb(_("Imports"))),
    }
    return render(request, "reseller/imports/imports.html", context, status=status)


@needs("clients:manage", portal="reseller")
@require_safe
def sample(request: SubletRequest) -> HttpResponseBase:
    """A list to begin with, its headings in the language of the page."""
    columns, rows = words.sample_list()
    return _file(request, columns, rows, name=_("Sample of a client list"))


def _file(
    request: SubletRequest, columns: Sequence[Column], rows: Iterable[Sequence[Value]], *, name: str
) -> HttpResponseBase:
    kind = request.GET.get("format", "")
    kind = kind if kind in TYPES else "xlsx"
    if kind == "xlsx":
        return file_answer(stream_xlsx(rows, columns, title=name), kind=kind, name=name)
    separator = SEPARATOR_BY_LANGUAGE.get(get_language() or "en", ",")
    return file_answer(write_csv(rows, columns, separator=separator), kind=kind, name=name)


def _steps(current: str) -> tuple[Step, ...]:
    labels = {"upload": _("Upload"), "check": _("Check"), "import": _("Import")}
    names = list(labels)
    at = names.index(current) if current in names else len(names)
    return tuple(
        Step(labels[name], "done" if place < at else "current" if place == at else "coming")
        for place, name in enumerate(names)
    )


# Check ----------------------------------------------------------------------------------------------------------------


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: SubletRequest, ref: str) -> HttpResponseBase:
    """An import as far as it has come: the check before it, how far it is, what came of it. By POST what is decided
    otherwise, and with ``do=start`` the import itself."""
    if request.method == "POST":
        return _decide(request, ref)
    facts = account_queries.import_facts(request.actor, ref)
    if facts.stored_state == "uploaded":
        return _check_page(request, ref)
    if facts.at_work or facts.state == "failed":
        return _progress_page(request, facts)
    return _result_page(request, facts)


def _decide(request: SubletRequest, ref: str) -> HttpResponseBase:
    actor, at = request.actor, now()
    facts = account_queries.import_facts(actor, ref)
    if facts.stored_state != "uploaded":
        return HttpResponseRedirect(here(request, "reseller-import", ref=ref))  # sent twice: it has begun
    decided = account_queries.import_decisions(actor, ref)
    staff = people_queries.staff(actor)
    form = CheckForm(
        request.POST, reading=decided.reading, choices=decided.choices, revision=facts.revision, staff=staff
    )
    if not form.is_valid():
        return _check_page(request, ref, form=form, status=422)
    try:
        revision = account_operations.change_import(ref=ref, **form.decisions(decided.choices), actor=actor, at=at)
        if request.POST.get("do") == "start" and revision == form.cleaned_data["revision"]:
            account_operations.start_import(ref=ref, revision=revision, actor=actor, at=at)
        elif request.POST.get("do") == "start":
            info(request, _("The list has been read anew. Look at it once more, then import it."))
    except Refusal as refusal:
        if isinstance(refusal, CannotReadSheet):
            refusal.field = READ_FAULTS.get(refusal.code, "")
        form.refuse(refusal)
        return _check_page(request, ref, form=form, status=refusal.status)
    if request.htmx and not request.htmx.boosted:
        return _check_page(request, ref)
    return HttpResponseRedirect(here(request, "reseller-import", ref=ref) + words.place_query(*_place(request)))


def _place(request: SubletRequest) -> tuple[str, int]:
    """Which rows of the preview are looked at: those that the address says, after a change those that were shown."""
    said = request.POST if request.method == "POST" else request.GET
    line = said.get("line", "")
    return said.get("rows", "all"), int(line) if line.isascii() and line.isdigit() and len(line) < 9 else 0


def _check_page(request: SubletRequest, ref: str, *, form: CheckForm | None = None, status: int = 200) -> HttpResponse:
    actor = request.actor
    only, line = _place(request)
    check = account_queries.import_check(actor, ref, only=only, line=line)
    shown = CheckForm(
        reading=check.reading,
        choices=check.choices,
        revision=check.facts.revision,
        staff=people_queries.staff(actor),
        suggestions=account_queries.tags_in_use(actor),
        header_lines=check.header_lines,
    )
    found = check.facts.found
    new = found.get("fine", 0) + found.get("warned", 0)
    at = here(request, "reseller-import", ref=ref)
    context = {
        "check": check,
        "facts": check.facts,
        "form": shown,
        "faulty": form,
        "lines": _lines(check, shown),
        "mapping_fault": _mapping_sentence(check),
        "stats": words.check_stats(check, at) if check.preview else (),
        "sums": words.sums_note(check, at) if check.preview else None,
        "preview": words.preview_table(check, at) if check.preview else None,
        "progress": _progress(request, check.facts) if check.facts.checking else None,
        "new": new,
        "start_label": ngettext("Import %(number)s client", "Import %(number)s clients", new)
        % {"number": words.number(new)},
        "here_url": at,
        "discard_url": here(request, "reseller-import-discard", ref=ref),
        "resume_url": here(request, "reseller-import-resume", ref=ref),
        "steps": _steps("check"),
        "crumbs": _crumbs(request, check.facts),
        "description": words.described(check),
        "earlier_text": words.earlier(check),
    }
    part = bool(request.htmx) and not request.htmx.boosted and request.method == "POST"
    template = "reseller/imports/part_check.html" if part else "reseller/imports/check.html"
    return render(request, template, context, status=status)


def _lines(check: ImportCheck, form: CheckForm) -> tuple[ColumnLine, ...]:
    lines = []
    for fact in check.columns:
        name = f"column-{fact.position}"
        if name in form.fields:
            sureness, tone = words.sureness(fact)
            lines.append(ColumnLine(fact, form[name], sureness, tone))
    return tuple(lines)


def _mapping_sentence(check: ImportCheck) -> str:
    return account_operations.CannotImportClients(check.fault, field="mapping").sentence if check.fault else ""


def _crumbs(request: SubletRequest, facts: ImportFacts) -> tuple[Crumb, ...]:
    return (
        Crumb(clients_called(request), here(request, "reseller-clients")),
        Crumb(_("Imports"), here(request, "reseller-imports")),
        Crumb(facts.file_name),
    )


@needs("clients:manage", portal="reseller")
@require_POST
def discard(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Throw an uploaded list away."""
    account_operations.discard_import(ref=ref, actor=request.actor, at=now())
    success(request, _("The list is discarded. Nothing was imported."))
    return HttpResponseRedirect(here(request, "reseller-imports"))


# On its way, and after it ---------------------------------------------------------------------------------------------


def _progress(request: SubletRequest, facts: ImportFacts) -> Progress:
    done, total = facts.progress or (0, facts.total)
    return Progress(
        label=words.work_label(facts),
        done=done,
        total=total,
        url=here(request, "reseller-import-progress", ref=facts.ref),
        finished=not facts.at_work,
        failed=facts.state == "failed",
        note=_("You can leave this page; the work goes on.") if facts.at_work else facts.error,
    )


def _progress_page(request: SubletRequest, facts: ImportFacts) -> HttpResponse:
    context = {
        "facts": facts,
        "progress": _progress(request, facts),
        "failed": facts.state == "failed",
        "resume_url": here(request, "reseller-import-resume", ref=facts.ref),
        "undo": words.undo_dialog(request, facts),
        "clients_url": here(request, "reseller-clients"),
        "steps": _steps("import") if facts.stored_state != "undoing" else (),
        "crumbs": _crumbs(request, facts),
    }
    return render(request, "reseller/imports/progress.html", context)


@needs("clients:manage", portal="reseller")
@require_safe
def progress(request: SubletRequest, ref: str) -> HttpResponseBase:
    """How far the work is, asked each second; when it is over, the page itself is asked for again."""
    facts = account_queries.import_facts(request.actor, ref)
    page = here(request, "reseller-import", ref=ref)
    return progress_answer(request, _progress(request, facts), at_work=facts.at_work, page=page)


@needs("clients:manage", portal="reseller")
@require_POST
def resume(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Let what came to a halt go on: the check, the import, or its taking back."""
    actor, at = request.actor, now()
    if account_queries.import_facts(actor, ref).stored_state == "uploaded":
        account_operations.check_again(ref=ref, actor=actor, at=at)
    else:
        account_operations.resume_import(ref=ref, actor=actor, at=at)
    return HttpResponseRedirect(here(request, "reseller-import", ref=ref))


def _result_page(request: SubletRequest, facts: ImportFacts) -> HttpResponse:
    undone = facts.state == "undone"
    kept = account_queries.clients_of_import(request.actor, facts.ref) if undone and facts.kept else []
    takes = request.actor.gets_people(Way.FILE)
    left = takes and facts.state == "done" and account_queries.has_left_rows(request.actor, facts.ref)
    context = {
        "facts": facts,
        "title": words.result_title(facts),
        "stats": words.result_stats(facts),
        "left_url": here(request, "reseller-import-left", ref=facts.ref) if left else "",
        "kept": [(client.name, here(request, "reseller-client", ref=client.ref)) for client in kept],
        "kept_more": max(facts.kept - len(kept), 0) if undone else 0,
        "undo": words.undo_dialog(request, facts),
        "clients_url": here(request, "reseller-clients") + "?sort=-created",
        "again_url": here(request, "reseller-import-new"),
        "steps": _steps("done") if facts.state == "done" else (),
        "crumbs": _crumbs(request, facts),
    }
    return render(request, "reseller/imports/result.html", context)


@needs("clients:manage", portal="reseller")
@require_POST
def undo(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Take the import back as a whole."""
    account_operations.undo_import(ref=ref, actor=request.actor, at=now())
    return HttpResponseRedirect(here(request, "reseller-import", ref=ref))


@needs("clients:manage", portal="reseller")
@require_safe
def left(request: SubletRequest, ref: str) -> HttpResponseBase:
    """The rows that were not taken in, with the reason beside each, to be put right and sent again."""
    found = account_queries.left_rows(request.actor, ref)
    columns = [
        Column(_("Line"), "number"),
        Column(_("Why it was not taken in")),
        *(Column(found.headings[at] if at < len(found.headings) else "") for at in range(found.width)),
    ]
    blank = [""] * found.width
    rows: Iterable[list[Value]] = ([line, why, *(cells + blank)[: found.width]] for line, cells, why in found.rows)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return _file(request, columns, rows, name=f"{stem} {_('not taken in')}")
