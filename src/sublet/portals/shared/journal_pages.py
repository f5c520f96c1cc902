"""What pages of a journal share: the form that narrows it, the question it asks, and the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sublet.foundation.clock import now
from sublet.foundation.journal.queries import EntryPage, history
from sublet.foundation.sheets.writing import SEPARATOR_BY_LANGUAGE, stream_xlsx, write_csv
from sublet.people import operations
from sublet.portals.shared.components import Action
from sublet.portals.shared.files import TYPES, file_answer
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.shell import Text
from sublet.portals.shared.tables import Pager
from sublet.portals.shared.visits import acting_note

#: Kinds of event as people think of them: the word in the address → what it is called, and how the events' names begin.
GROUPS: Mapping[str, tuple[Text, tuple[str, ...]]] = {
    "account": (
        gettext_lazy("Account"),
        (
            "account.", "move.", "client.", "clients.", "client_list.", "reseller.", "direct_account.", "vendor.", "demonstration.",
            "prospect.", "ownership.", "import.", "journal.", "view.", "usage.", "signals.",
        ),
    ),
    "subscription": (gettext_lazy("Subscription"), ("subscription.", "add_on.", "trial.", "client_settings.", "settings_template.")),
    "money": (
        gettext_lazy("Money"),
        (
            "invoice.", "invoices.", "billing.", "bank.", "issuer.", "recipient.", "vat_id.", "gateway.", "payment.",
            "payment_method.", "payment_link.", "refund.", "dispute.", "dunning.", "effort.", "payout.", "sandbox.",
        ),
    ),
    "prices": (
        gettext_lazy("Prices"),
        (
            "retail_price.", "retail_floor.", "mark_up.", "currency_rate.", "price_sharing.", "price_letters.", "promotion.",
            "contract.", "extra.", "usual_discount.", "wholesale_terms.", "wholesale_commitment.",
        ),
    ),
    "use": (gettext_lazy("Use and limits"), ("limit.", "cap.", "top_up.", "managed_service.", "pool.", "portion.", "share.")),
    "team": (
        gettext_lazy("Team"),
        ("collaborator.", "invitation.", "directory.", "person.", "password.", "section.", "section_service.", "staff_team."),
    ),
    "visits": (gettext_lazy("Visits"), ("impersonation.",)),
    "access": (gettext_lazy("Access"), ("grant.", "access.", "access_rules.", "sign_on.", "company_log_in.")),
    "brand": (gettext_lazy("Brand"), ("brand.", "brands.", "host.", "wording.", "vendor_word.", "scan.")),
    "keys": (gettext_lazy("API keys"), ("api_key.", "webhook.")),
    "mails": (gettext_lazy("Mails"), ("mail.", "mail_server.", "sender.", "sender_domain.", "suppression.")),
    "changes": (gettext_lazy("In the product"), ("product.",)),
    "product": (gettext_lazy("Product"), ("manifest.", "application.", "signing_keys.")),
    "jobs": (gettext_lazy("Jobs"), ("job.", "schedule.", "maintenance.")),
}  # fmt: skip
#: What the vendor alone records: its own page offers them.
OF_VENDOR = {"product", "jobs"}


#: The three answers to “in visits?”, and what `history` is asked for each.
IN_VISITS: Sequence[tuple[str, Text]] = (
    ("", gettext_lazy("Everything")),
    ("yes", gettext_lazy("Only in visits")),
    ("no", gettext_lazy("Only outside of visits")),
)
VISITS_ASKED: Mapping[str, bool] = {"yes": True, "no": False}


class PeriodForm(SubletForm):
    """A form with `since` and `until`: an end before the beginning would look as if nothing had happened."""

    def clean(self) -> dict[str, Any]:
        """Refuse such an end."""
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since is not None and until is not None and until < since:
            self.add_error("until", _("This day is before the first one."))
        return values


class NarrowForm(PeriodForm):
    """What narrows a journal. Dates are days in the time zone of whoever looks."""

    q = forms.CharField(label=gettext_lazy("Words"), max_length=200, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        required=False,
        choices=[
            ("", gettext_lazy("Everything")),
            *((key, label) for key, (label, _starts) in GROUPS.items() if key not in OF_VENDOR),
        ],
    )
    person = forms.CharField(label=gettext_lazy("Who"), max_length=100, required=False)
    visits = forms.ChoiceField(label=gettext_lazy("In visits"), required=False, choices=IN_VISITS)
    since = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("Up to"), required=False)

    def question(self) -> dict[str, Any]:
        """What `history` is asked; a field with a fault narrows nothing."""
        asked = self.cleaned_data
        since, until = asked.get("since"), asked.get("until")
        found: dict[str, Any] = {
            "words": str(asked.get("q") or ""),
            "events": GROUPS[asked["kind"]][1] if asked.get("kind") else (),
            "person": str(asked.get("person") or "").strip(),
            "in_visits": VISITS_ASKED.get(asked.get("visits") or ""),
        }
        if since is not None:
            found["since"] = _midnight(since)
        if until is not None:
            found["until"] = _midnight(until + timedelta(days=1))
        return found


def told_of(form: forms.Form) -> list[tuple[str, str]]:
    """What a form narrows, in words: label and value of each field that has one."""
    found = []
    for field in form:
        value = form.cleaned_data.get(field.name)
        if isinstance(value, date):
            found.append((str(field.label), write_date(value)))
        elif value:
            shown = next((label for code, label in _flat(getattr(field.field, "choices", ())) if code == value), value)
            found.append((str(field.label), str(shown)))
    return found


def _flat(choices: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Choices without the groups that they stand in."""
    for code, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield code, label


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A page of a journal and the form that narrowed it."""

    form: NarrowForm
    page: EntryPage
    question: Mapping[str, Any]

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for."""
        return any(value not in ("", None, ()) for value in self.question.values())

    def context(self, request: SubletRequest) -> dict[str, Any]:
        """For the templates: `narrow_form`, `narrowed`, `narrow_told`, `pager`, `downloads` (Action)."""
        return {
            "narrow_form": self.form,
            "narrowed": self.narrowed,
            "narrow_told": told_of(self.form),
            "clear_url": request.get_full_path().partition("?")[0],
            "pager": Pager(
                previous=self.page.previous_cursor,
                next=self.page.next_cursor,
                first_page=not self.page.previous_cursor,
            ),
            "downloads": downloads_of(request),
        }


