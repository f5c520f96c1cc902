"""Every PDF that a client's people can be handed is read in each language, with what stands in it that nobody sees."""

from __future__ import annotations

from typing import Any

import pytest

from sublet.billing import documents
from sublet.branding import operations
from sublet.branding.queries import forget_hosts
from sublet.core.leaks import Word
from sublet.foundation.scope import account_scope
from sublet.proof import scanning
from sublet.proof.gathering import Gathered
from sublet.proof.scanning import looking_at
from tests.billing.selling import make_issuer
from tests.factories import AT
from tests.people import CARL_HOST, ROSA_HOST, World

pytestmark = pytest.mark.django_db
KINDS = {
    f"{kind} ({language})"
    for kind in ("handover", "invoice", "credit-note")
    for language in ("en", "it", "sq", "nl", "fr", "pt")
}
PAPERS = {each for each in KINDS if not each.startswith("handover")}


def read(world: World, name: str = "carl", host: str = CARL_HOST) -> Gathered:
    account, into = getattr(world, name), Gathered()
    with account_scope(account.id):
        scanning.documents(looking_at(account, host, (Word("Vantage", "name"),), (), AT), into)
    return into


def places(into: Gathered) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in into.found:
        found.setdefault(each.detail, set()).add(each.address)
    return found


@pytest.mark.parametrize(("name", "host"), [("carl", CARL_HOST), ("rosa", ROSA_HOST)])
def test_every_document_of_an_account_is_read_in_each_language(world: World, name: str, host: str) -> None:
    into = read(world, name, host)
    assert (into.looked_at, into.found, into.skipped) == (len(KINDS), [], [])


def test_what_an_issuer_writes_on_its_invoices_is_found_on_each(world: World) -> None:
    make_issuer(world.rosa, vat_id="IT00743110157", standard_rate="22", footer="Made with Vantage")
    into = read(world)
    assert set.union(*places(into).values()) == PAPERS
    assert into.leaking == len(PAPERS)


def test_a_word_in_what_nobody_sees_is_found_there(world: World) -> None:
    """The brand is the author of a sheet: it stands in the metadata of each."""
    with world.scope("rosa") as rosa:
        changes = {"name": "Vantage Partner"}
        operations.change_brand(account_ref=world.rosa.ref, changes=changes, version=None, actor=rosa, at=AT)
    forget_hosts()
    found = places(read(world))
    hidden = {detail for detail in found if "Author" in detail or "creator" in detail}
    assert hidden
    assert set.union(*(found[detail] for detail in hidden)) == KINDS


def test_one_that_cannot_be_made_is_said_and_hides_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_told: Any, **_more: Any) -> bytes:
        raise ValueError("no such paper")

    monkeypatch.setattr(documents, "paper", broken)
    into = read(world)
    assert (into.looked_at, into.skipped) == (6, ["files"])
