"""The words of mails, of one's own account and of those below it."""

from __future__ import annotations

from dataclasses import asdict

from sublet.accounts import queries as account_queries
from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.core.wording import Wording
from sublet.messaging import wording_operations, wording_queries
from sublet.messaging.wording_operations import CannotChangeWording, clean_wording
from sublet.portals.api.declare import ApiRequest, Routes
from sublet.portals.api.routes.shared import version_of
from sublet.portals.api.schemas.wordings import (
    MailKindFact,
    PlaceholderFact,
    WordingChangeIn,
    WordingFact,
    WordingIn,
    WordingList,
    WordingPreview,
    WordingState,
    WordingTryIn,
    WordsFact,
)

routes = Routes("Words in mails", "What the mails of a brand say, in each language.")
#: A client's words are its reseller's to write.
WRITERS = (VENDOR, RESELLER, DIRECT)
BASE = "/accounts/{account}/mail-wordings"
EXAMPLE = {"subject": "Welcome, {name}", "body": "Come in:\n\n{button}", "label": "Choose a password"}


def _words(wording: Wording) -> WordsFact:
    return WordsFact(**asdict(wording))


def _state(state: wording_queries.WordingState) -> WordingState:
    return WordingState(**asdict(state))


def _given(body: WordingIn) -> Wording:
    return Wording(subject=body.subject, heading=body.heading, body=body.body, label=body.label)


def _wording(request: ApiRequest, account: str, kind: str, language: str) -> WordingFact:
    account_queries.account_id_of(request.actor, account)
    found = wording_queries.wording_to_edit(account, kind, language)
    return WordingFact(
        account=found.account_ref,
        kind=found.kind.key,
        state=_state(found.state),
        words=_words(found.shown),
        inherited=_words(found.under),
        ours=_words(found.ours),
        version=found.version,
    )


@routes.get(BASE, needs="brand:view", kinds=WRITERS, answer=WordingList)
def list_mail_wordings(request: ApiRequest, account: str) -> WordingList:
    """List the kinds of mail, with what may stand in each and whose words are used in each language."""
    account_queries.account_id_of(request.actor, account)
    return WordingList(
        items=[
            MailKindFact(
                kind=row.kind.key,
                name=str(row.kind.name),
                when=str(row.kind.when),
                audience=row.kind.audience,  # type: ignore[arg-type]  # the registry knows no other word
                placeholders=[
                    PlaceholderFact(name=each.name, meaning=str(each.meaning), needed=each.name in row.kind.needed)
                    for each in row.kind.offered
                ],
                languages=[_state(each) for each in row.states],
            )
            for row in wording_queries.wordings(account)
        ]
    )


@routes.get(BASE + "/{kind}/{language}", needs="brand:view", kinds=WRITERS, answer=WordingFact)
def get_mail_wording(request: ApiRequest, account: str, kind: str, language: str) -> WordingFact:
    """Show the words of one kind of mail in one language, with what lies under them."""
    return _wording(request, account, kind, language)


@routes.put(
    BASE + "/{kind}/{language}",
    needs="brand:manage",
    kinds=WRITERS,
    answer=WordingFact,
    refusals=[CannotChangeWording],
    versioned=True,
    example=EXAMPLE,
)
def change_mail_wording(
    request: ApiRequest, account: str, kind: str, language: str, body: WordingChangeIn
) -> WordingFact:
    """Give an account words of its own for one kind of mail in one language."""
    account_queries.account_id_of(request.actor, account)
    wording_operations.change_wording(
        account_ref=account,
        key=kind,
        language=language,
        wording=_given(body),
        version=version_of(request, body.version),
        actor=request.actor,
        at=request.at,
    )
    return _wording(request, account, kind, language)


@routes.delete(BASE + "/{kind}/{language}", needs="brand:manage", kinds=WRITERS, answer=WordingFact)
def take_back_mail_wording(request: ApiRequest, account: str, kind: str, language: str) -> WordingFact:
    """Give the own words up, so that the inherited ones are used."""
    account_queries.account_id_of(request.actor, account)
    wording_operations.take_back_wording(
        account_ref=account, key=kind, language=language, actor=request.actor, at=request.at
    )
    return _wording(request, account, kind, language)


@routes.post(
    BASE + "/{kind}/{language}/preview", needs="brand:view", kinds=WRITERS, answer=WordingPreview, example=EXAMPLE
)
def preview_mail_wording(
    request: ApiRequest, account: str, kind: str, language: str, body: WordingTryIn
) -> WordingPreview:
    """Show the mail that these words would make. Nothing is kept, and nobody gets it."""
    account_queries.account_id_of(request.actor, account)
    found = wording_queries.preview(
        account_ref=account,
        key=kind,
        language=language,
        wording=clean_wording(_given(body)),
        reader=request.actor,
        at=request.at,
        of=body.of,
    )
    return WordingPreview(subject=found.mail.subject, text=found.mail.text, html=found.mail.html)
