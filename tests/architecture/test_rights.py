"""Rights are data: every page and operation stands in core/matrix.py, and what it says is what happens."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from scripts.addresses import Page, methods_of, pages
from scripts.rights_page import operations, roles_of, who_opens
from sublet.core import matrix
from sublet.core.rights import CLIENT, KINDS, NO_RIGHTS, Level
from sublet.foundation.actor import Actor, Impersonator
from sublet.people.queries.sections import _PORTAL_PRESETS, PORTAL_WORDS
from sublet.portals.shared.guard import needs

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sublet"
#: Operations that change nothing and give out a file, though they are a GET.
FILES = {
    "get_left_rows",
    "export_clients",
    "export_own_journal",
    "export_journal_of_account",
    "get_handover_sheet",
    "get_grant_calendar",
    "get_picture_of_finding",
    "export_issued_invoices",
    "get_invoice_file",
    "get_account_statement_file",
    "get_payout_file",
    "get_statement",
    "get_sample_invoice",
}


def unknown_sections(rights: Iterable[tuple[str, str, Iterable[str]]]) -> list[str]:
    """Of (name, right, kinds): those whose right is not in the matrix for any of their kinds of account."""
    wrong = []
    for name, right, kinds in rights:
        section, _, word = right.partition(":")
        if word not in matrix.LEVELS[1:] or not any(section in matrix.SECTIONS[kind] for kind in kinds):
            wrong.append(f"{name}: {right}")
    return wrong


def test_every_page_names_a_section_of_the_matrix() -> None:
    named = [(page.name, page.needs, page.portals) for page in pages() if page.needs not in {"any", "own", "public"}]
    assert unknown_sections(named) == []
    assert len(named) > 80


def test_every_operation_of_the_api_names_a_section_of_the_matrix() -> None:
    everywhere = tuple(KINDS)
    named = [(each.id, right, everywhere) for each in operations() for right in each.needs.words()]
    assert unknown_sections(named) == []
    assert len(named) > 80


def test_the_check_sees_a_section_that_nobody_knows() -> None:
    assert unknown_sections([("x", "vault:view", (CLIENT,)), ("y", "team:admin", (CLIENT,)), ("z", "", (CLIENT,))]) == [
        "x: vault:view",
        "y: team:admin",
        "z: ",
    ]


#: What addresses are called that give out a file.
FILE_WORDS = ("export", "download", "paper", "file", "calendar", "hand-over")


def unclassified(found: Iterable[Page]) -> list[str]:
    """Pages that a visit can reach, take changes or give out a file, and stand nowhere in the matrix."""
    return [
        page.name
        for page in found
        if (CLIENT in page.portals or page.needs == "public")
        and (page.changes or any(word in page.name for word in FILE_WORDS))
        and page.name not in matrix.ROUTES
    ]


def test_every_page_that_changes_something_says_what_a_visit_does_there() -> None:
    assert unclassified(pages()) == []


def test_the_check_sees_a_new_page_that_nobody_classified() -> None:
    """Positive control: a page that takes changes, one that gives out a file, one that says nothing; not one that looks."""

    @needs("team:view", portal="client")
    @require_safe
    def looks(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @needs("team:view", portal="client")
    def silent(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def page(name: str, view: object) -> Page:
        return Page(name=name, route=name, needs="team:view", portals=(CLIENT,), methods=methods_of(view))

    found = [page(name, looks) for name in ("looks", "people-export", "invoice-paper")]
    assert unclassified([*found, page("silent", silent)]) == ["people-export", "invoice-paper", "silent"]


def test_nothing_is_classified_that_is_not_there() -> None:
    names = {page.name for page in pages()} | {"enter-impersonation"}
    assert set(matrix.ROUTES) - names == set()
    assert set(matrix.OPERATIONS) - {each.id for each in operations()} == set()
    assert (set(matrix.ROUTES.values()) | set(matrix.OPERATIONS.values())) <= matrix.TOPICS


def test_every_operation_that_changes_something_is_classified() -> None:
    changing = {each.id for each in operations() if each.method != "GET"} | FILES
    assert changing == set(matrix.OPERATIONS)
    files = {each.id for each in operations() if each.method == "GET" and "application/json" not in each.media}
    assert files <= FILES


def test_both_refusal_lists_hold_what_a_visit_never_does() -> None:
    """Security rule 12, word for word; the client's list never lacks what the reseller's has."""
    never = {"password", "e-mail", "second-factor", "keys", "payment", "export", "deletion", "roles", "access", "visit"}
    assert never <= matrix.REFUSED_AS_RESELLER <= matrix.REFUSED_AS_CLIENT
    assert matrix.refused_topics("something new") == matrix.TOPICS
    assert matrix.visit_refuses("a-page-of-tomorrow", mode="reseller", changes=True)
    assert not matrix.visit_refuses("a-page-of-tomorrow", mode="reseller", changes=False)


@pytest.mark.parametrize("kind", KINDS)
def test_every_section_has_words_and_every_role_is_within_its_account(kind: str) -> None:
    assert set(matrix.SECTIONS[kind]) <= set(PORTAL_WORDS)
    assert [key for key, _name, _hint in _PORTAL_PRESETS[kind]] == list(matrix.ROLES[kind])
    for rights in matrix.ROLES[kind].values():
        assert set(rights) <= set(matrix.SECTIONS[kind])
        assert set(rights.values()) <= set(matrix.LEVELS[1:])
        assert kind != CLIENT or not set(rights) & matrix.FLOOR


def test_a_role_opens_the_pages_that_the_document_says() -> None:
    """The generated page is made of the same answer as the guard's: spot-checked by hand here."""
    roles = roles_of("reseller")
    by_name = {page.name: page for page in pages()}
    assert who_opens(by_name["reseller-keys-new"], roles) == ["owner", "everything"]
    assert who_opens(by_name["reseller-mails"], roles) == ["owner", "project-manager", "customer-success", "everything"]
    visits = roles_of(CLIENT)
    assert who_opens(by_name["client-brand"], visits) == ["visit as reseller"]
    assert visits["visit as reseller"].level("team") == visits["visit as the client"].level("team") == Level.VIEW


