"""What surrounds a page."""

from __future__ import annotations

import pytest

from sublet.portals.shared.shell import (
    NavGroup,
    NavItem,
    NeutralBrand,
    Person,
    Shell,
    SwitcherAccount,
    initials_of,
    only_with_items,
)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Rosa Bianchi", "RB"),
        ("rosa", "R"),
        ("Anna Maria de Rossi", "AR"),
        ("Jean-Luc", "JL"),
        ("مطعم الأرز", "ما"),
        ("🍕 Carlo", "C"),
        ("", ""),
        ("🍕", ""),
        ("  ", ""),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, initials: str) -> None:
    assert initials_of(name) == initials


@pytest.mark.parametrize(
    ("chosen", "theme"), [("dark", "dark"), ("light", "light"), ("auto", "auto"), ("x onload", "auto")]
)
def test_the_theme_is_one_of_three(chosen: str, theme: str) -> None:
    assert Shell(brand=NeutralBrand(), person=Person("Rosa", "r@x.example", theme=chosen)).theme == theme


def test_the_switcher_is_there_for_other_accounts_and_searches_from_nine_on() -> None:
    here = SwitcherAccount("Here", "Reseller", "/", current=True)
    others = tuple(SwitcherAccount(f"Client {number}", "Client", "/") for number in range(8))
    alone = Shell(brand=NeutralBrand(), accounts=(here,))
    eight = Shell(brand=NeutralBrand(), accounts=(here, *others[:7]))
    nine = Shell(brand=NeutralBrand(), accounts=(here, *others))
    assert [(s.switches, s.searches_accounts) for s in (alone, eight, nine)] == [
        (False, False),
        (True, False),
        (True, True),
    ]


def test_a_brand_that_says_nothing_has_no_support() -> None:
    assert not Shell(brand=NeutralBrand(name="Studio Rosa", support_name="Rosa")).has_support
    assert Shell(brand=NeutralBrand(support_phone="+39 06 555 0142")).has_support


def test_a_group_without_links_is_left_out() -> None:
    full = NavGroup("Account", (NavItem("Team", "/team/"),))
    assert only_with_items([NavGroup("Product", ()), full]) == (full,)
