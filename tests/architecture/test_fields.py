"""Rights of fields are data: every shape of the API and every form stands in core/fields_*.py, and what does not is closed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from scripts.rights_page import operations
from sublet.core.fieldrights import ONCE, RULES, SECRET, Shape, group, rules_of
from sublet.core.fields_forms import FORMS
from sublet.core.fields_taken import TAKEN
from sublet.core.fields_told import TOLD
from sublet.core.matrix import FLOOR, SECTIONS
from sublet.core.rights import CLIENT, KINDS
from sublet.portals.api.declare import DECLARED, Routes, response_of
from sublet.portals.api.document import document
from sublet.portals.api.fields import Undeclared
from sublet.portals.api.schemas.accounts import Client, TagList
from sublet.portals.api.schemas.common import Input, Out
from sublet.portals.shared.forms import PasswordField, SubletForm
from tests.form_classes import all_forms, by_name, subclasses

Names = dict[str, set[str]]
#: Shapes that say nothing of any section: why something is done, which page of a list.
FOR_ALL_SECTIONS = {"OptionalReasonIn", "PageAsked"}
TABLES = {"told": TOLD, "taken": TAKEN, "forms": FORMS}


class UnheardIn(Input):
    """A body that nobody has declared."""

    margin: int = 0


def shapes_of_the_document() -> Names:
    """Shape → its fields, as the OpenAPI document has them."""
    schemas: dict[str, dict[str, Any]] = document()["components"]["schemas"]
    return {name: set(schema.get("properties", ())) for name, schema in schemas.items()}


def questions() -> Names:
    """Operation → what stands after the question mark, as the document has it."""
    return {
        operation["operationId"]: {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        for methods in document()["paths"].values()
        for operation in methods.values()
    }


def forms_of_the_portals() -> Names:
    """Form → its fields."""
    return {name: set(form.base_fields) for name, form in by_name().items()}


def undeclared(found: Names, *tables: dict[str, Shape] | Any) -> list[str]:
    """What of it stands nowhere."""
    declared = {name: shape for table in tables for name, shape in table.items()}
    return sorted(
        f"{name}.{field}"
        for name, fields in found.items()
        for field in (fields or {""})
        if name not in declared or (field and declared[name].rule(field) is None)
    )


def test_every_shape_and_field_of_the_document_is_declared() -> None:
    found = shapes_of_the_document()
    assert undeclared(found, TOLD, TAKEN) == []
    assert len(found) > 200
    assert sum(map(len, found.values())) > 1000
    assert set(TOLD) & set(TAKEN) == set()


def test_every_question_is_declared() -> None:
    known = {field for shape in TAKEN.values() for field in shape.fields}
    assert {name for fields in questions().values() for name in fields} <= known


def test_every_form_and_field_of_the_portals_is_declared() -> None:
    found = forms_of_the_portals()
    assert undeclared(found, FORMS) == []
    assert len(found) > 50


def test_every_form_is_one_that_closes() -> None:
    """A plain form of Django's would ask nobody."""
    assert [each for each in all_forms() if not issubclass(each, SubletForm)] == []


def test_nothing_is_declared_that_is_not_there() -> None:
    shapes, pages = shapes_of_the_document(), forms_of_the_portals()
    asked = {each.__name__ for each in subclasses(BaseModel) if each.__module__.startswith("sublet.portals.api.")}
    assert {name for name in TOLD if name not in shapes} == set()
    assert {name for name in TAKEN if name not in shapes and name not in asked} == set()
    assert set(FORMS) - set(pages) == set()
    gone = [
        f"{name}.{field}"
        for name, shape in {**TOLD, **TAKEN}.items()
        for field in shape.fields
        if name in shapes and field not in shapes[name]
    ]
    gone += [
        f"{name}.{field}"
        for name, shape in FORMS.items()
        for field in shape.fields
        if "*" not in field and field not in pages[name] and not any("*" in each for each in shape.fields)
    ]
    assert gone == []


def test_every_declared_right_is_one_of_the_matrix() -> None:
    known = {f"{section}:{level}" for kind in KINDS for section in SECTIONS[kind] for level in ("view", "manage")}
    for shapes in TABLES.values():
        for shape in shapes.values():
            assert shape.for_anybody or set(shape.rights) <= known, shape.name
            assert shape.kinds <= set(KINDS)
            assert {each for rule in shape.differing().values() for each in rules_of(rule)} <= known | set(RULES)


