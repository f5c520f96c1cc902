"""X9: every operation that takes a body, sent with every column of every table added: unknown, and nothing is moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps

from sublet.accounts.models import Account
from sublet.core.matrix import CLIENT, RESELLER, ROLES, SECTIONS, VENDOR
from sublet.core.rights import Rights
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import Collaborator
from tests.people import World
from tests.portals.api.caller import MULTIPART, Caller, Declared, published
from tests.portals.api.test_roles import OPERATIONS, business, own_things

WRITES = [each for each in OPERATIONS if each.body and each.body != MULTIPART]
COLUMNS = sorted(
    {field.attname for model in apps.get_models() if model.__module__.startswith("sublet.") for field in model._meta.concrete_fields}
)  # fmt: skip


def properties(declared: Declared) -> tuple[dict[str, object], dict[str, object]]:
    """The example of the body and what its schema knows."""
    document = published()
    body = document["paths"]["/api/v1" + declared.path][declared.method.lower()]["requestBody"]
    content = body["content"]["application/json"]
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"][name] if name else content["schema"]
    return content["example"], schema


def test_every_shape_that_comes_in_is_closed() -> None:
    """In the document, for the outermost shape and those inside it."""
    open_ones = []
    for declared in WRITES:
        _example, schema = properties(declared)
        if schema.get("additionalProperties") is not False:
            open_ones.append(declared.id)
    assert open_ones == []
    assert len(WRITES) >= 30


@pytest.mark.django_db
def test_no_column_can_be_slipped_in(world: World, call: Callable[..., Caller]) -> None:
    wrong = []
    before = JournalEntry.unscoped.count()
    rows = [list(model.unscoped.order_by("id").values()) for model in (Account, Collaborator)]
    callers: dict[tuple[str, str], Caller] = {}
    for declared in WRITES:
        who = business(declared)
        caller = callers.setdefault(who, call(who[0], host=who[1]))
        example, schema = properties(declared)
        known = schema["properties"]
        assert isinstance(known, dict)
        added = [name for name in COLUMNS if name not in known]
        answer = caller.ask(declared.method, own_things(world, declared), {**example, **dict.fromkeys(added, "1")})
        if answer.status not in {400, 422}:
            wrong.append(f"{declared.id}: {answer.status}")
    assert wrong == []
    assert len(COLUMNS) > 100
    assert JournalEntry.unscoped.count() == before
    assert [list(model.unscoped.order_by("id").values()) for model in (Account, Collaborator)] == rows


@pytest.mark.django_db
def test_the_same_bodies_without_the_columns_are_taken(world: World, call: Callable[..., Caller]) -> None:
    """Positive control: what is refused above is the columns, not the rest of the body."""
    rosa = call("rosa")
    assert rosa.ask("PATCH", f"/clients/{world.carl.ref}", {"city": "Napoli"}).status == 200
    assert rosa.ask("PATCH", f"/clients/{world.carl.ref}", {"city": "Bari", "parent_id": "1"}).status in {400, 422}
    assert Account.unscoped.get(id=world.carl.id).city == "Napoli"


@pytest.mark.django_db
def test_no_role_sets_what_another_section_holds(world: World, call: Callable[..., Caller]) -> None:
    """Each body as its example says, by a key with the rights of each role of the matrix, and by one that looks everywhere:
    without the right that opens the shape (`core.fields_taken`) nothing of it is read."""
    wrong, let_in = [], set()
    before = JournalEntry.unscoped.count()
    callers: dict[tuple[str, str], Caller] = {}
    for declared in (each for each in WRITES if each.needs.words()):
        example, _schema = properties(declared)
        who, host = business(declared)
        kind = {"vera": VENDOR, "rosa": RESELLER}.get(who, CLIENT)
        looks = dict.fromkeys(SECTIONS[kind], "view")
        for role, rights in {**ROLES[kind], "looks": looks}.items():
            if (who, role) not in callers:
                callers[who, role] = call(who, host=host, rights=rights)
            if any(Rights.of(rights).has(right) for right in declared.needs.words()):
                let_in.add(role)
                continue
            answer = callers[who, role].ask(declared.method, own_things(world, declared), example)
            if (answer.status, answer.body.get("code")) != (403, "forbidden"):
                wrong.append(f"{declared.id} by {role}: {answer.status}")
    assert wrong == []
    assert JournalEntry.unscoped.count() == before
    assert let_in >= {"operations", "product", "project-manager", "designer", "looks"}, "each opens something"
