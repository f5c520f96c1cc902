"""Each declared form × each role of the matrix: who has no right to it cannot send it, and has no field that is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from scripts.rights_page import roles_of
from sublet.core.fieldrights import ABOVE, PEOPLE, RULES
from sublet.core.fields_forms import FORMS
from sublet.core.peopledata import PeopleData
from sublet.core.rights import CLIENT, KINDS, RESELLER, VENDOR, Level, Rights
from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.errors import Forbidden
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.portals.shared.forms import SubletForm
from tests.form_classes import by_name

CLASSES = by_name()


def people() -> Iterator[tuple[str, Actor]]:
    """Somebody of each role, and of none; in a visit too."""
    for kind in KINDS:
        for role, rights in {**roles_of(kind), "nothing": Rights.of({})}.items():
            visitor = None
            if role.startswith("visit"):
                mode = "reseller" if role.endswith("reseller") else "client"
                visitor = Impersonator(9, "Rosa", 2, "ims_1", mode, PeopleData.LOOK_UP)
            yield f"{kind} {role}", Actor(
                user_id=1, name="Ann", account_id=1, account_ref="acc_1", account_kind=kind, account_name="",
                rights=rights, impersonator=visitor,
            )  # fmt: skip


def made(name: str, actor: Actor | None, sent: dict[str, str] | None) -> SubletForm:
    """The form as its base makes it, without what each asks for besides."""
    form: SubletForm = object.__new__(CLASSES[name])
    with actor_scope(actor) if actor is not None else nullcontext():
        SubletForm.__init__(form, sent)
    return form


@pytest.mark.parametrize("name", sorted(FORMS))
def test_whoever_has_no_right_to_a_form_cannot_send_it(name: str) -> None:
    shape = FORMS[name]
    outcomes = set()
    for who, actor in people():
        right = shape.for_anybody or (
            actor.account_kind in shape.kinds
            and any(
                actor.rights.level(section) >= Level.of(level)
                for section, _, level in (each.partition(":") for each in shape.rights)
            )
        )
        try:
            made(name, actor, {})
            sent = True
        except Forbidden:
            sent = False
        outcomes.add(sent)
        assert sent == right, who
    assert outcomes == ({True} if shape.for_anybody else {True, False})


DIFFERING = [(name, field, rule) for name, shape in FORMS.items() for field, rule in shape.differing().items()]


@pytest.mark.parametrize(
    ("name", "field", "rule"),
    [each for each in DIFFERING if each[2] in {ABOVE, PEOPLE} or each[2] not in RULES],
    ids=lambda each: each,
)
def test_whoever_has_no_right_to_a_field_does_not_have_it(name: str, field: str, rule: str) -> None:
    outcomes = set()
    for who, actor in people():
        above = actor.account_kind in {VENDOR, RESELLER}
        if rule == ABOVE:
            right = above and actor.impersonator is None
        elif rule == PEOPLE:
            right = actor.impersonator is None and (not above or actor.may("people:view"))
        else:
            right = actor.may(rule)
        form = made(name, actor, None)
        outcomes.add(field in form.fields)
        assert (field in form.fields) == right, who
        late = made(name, actor, None)
        late.fields[field] = CLASSES[name].base_fields[field]  # put back, as a form could that makes its fields itself
        late.is_bound, late.data = True, {field: "x"}
        late.full_clean()
        assert (field in late.fields) == right, who
    assert outcomes == {True, False}
    assert field not in made(name, None, None).fields, "where nobody was let in, nobody has it"


def test_a_client_of_every_role_is_shut_out_of_the_forms_above_the_floor() -> None:
    """B06, B20, B21: whatever is ticked. A visit as reseller is let in (B19)."""
    floor = [name for name, shape in FORMS.items() if CLIENT in shape.kinds and shape.rights == ("brand:manage",)]
    assert len(floor) >= 5
    for name in floor:
        for who, actor in people():
            if actor.account_kind == CLIENT:
                if who == "client visit as reseller":
                    made(name, actor, {})
                else:
                    with pytest.raises(Forbidden):
                        made(name, actor, {})


def test_a_page_that_lets_nobody_in_takes_no_form_with_a_right() -> None:
    with platform_scope("a page that anybody may see"):
        made("public.forms.LogInForm", None, {})
        with pytest.raises(Forbidden):
            made("reseller.forms.NoteForm", None, {})


def test_the_roles_tried_are_all_of_the_matrix() -> None:
    tried = {who for who, _actor in people()}
    assert {
        f"{RESELLER} designer",
        f"{VENDOR} support",
        "client owner",
        "client visit as the client",
        "direct owner",
    } <= tried