def test_pages_that_name_no_right_are_about_whoever_is_there_and_no_others() -> None:
    """A page that leaves the question to somebody else stands in the document as open to all."""
    about_oneself = {"home", "locked", "why", "requests", "request-answer", "request-back", "own"}
    named = {f"{kind}-{page}" for kind in ("vendor", "reseller", "client") for page in about_oneself}
    found = {page.name for page in pages() if page.needs == "any"}
    assert found <= named | {"open-product", "open-section"}


def test_past_the_floor_the_owner_does_what_the_matrix_says_in_person_alone() -> None:
    assert set(matrix.OWNER_IN_PERSON) <= matrix.FLOOR
    page = {page.name: page for page in pages()}["client-billing-invoices"]
    assert page.needs == "billing:view"
    owner = Actor(
        user_id=1, name="Carl", account_id=2, account_ref="acc_2", account_kind=CLIENT, account_name="C",
        rights=NO_RIGHTS, is_owner=True,
    )  # fmt: skip
    visited = replace(owner, impersonator=Impersonator(3, "Rosa", 4, "ims_5", "client"))
    cases = {
        "owner": owner, "collaborator": replace(owner, is_owner=False), "visit": visited,
        "key": replace(owner, user_id=None), "reseller": replace(owner, account_kind="reseller"),
    }  # fmt: skip
    asked = ("billing:view", "billing:manage", "subscription:view", "brand:view")
    assert {who: [actor.may_in_person(right) for right in asked] for who, actor in cases.items()} == {
        who: [who == "owner", who == "owner", False, False] for who in cases
    }


def test_no_right_is_named_outside_the_matrix() -> None:
    """Every ``section:level`` in the source is one that the matrix knows."""
    known = {f"{section}:{level}" for keys in matrix.SECTIONS.values() for section in keys for level in matrix.LEVELS}
    wrong = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"may", "require"} and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value not in known:
                    wrong.append(f"{path.name}:{node.lineno} {first.value}")
    assert wrong == []