def downloads_of(request: SubletRequest) -> tuple[Action, ...]:
    """The files of what the page means, all of it."""
    words = request.GET.copy()
    words.pop("cursor", None)
    downloads = []
    for kind in TYPES:
        words["format"] = kind
        downloads.append(Action(kind.upper(), f"?{words.urlencode()}", "download", download=True))
    return tuple(downloads)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def narrowed_journal(
    request: SubletRequest,
    *,
    account_id: int | None,
    about: str,
) -> Narrowed | HttpResponseBase:
    """The page that the address asks for; with ``format=csv`` or ``xlsx`` the file of everything that it means.

    `account_id` is one that the view has found for the actor; None: the accounts below the actor's. A client's own people
    read what is for them.
    """
    form = NarrowForm(request.GET)
    form.is_valid()  # what is wrong is left out, and shown beside its field
    question = form.question()
    kind = request.GET.get("format", "")
    if kind in TYPES and request.method != "HEAD":
        return journal_file(request, kind, account_id, about, question)
    page = history(
        request.actor, account_id=account_id, below=True, cursor=request.GET.get("cursor", "")[:60], **question
    )
    return Narrowed(form=form, page=page, question=question)


def journal_file(
    request: SubletRequest,
    kind: str,
    account_id: int | None,
    about: str,
    question: Mapping[str, Any],
) -> HttpResponseBase:
    """The journal as a file of that kind; `question` narrows it as in `journal.queries.history`."""
    at, zone = now(), timezone.get_current_timezone()
    columns, rows = operations.export_journal(
        format=kind, account_id=account_id, about=about, asked=question, actor=request.actor, at=at
    )
    title, note = _("Journal"), acting_note(request)
    if kind == "xlsx":
        pieces = stream_xlsx(rows, columns, title=title, zone=zone, at=at.replace(tzinfo=None), note=note)
    else:
        separator = SEPARATOR_BY_LANGUAGE.get(get_language() or "en", ",")
        pieces = write_csv(rows, columns, separator=separator, zone=zone, note=note)
    day = at.astimezone(zone).date().isoformat()
    return file_answer(pieces, kind=kind, name=f"{about or request.actor.account_name} {title} {day}")
