"""The hand-over sheet on pages: ways to it in each language, and the file."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from sublet.foundation.clock import now
from sublet.people import queries as people_queries
from sublet.portals.shared.components import Action
from sublet.portals.shared.files import file_word
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS


@dataclass(frozen=True, slots=True)
class SheetLinks:
    """The sheet in the language that it is wanted in, and in the others."""

    url: str
    others: tuple[Action, ...]


def sheet_links(url: str, language: str) -> SheetLinks:
    """The ways to a sheet at `url`."""
    first = language if language in AUTONYMS else "en"
    return SheetLinks(
        url=_in_language(url, first),
        others=tuple(
            Action(name, _in_language(url, code), "download", download=True)
            for code, name in AUTONYMS.items()
            if code != first
        ),
    )


def _in_language(url: str, language: str) -> str:
    return f"{url}?{urlencode({'language': language})}"


def sheet_answer(request: SubletRequest, account_ref: str) -> HttpResponseBase:
    """The sheet of an account as a file, in ``?language=``."""
    sheet = people_queries.handover_sheet(
        request.actor, account_ref=account_ref, language=request.GET.get("language", ""), at=now()
    )
    answer = HttpResponse(sheet.pdf, content_type="application/pdf")
    name = file_word(f"{_('Access')} {sheet.account_name} {sheet.language}")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf") or ""
    return answer
