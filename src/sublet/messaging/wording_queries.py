"""Reading a brand's own words for mails, over what it inherits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils import translation

from sublet.accounts.models import Account
from sublet.branding.queries import BrandView, account_chain, brand_of, host_view, origin, primary_host
from sublet.branding.queries.brands import donors_of
from sublet.core.rights import VENDOR
from sublet.core.wording import Wording, problems
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.messaging.kinds import speaks_for
from sublet.messaging.mail_facts import facts_of
from sublet.messaging.models import MailWording
from sublet.messaging.rendering import RenderedMail, our_wording, render_mail
from sublet.messaging.worded import STAFF, Value, WordedMail, all_kinds, kind_called

#: Where words come from: the account's own, those of one above it, or ours.
OWN, INHERITED, OURS = "own", "inherited", "ours"
_MOST_TO_CHOOSE = 50


@dataclass(frozen=True, slots=True)
class WordingState:
    """Of one kind in one language: whose words are used. `stale`: ours have changed since the own ones were written."""

    language: str
    source: str
    origin: str = ""  # the account that inherited words come from
    stale: bool = False
    broken: bool = False  # the own words lack something by now, so that what lies under them is used


@dataclass(frozen=True, slots=True)
class WordingRow:
    """One kind of mail in the list."""

    kind: WordedMail
    states: tuple[WordingState, ...]


@dataclass(frozen=True, slots=True)
class EditableWording:
    """One kind in one language as its editor sees it: what is used, and what lies under it."""

    account_id: int
    account_ref: str
    account_name: str
    account_kind: str
    kind: WordedMail
    state: WordingState
    shown: Wording
    under: Wording  # inherited, or ours
    ours: Wording
    version: int
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail that nobody gets. `pictures`: the origin that its pictures come from."""

    mail: RenderedMail
    pictures: str


def is_language(language: str) -> bool:
    """Whether mails are written in it."""
    return language in dict(settings.LANGUAGES)


def kind_named(key: str) -> WordedMail:
    """The kind of that key. Raises NotFound."""
    kind = kind_called(key)
    if kind is None:
        raise NotFound
    return kind


def kind_for(account: Account, key: str) -> WordedMail:
    """The kind of that key, where the account can word it. Raises NotFound."""
    kind = kind_named(key)
    if kind.vendor_only and account.kind != VENDOR:
        raise NotFound
    return kind


def fingerprint(wording: Wording) -> str:
    """The same for the same words."""
    told = "\x00".join((wording.subject, wording.heading, wording.body, wording.label))
    return hashlib.sha256(told.encode()).hexdigest()


_NOBODY = BrandView(
    name="", logo_url="", logo_dark_url="", icon_url="", css_url="", color="#3355cc", on_color="#ffffff", support_name="",
    support_email="", support_phone="", support_url="", support_hours="", footer="", sender_name="", language="",
    is_vendor=False,
)  # fmt: skip


@lru_cache(maxsize=1024)
def ours_of(key: str, language: str) -> Wording:
    """Our own words, made once for each process: they change with the software only."""
    return our_wording(kind_named(key), language, _NOBODY)


@lru_cache(maxsize=1024)
def _our_fingerprint(key: str, language: str) -> str:
    return fingerprint(ours_of(key, language))


def _words(row: MailWording) -> Wording:
    return Wording(subject=row.subject, heading=row.heading, body=row.body, label=row.label)


def is_usable(kind: WordedMail, wording: Wording) -> bool:
    """Whether these words still have what this kind of mail needs: a mail without its link would be of no use."""
    return not problems(wording, known=kind.known, required=kind.needed, secret=kind.secrets)


def wording_for(account: Account, kind: WordedMail | None, language: str) -> Wording | None:
    """The words in which a mail about the account goes out: of the nearest that has any, or None for ours.

    One statement. Only in the reader's own language: ours in it are better than a brand's in another.
    """
    if kind is None:
        return None
    donors = [each.id for each in donors_of(account_chain(account))]
    # unscoped: words are inherited from accounts above, as brands are
    rows = MailWording.unscoped.filter(account_id__in=donors, kind=kind.key, language=language)
    found = {row.account_id: _words(row) for row in rows}
    return next((found[donor] for donor in donors if donor in found and is_usable(kind, found[donor])), None)


def wordings_for(accounts: Sequence[Account], kinds: Iterable[WordedMail]) -> dict[tuple[int, str, str], Wording]:
    """What `wording_for` answers for each of these accounts, kinds and languages, where it is not None. One statement."""
    wanted = {kind.key: kind for kind in kinds}
    if not wanted:
        return {}
    donors = {account.id: [each.id for each in donors_of(account_chain(account))] for account in accounts}
    # unscoped: as above
    rows = MailWording.unscoped.filter(
        account_id__in={each for few in donors.values() for each in few}, kind__in=wanted
    )
    usable = {
        (row.account_id, row.kind, row.language): words
        for row in rows
        if is_usable(wanted[row.kind], words := _words(row))
    }
    found: dict[tuple[int, str, str], Wording] = {}
    for account_id, few in donors.items():
        for donor, kind, language in usable:
            if donor in few:
                nearest = next(each for each in few if (each, kind, language) in usable)
                found[account_id, kind, language] = usable[nearest, kind, language]
    return found


