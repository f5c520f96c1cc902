"""What groups of a directory give: never more than the key can, never what is kept, and the same again the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.directory import rights_by_groups, still_grantable
from sublet.core.rights import Level, Rights

SECTIONS = ("team", "journal", "product.design", "product.content")
words = st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(["view", "manage"]))
rights = words.map(Rights.of)
kept = st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(["none", "view"]))


def given_by(held: Rights, roles: list[dict[str, str]], grantable: Rights, kept: dict[str, str]) -> Rights:
    return rights_by_groups(held, roles, grantable=grantable, kept=kept, sections=SECTIONS)


@given(rights, st.lists(words, max_size=3), rights, kept)
def test_nobody_gets_or_loses_what_the_key_cannot_give(
    held: Rights, roles: list[dict[str, str]], grantable: Rights, kept: dict[str, str]
) -> None:
    got = given_by(held, roles, grantable, kept)
    for section in SECTIONS:
        most = grantable.level(section)
        if held.level(section) > most:
            assert got.level(section) == held.level(section)
        else:
            assert got.level(section) <= most
            assert got.level(section) <= Level.of(kept.get(section, "manage"))


@given(rights, st.lists(words, max_size=3), rights, kept)
def test_the_same_again_changes_nothing(
    held: Rights, roles: list[dict[str, str]], grantable: Rights, kept: dict[str, str]
) -> None:
    once = given_by(held, roles, grantable, kept)
    assert given_by(once, roles, grantable, kept) == once
    assert given_by(held, roles[::-1], grantable, kept) == once


@given(rights, rights, kept)
def test_what_is_given_back_is_within_what_was_held(held: Rights, grantable: Rights, kept: dict[str, str]) -> None:
    back = still_grantable(held, grantable=grantable, kept=kept)
    assert back.within(held)
    assert back.within(grantable)
    assert all(back.level(section) <= Level.of(word) for section, word in kept.items())


def test_several_roles_add_up_and_other_ticks_stay() -> None:
    held = Rights.of({"product.design": "manage", "elsewhere": "view"})
    everything = Rights.of(dict.fromkeys(SECTIONS, "manage"))
    roles = [{"team": "view", "journal": "view"}, {"team": "manage"}]
    assert given_by(held, roles, everything, {}).as_words() == {
        "elsewhere": "view",
        "journal": "view",
        "team": "manage",
    }
    assert given_by(held, [], everything, {}).as_words() == {"elsewhere": "view"}