def test_what_is_above_the_floor_is_open_to_no_client() -> None:
    """B06, B20, B21: brand, hosts, billing and subscription by those sections alone, never by one that can be ticked."""
    for shapes in (TOLD, TAKEN, FORMS):
        for shape in shapes.values():
            sections = {right.partition(":")[0] for right in shape.rights}
            if sections & FLOOR and CLIENT in shape.kinds and shape.name not in FOR_ALL_SECTIONS:
                assert not sections & (set(SECTIONS[CLIENT]) - FLOOR), shape.name


def test_secrets_are_taken_and_never_told() -> None:
    """A field that is called a secret is one; and what is typed as a password is never written back into its page."""
    words = {"secret", "password", "token"}
    told = {
        f"{name}.{field}"
        for name, shape in TOLD.items()
        for field, rule in shape.fields.items()
        if rule != ONCE and (field in words or field.endswith("_secret")) and not field.startswith("has_")
    }
    assert told == {"MailText.secret"}, "whether there was one, and nothing of it"
    for name, form in by_name().items():
        for field, made in form.base_fields.items():
            if isinstance(made, PasswordField):
                assert FORMS[name].rule(field) == SECRET, (name, field)
                assert not made.widget.render_value, (name, field)


def test_no_operation_can_be_declared_with_what_is_not() -> None:
    """At run time: an undeclared shape, an undeclared field, a lesser right, a kind of account, a secret twice."""

    class Unheard(Out):
        secret_plan: str

    class Client2(Client):
        margin: int

    Client2.__name__ = "Client"  # a field more than is declared

    def declare(answer: Any, needs: str = "clients:view", kinds: tuple[str, ...] = ("reseller",), **more: Any) -> None:
        Routes("Test", "").get("/nowhere", needs=needs, kinds=kinds, answer=answer, **more)(view)

    def view(request: HttpRequest) -> None: ...

    def taking(request: HttpRequest, body: UnheardIn) -> None: ...

    for wrong, word in (
        ({"answer": Unheard}, "Unheard is not declared"),
        ({"answer": Client2}, "Client.margin is not declared"),
        ({"answer": Client, "needs": "team:view"}, "Client takes accounts:view or clients:view, not team:view"),
        ({"answer": Client, "kinds": ("reseller", "client")}, "Client is not for client"),
        ({"answer": Client, "needs": ""}, "not any key"),
        ({"answer": _new_key(), "needs": "keys:manage"}, "NewKey holds a secret"),
    ):
        with pytest.raises(Undeclared, match=word):
            declare(**wrong)
    with pytest.raises(Undeclared, match="UnheardIn is not declared"):
        Routes("Test", "").post("/nowhere", needs="clients:manage", kinds=("reseller",), answer=None)(taking)
    assert "api-nowhere" not in {name for name, methods in DECLARED.items() if methods}


def _new_key() -> type:
    from sublet.portals.api.schemas.people import NewKey

    return NewKey


def test_no_operation_answers_past_what_it_declares() -> None:
    """At run time: nor another shape, nor a mere dictionary, nor a response of its own."""
    declared = next(each for each in operations() if each.id == "count_clients")
    for wrong in ({"margin": 1}, TagList(items=[]), HttpResponse("{}")):
        with pytest.raises(TypeError, match="count_clients answers"):
            response_of(declared, wrong, lambda told: told)


def test_an_undeclared_field_of_a_form_is_neither_shown_nor_read() -> None:
    """At run time: a form that nobody declared has no fields, and a field more than is declared is not there."""

    class Sneaky(SubletForm):
        margin = forms.CharField()

    class NoteForm(SubletForm):
        reason = forms.CharField()
        margin = forms.CharField()

    Sneaky.__module__, NoteForm.__module__ = "sublet.portals.reseller.forms", "sublet.portals.reseller.forms"
    NoteForm.__qualname__ = "NoteForm"
    sent = {"margin": "1", "reason": "x"}
    assert list(Sneaky().fields) == list(Sneaky(sent).fields) == []
    assert list(NoteForm().fields) == ["reason"]
    late = NoteForm(sent)
    late.fields["margin"] = forms.CharField()  # as forms do that add fields of their own
    assert late.is_valid()
    assert late.cleaned_data == {"reason": "x"}


def test_a_slip_in_the_lists_is_noticed() -> None:
    for slip in ("lonely", "A: x=unheard", "A: x x", "A: x=team:admin"):
        with pytest.raises(ValueError):  # noqa: PT011  whichever slip it is
            group("team:view", CLIENT, slip)


def test_every_operation_was_checked() -> None:
    """There is no other way to declare one."""
    assert inspect.getsource(Routes.operation).count("fields.check(") == 1
    assert len(operations()) > 150