def account_to_show(account_ref: str) -> Account:
    """The account of that reference within the scope in force, with those above it. Raises NotFound."""
    account = Account.objects.select_related("parent__parent").filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    return account


def _state(kind: WordedMail, language: str, donors: Sequence[Account], rows: Mapping[int, MailWording]) -> WordingState:
    own = rows.get(donors[0].id)
    broken = own is not None and not is_usable(kind, _words(own))
    if own is not None:
        stale = own.ours != _our_fingerprint(kind.key, language)
        return WordingState(language, OWN, donors[0].name, stale=stale, broken=broken)
    above = next((each for each in donors[1:] if each.id in rows and is_usable(kind, _words(rows[each.id]))), None)
    return WordingState(language, INHERITED, above.name) if above is not None else WordingState(language, OURS)


def _rows(donors: Sequence[Account], **wanted: str) -> dict[tuple[str, str], dict[int, MailWording]]:
    # unscoped: as in wording_for
    rows = MailWording.unscoped.filter(account_id__in=[each.id for each in donors], **wanted)
    found: dict[tuple[str, str], dict[int, MailWording]] = {}
    for row in rows:
        found.setdefault((row.kind, row.language), {})[row.account_id] = row
    return found


def wordings(account_ref: str) -> list[WordingRow]:
    """Every kind with whose words are used in each language. Two statements. Raises NotFound."""
    account = account_to_show(account_ref)
    donors = donors_of(account_chain(account))
    rows = _rows(donors)
    languages = [code for code, _name in settings.LANGUAGES]
    return [
        WordingRow(
            kind,
            tuple(_state(kind, language, donors, rows.get((kind.key, language), {})) for language in languages),
        )
        for kind in all_kinds()
        if account.kind == VENDOR or not kind.vendor_only
    ]


def wording_to_edit(account_ref: str, key: str, language: str) -> EditableWording:
    """One kind in one language, of an account within the scope in force. Raises NotFound."""
    account = account_to_show(account_ref)
    kind = kind_for(account, key)
    if not is_language(language):
        raise NotFound
    donors = donors_of(account_chain(account))
    rows = _rows(donors, kind=key, language=language).get((key, language), {})
    ours = ours_of(key, language)
    above = (_words(rows[each.id]) for each in donors[1:] if each.id in rows)
    under = next((words for words in above if is_usable(kind, words)), ours)
    own = rows.get(account.id)
    return EditableWording(
        account_id=account.id,
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        kind=kind,
        state=_state(kind, language, donors, rows),
        shown=_words(own) if own is not None else under,
        under=under,
        ours=ours,
        version=own.version if own is not None else 0,
        changed_by=own.changed_by_name if own is not None else "",
    )


def accounts_to_show(reader: Actor) -> list[tuple[str, str]]:
    """References and names of accounts below the reader's, with which a preview may be filled in: the first by name."""
    below = Account.objects.filter(parent_id=reader.account_id).exclude(state="closed")
    return list(below.order_by("sort_name", "id").values_list("ref", "name")[:_MOST_TO_CHOOSE])


def example_values(kind: WordedMail, account: Account, reader: Actor, language: str, at: datetime) -> dict[str, Value]:
    """What the preview fills in: the account's own facts where they are known, examples for the rest, in `language`.

    Names and addresses of people below stay examples for whoever may not list people; what the app that writes the mail knows
    stays so for whoever may not see it there.
    """
    with translation.override(language):
        values = kind.examples
        told = facts_of(kind.template, account, reader, language, at)
    real: dict[str, Value] = {
        "account": account.name,
        "client": account.name,
        "inviter": reader.name,
        "who": reader.name,
    }
    real |= {"staff": reader.name, "reseller": reader.account_name, **told}
    # A mail that says ``name`` of its reader says ``person`` of somebody else.
    who = "name" if "name" in values else "person"
    if kind.audience == STAFF:
        real[who] = reader.name
    elif reader.lists_people_of(account.id):
        real |= {who: account.contact_name, "email": account.email}
    values |= {name: value for name, value in real.items() if value and name in values}
    return {**values, "url": f"{origin(primary_host(account.id))}/", **{n: fits[0] for n, fits in kind.fixed.items()}}


def preview(
    *, account_ref: str, key: str, language: str, wording: Wording, reader: Actor, at: datetime, of: str = "",
    ground: str = "light",
) -> Preview:  # fmt: skip
    """The mail that these words would make, with the facts of the account, or of one below it that `of` names, in the brand in
    which it would go out.

    Nothing is kept. Raises NotFound.
    """
    kind = kind_for(account_to_show(account_ref), key)
    if not is_language(language):
        raise NotFound
    account = account_to_show(of or account_ref)
    host = primary_host(account.id)
    speaker = speaks_for(account, kind.template)
    site = host_view(host) if speaker is account else None
    pictures = origin(host)
    brand = site.brand if site is not None else brand_of(account_chain(speaker))
    mail = render_mail(
        template=kind.template,
        brand=brand.speaking(language),
        language=language,
        context=example_values(kind, account, reader, language, at),
        origin=pictures,
        wording=wording,
        kind=kind,
        ground=ground,
    )
    return Preview(mail, pictures)
