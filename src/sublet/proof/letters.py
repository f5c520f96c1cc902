"""What a scan looks at of mails: those that were written, and each kind in each language as it would leave now.

Kinds that a brand words (`messaging.worded`) with their example values; those that nobody words with the values that the app
which writes them has declared (`messaging.kinds`). Headers are those of the message itself, as the mail server is given it.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from django.conf import settings

from sublet.accounts.models import Account
from sublet.branding.queries import BrandView, account_chain, brand_of, host_view, origin
from sublet.core.findings import Found
from sublet.core.leaks import Word, find
from sublet.core.rights import CLIENT, VENDOR
from sublet.messaging import senders
from sublet.messaging.gateway import compose
from sublet.messaging.kinds import declared, kind_of, speaks_for
from sublet.messaging.models import OutboxMail
from sublet.messaging.rendering import header_text, render_mail
from sublet.messaging.worded import STAFF, Value, WordedMail, all_kinds
from sublet.messaging.wording_queries import wording_for
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.pictures import is_shown
from sublet.proof.walk import Told, untold

MOST_MAILS = 200
#: So many mails with a finding are shown in a browser; of the others the line is drawn.
MOST_SHOWN, _LARGEST_SHOWN = 40, 200_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A kind of mail with the values that it is written with; `kind` is None for one that nobody words."""

    key: str
    template: str
    values: Mapping[str, Value]
    secret: bool = False
    kind: WordedMail | None = None


def sent_mails(looking: Looking, into: Gathered, told: Told = untold) -> None:
    """The newest mails as they went out; those with a one-time link or code without it."""
    for mail in OutboxMail.objects.filter(account=looking.account).order_by("-id")[:MOST_MAILS]:
        heads = {
            "From": f"{mail.from_name} <{mail.from_email}>",
            "Reply-To": mail.reply_to,
            "Subject": mail.subject,
            "Message-ID": mail.message_id,
        }
        # A one-time link that still waits must not come to stand in a finding: read as the outbox shows them.
        plain, html = (mail.shown_text, mail.shown_html) if mail.secret else (mail.text, mail.html)
        found = list(_of_mail(mail.template, "", heads, plain, html, looking.words))
        _keep_html(into, found, html)
        into.add(found)
        told(into.looked_at, into.looked_at)


def every_mail(looking: Looking, into: Gathered, told: Told = untold) -> None:
    """Each kind of mail that the account's people may get, in each language, as it would leave now, with example values."""
    site = host_view(looking.host)
    brand = site.brand if site is not None else brand_of(account_chain(looking.account))
    above: dict[int, BrandView] = {}
    letters = list(letters_to(looking.account))
    for left, letter in zip(range(len(letters), 0, -1), letters, strict=True):
        told(into.looked_at, into.looked_at + left * len(settings.LANGUAGES))
        speaker = speaks_for(looking.account, letter.template)
        if speaker is not looking.account and speaker.id not in above:
            above[speaker.id] = brand_of(account_chain(speaker))
        worn = brand if speaker is looking.account else above[speaker.id]
        for language, _name in settings.LANGUAGES:
            found, html = _of_letter(letter, language, looking, speaker, worn.speaking(language))
            _keep_html(into, found, html)
            into.add(found)


def _keep_html(into: Gathered, found: Sequence[Found], html: str) -> None:
    """Of a mail with a finding in its HTML what a browser shows, once for each kind and language."""
    for each in found:
        if is_shown(each.place, each.detail) and len(into.letters) < MOST_SHOWN and len(html) <= _LARGEST_SHOWN:
            into.letters.setdefault((each.address, each.detail), html)


def letters_to(account: Account) -> Iterator[Letter]:
    """Every kind of mail that people of the account may get."""
    left_out = STAFF if account.kind == CLIENT else ""
    worded = all_kinds()
    for kind in worded:
        if kind.audience != left_out and (not kind.vendor_only or account.kind == VENDOR):
            for values in ways_to_say(kind):
                yield Letter(kind.key, kind.template, values, kind.secret, kind)
    known = {kind.template for kind in worded}
    for template, told in declared().items():
        if template not in known and told.audience != left_out:
            for examples in told.examples:
                yield Letter(template, template, examples)


def ways_to_say(kind: WordedMail) -> Iterator[dict[str, Value]]:
    """The values that a kind of mail is read with: of one and of many where it counts something, with everything that may be
    left out and without it, and with each value that makes it this kind. What nobody tries is what names somebody.
    """
    fixed = [dict(zip(kind.fixed, values, strict=True)) for values in product(*kind.fixed.values())]
    one: dict[str, Value] = {each.name: 1 for each in kind.placeholders if each.number is not None}
    without = {each.name: each.nothing for each in kind.placeholders if each.optional}
    ways = [{}, one, without]
    told: list[dict[str, Value]] = []
    for way in ways:
        for values in fixed:
            said = kind.examples | way | values
            if said not in told:
                told.append(said)
                yield said


def _of_letter(
    letter: Letter, language: str, looking: Looking, speaker: Account, brand: BrandView
) -> tuple[list[Found], str]:
    """What names the vendor in it, and its HTML."""
    mail = render_mail(
        template=letter.template,
        brand=brand,
        language=language,
        context={"url": f"{origin(looking.host)}/", **letter.values},
        origin=origin(looking.host),
        wording=wording_for(looking.account, letter.kind, language),
        kind=letter.kind,
    )
    leaving = senders.resolve(
        speaker,
        kind_of(letter.template).identity,
        language,
        name=header_text(brand.sender_name, 200),
        reply_to=brand.support_email,
        with_keys=False,
        secret=letter.secret,
    )
    message = compose(
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        from_name=leaving.name,
        from_email=leaving.address,
        to_name="",
        to_email="somebody@mail.invalid",
        reply_to=leaving.reply_to,
        message_id=f"<0@{leaving.domain or leaving.address.rpartition('@')[2]}>",
        language=language,
        unsubscribe=f"{origin(looking.host)}/unsubscribe/" if kind_of(letter.template).bulk else "",
    ).message
    heads = {"Return-Path": leaving.return_host, "DKIM-Signature": leaving.domain, **_headers(message)}
    return list(_of_mail(letter.key, language, heads, mail.text, mail.html, looking.words)), mail.html


def _headers(message: bytes) -> dict[str, str]:
    """Every header of the message and of its parts, decoded, without what differs each time and whom it goes to."""
    heads: dict[str, str] = {}
    for part in email.message_from_bytes(message, policy=email.policy.default).walk():
        for name, value in part.items():
            heads[name] = f"{heads[name]} {value}" if name in heads else str(value)
    return {name: value for name, value in heads.items() if name not in {"To", "Date"}}


def _of_mail(
    name: str, language: str, heads: Mapping[str, str], plain: str, html: str, words: Sequence[Word]
) -> Iterator[Found]:
    behind = f" ({language})" if language else ""
    for detail, text in (*heads.items(), ("text/plain", plain)):
        for leak in find(f"{detail}: {text}" if detail not in _KNOWN else text, words):
            yield Found(name, "mail", detail[:100] + behind, leak)
    for leak in find(html, words, markup=True):
        yield Found(name, "mail", "text/html" + behind, leak)


#: Names of headers that say nothing, of which the value alone is read.
_KNOWN = frozenset(
    {
        "Auto-Submitted", "Content-Language", "Content-Transfer-Encoding", "Content-Type", "DKIM-Signature", "From",
        "MIME-Version", "Message-ID", "Reply-To", "Return-Path", "Subject", "text/plain",
    }
)  # fmt: skip
