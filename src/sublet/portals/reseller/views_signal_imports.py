"""Bringing a spreadsheet of signals in: upload, check, what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.catalog.queries import offer
from sublet.core.signalsheets import CellFault
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.foundation.sheets.writing import SEPARATOR_BY_LANGUAGE, Column, write_csv
from sublet.portals.reseller.forms_signals import SignalColumnsForm, SignalUploadForm
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Crumb, Fact, Progress, Step
from sublet.portals.shared.files import file_answer
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.offer_words import SIGNAL_WORDS
from sublet.portals.shared.progress import progress_answer
from sublet.portals.shared.signal_words import value_words
from sublet.portals.shared.words import clients_called
from sublet.signals import operations, queries
from sublet.signals.queries import SignalImportCheck, SignalImportFacts
from sublet.signals.sheets import Line


def _crumbs(request: SubletRequest, last: str = "") -> tuple[Crumb, ...]:
    first = (Crumb(clients_called(request), here(request, "reseller-clients")),)
    if not last:
        return (*first, Crumb(_("Signals")))
    return (*first, Crumb(_("Signals"), here(request, "reseller-signal-imports")), Crumb(last))


def _steps(current: str) -> tuple[Step, ...]:
    labels = {"upload": _("Upload"), "check": _("Check"), "import": _("Import")}
    at = list(labels).index(current) if current in labels else len(labels)
    return tuple(
        Step(label, "done" if place < at else "current" if place == at else "coming")
        for place, label in enumerate(labels.values())
    )


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SubletRequest) -> HttpResponseBase:
    """The place for a file, and the lists that were sent before."""
    form = SignalUploadForm(request.POST, request.FILES) if request.method == "POST" else SignalUploadForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                ref = operations.upload_signals(
                    file_name=file.name or "", data=file.read(), actor=request.actor, at=now()
                )
            except Refusal as refusal:
                form.add_error("file", refusal.sentence)
            else:
                return HttpResponseRedirect(here(request, "reseller-signal-import", ref=ref))
    context = {
        "form": form,
        "offered": bool(offer().signals),
        "earlier": [
            (row, _came_to(row), here(request, "reseller-signal-import", ref=row.ref))
            for row in queries.signal_imports(request.actor)
        ],
        "sample_url": here(request, "reseller-signal-sample"),
        "steps": _steps("upload"),
        "crumbs": _crumbs(request),
    }
    return render(request, "reseller/signal_imports.html", context, status=status)


def _came_to(row: SignalImportFacts) -> str:
    words = {
        "uploaded": _("Waiting for your check"),
        "queued": _("Running"),
        "discarded": _("Discarded"),
        "failed": _("Failed"),
    }
    return words.get(row.state) or _("%(number)s new facts") % {"number": write_number(row.facts_new)}


@needs("clients:manage", portal="reseller")
@require_safe
def sample(request: SubletRequest) -> HttpResponseBase:
    """A list to begin with: one column for each signal, its heading in the language of the page."""
    columns = [Column(_("Client")), *(Column(name_of(signal.name)) for signal in offer().signals.values())]
    rows: Iterator[list[str]] = iter(())
    separator = SEPARATOR_BY_LANGUAGE.get(get_language() or "en", ",")
    return file_answer(write_csv(rows, columns, separator=separator), kind="csv", name=_("Sample of a list of signals"))


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: SubletRequest, ref: str) -> HttpResponseBase:
    """A list as far as it has come. By POST what its columns tell, and with ``do=start`` the import itself."""
    facts = queries.signal_import(request.actor, ref)
    if facts.state == "uploaded":
        return _check(request, facts)
    if request.method == "POST":
        return HttpResponseRedirect(here(request, "reseller-signal-import", ref=ref))  # sent twice: it has begun
    context = {
        "facts": facts,
        "progress": _progress(request, facts),
        "figures": (
            Fact(_("Facts that are new"), write_number(facts.facts_new)),
            Fact(_("Known already"), write_number(facts.facts_known)),
            Fact(_("Faults"), write_number(facts.faults)),
        ),
        "clients_url": here(request, "reseller-clients"),
        "again_url": here(request, "reseller-signal-imports"),
        "steps": _steps("import" if facts.state in {"queued", "failed"} else "done"),
        "crumbs": _crumbs(request, facts.file_name),
    }
    return render(request, "reseller/signal_import.html", context)


def _check(request: SubletRequest, facts: SignalImportFacts) -> HttpResponseBase:
    check = queries.check_signal_import(request.actor, facts.ref)
    if request.method != "POST":
        return _check_page(request, check)
    form = SignalColumnsForm(request.POST, columns=check.columns)
    if not form.is_valid():
        return _check_page(request, check, faulty=form, status=422)
    actor, at = request.actor, now()
    try:
        revision = operations.change_signal_import(ref=facts.ref, meanings=form.meanings(), actor=actor, at=at)
        if request.POST.get("do") == "start":
            seen = revision if form.cleaned_data["revision"] == revision else 0
            operations.start_signal_import(ref=facts.ref, revision=seen, actor=actor, at=at)
    except Refusal as refusal:
        form.refuse(refusal)
        anew = queries.check_signal_import(actor, facts.ref)
        return _check_page(request, anew, faulty=form, status=refusal.status)
    return HttpResponseRedirect(here(request, "reseller-signal-import", ref=facts.ref))


def _check_page(
    request: SubletRequest, check: SignalImportCheck, *, faulty: SignalColumnsForm | None = None, status: int = 200
) -> HttpResponse:
    form = SignalColumnsForm(columns=check.columns, revision=check.facts.revision)
    context = {
        "facts": check.facts,
        "faulty": faulty,
        "revision": form["revision"],
        "columns": [(column, form[f"column-{column.position}"]) for column in check.columns],
        "fault": operations.CannotImportSignals(check.fault).sentence if check.fault else "",
        "figures": (
            Fact(_("Facts"), write_number(check.told)),
            Fact(clients_called(request), write_number(check.clients)),
            Fact(_("Faults"), write_number(check.faults)),
        ),
        "lines": [(line, _told(line)) for line in check.lines],
        "faulty_lines": [(line.number, _faults(line, check)) for line in check.faulty],
        "startable": not check.fault and check.told > 0,
        "discard_url": here(request, "reseller-signal-import-discard", ref=check.facts.ref),
        "steps": _steps("check"),
        "crumbs": _crumbs(request, check.facts.file_name),
    }
    return render(request, "reseller/signal_import_check.html", context, status=status)


def _told(line: Line) -> list[str]:
    signals = offer().signals
    return [
        _("%(signal)s: %(value)s") % {"signal": name_of(signals[key].name), "value": value_words(signals[key], value)}
        + ("" if value.moment is not None else f" ({write_datetime(at)})")
        for key, at, value in line.read.facts
    ]


def _faults(line: Line, check: SignalImportCheck) -> list[str]:
    found = [_fault(fault, check) for fault in line.read.faults]
    if line.account_id is None and line.read.client:
        pattern = _("Several clients are called “%(name)s”.") if line.several else _("No client is called “%(name)s”.")
        found.append(pattern % {"name": line.read.client[:60]})
    return found


def _fault(fault: CellFault, check: SignalImportCheck) -> str:
    heading = next((column.heading for column in check.columns if column.position == fault.column), "")
    if fault.code == "no-client":
        return _("The line names no client.")
    if fault.code == "wrong-date":
        return _("“%(text)s” in “%(column)s” is no date.") % {"text": fault.text, "column": heading}
    kind = SIGNAL_WORDS[fault.kind]
    return _("“%(text)s” in “%(column)s” does not fit. Expected: %(kind)s") % {
        "text": fault.text,
        "column": heading,
        "kind": kind,
    }


@needs("clients:manage", portal="reseller")
@require_POST
def discard(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Throw an uploaded list away."""
    operations.discard_signal_import(ref=ref, actor=request.actor, at=now())
    success(request, _("The list is discarded. Nothing was imported."))
    return HttpResponseRedirect(here(request, "reseller-signal-imports"))


def _progress(request: SubletRequest, facts: SignalImportFacts) -> Progress:
    at_work = facts.state == "queued"
    return Progress(
        label=_("The facts are taken in") if at_work else _("Failed") if facts.state == "failed" else _("Done"),
        done=facts.done,
        total=facts.total,
        url=here(request, "reseller-signal-import-progress", ref=facts.ref),
        finished=not at_work,
        failed=facts.state == "failed",
        note=_("You can leave this page; the work goes on.") if at_work else "",
    )


@needs("clients:manage", portal="reseller")
@require_safe
def progress(request: SubletRequest, ref: str) -> HttpResponseBase:
    """How far the work is, asked each second; when it is over, the page itself is asked for again."""
    facts = queries.signal_import(request.actor, ref)
    page = here(request, "reseller-signal-import", ref=ref)
    return progress_answer(request, _progress(request, facts), at_work=facts.state == "queued", page=page)
