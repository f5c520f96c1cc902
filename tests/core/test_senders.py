"""What DNS must say before mail leaves in a domain's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.answers import FAILED, FOUND, NO_ANSWER, NOTHING, Answer, together
from sublet.core.senders import (
    ED25519,
    PLATFORM,
    PROVED,
    PROVIDER,
    SMTP,
    UNKNOWN,
    WRONG,
    Need,
    PublicKey,
    clean_mailbox,
    dkim_value,
    dmarc_names,
    judge,
    questions,
    records,
)

KEY = PublicKey("k1", "MIIBIjANBgkqhkiG9w0B")
OURS = Need("agency.example", PLATFORM, (KEY,), target="back.mail.example.net")
OWN = Need("agency.example", SMTP, (KEY,), target="back.mail.example.net", spf="include:spf.host.example")
THEIRS = Need("agency.example", PROVIDER, selectors=("pm",), path="pm-bounces.agency.example")
Zone = dict[tuple[str, str], tuple[str, ...]]


def zone_of(need: Need) -> Zone:
    zone: Zone = {}
    for record in records(need):
        zone[record.name, record.kind] = (*zone.get((record.name, record.kind), ()), record.value)
    if need.way == PROVIDER:
        zone[f"pm._domainkey.{need.domain}", "TXT"] = ("k=rsa; p=MIGf",)
        zone[need.return_path, "TXT"] = ("v=spf1 include:provider.example ~all",)
    return zone


def asked(zone: Mapping[tuple[str, str], tuple[str, ...]], outcome: str = NOTHING) -> Callable[[str, str], Answer]:
    def ask(name: str, kind: str) -> Answer:
        values = zone.get((name, kind), ())
        return Answer(name, kind, FOUND if values else outcome, values, common=values)

    return ask


NEEDS = pytest.mark.parametrize("need", [OURS, OWN, THEIRS], ids=["platform", "smtp", "provider"])


@NEEDS
def test_what_is_shown_is_enough(need: Need) -> None:
    found = judge(need, asked(zone_of(need)))
    assert (found.state, found.findings) == (PROVED, ())
    assert found.seen == {"k1"} or need is THEIRS


@NEEDS
@given(data=st.data())
def test_nothing_that_is_needed_can_be_taken_away_or_say_something_else(need: Need, data: st.DataObject) -> None:
    zone = zone_of(need)
    name, kind = data.draw(st.sampled_from(sorted(each for each in zone if not each[0].startswith("_dmarc."))))
    other = data.draw(
        st.sampled_from(["", "x", "v=spf1 -all x", "v=DKIM1; p=AAAA", "v=DKIM1; p=", "10 elsewhere.example"])
    )
    if need is THEIRS and ("p=A" in other or "spf1" in other):
        return  # what a provider's own records say in detail is the provider's
    zone[name, kind] = (other,) if other else ()
    found = judge(need, asked(zone))
    assert found.state == WRONG
    assert {each.name for each in found.findings if each.blocks} == {name}


@NEEDS
@given(data=st.data())
def test_who_does_not_answer_proves_and_disproves_nothing(need: Need, data: st.DataObject) -> None:
    zone = zone_of(need)
    gone = data.draw(st.sampled_from(sorted(zone)))
    del zone[gone]
    silent = data.draw(st.sampled_from([FAILED, NO_ANSWER]))

    def ask(name: str, kind: str) -> Answer:
        return asked(zone, silent if (name, kind) == gone else NOTHING)(name, kind)

    assert judge(need, ask).state == UNKNOWN


@NEEDS
def test_everything_that_is_looked_at_was_announced(need: Need) -> None:
    seen: set[tuple[str, str]] = set()

    def ask(name: str, kind: str) -> Answer:
        seen.add((name, kind))
        return Answer(name, kind, NOTHING)

    judge(need, ask)
    assert seen <= set(questions(need))


@pytest.mark.parametrize(
    ("name", "values", "code", "blocks"),
    [
        ("k1._domainkey.agency.example", (dkim_value(KEY), dkim_value(KEY)), "dkim-several", True),
        ("k1._domainkey.agency.example", ("v=DKIM1; p=",), "dkim-empty", True),
        ("k1._domainkey.agency.example", ("v=DKIM1; p=OTHER",), "dkim-other", True),
        ("bounce.agency.example", ("v=spf1 include:spf.host.example -all", "v=spf1 -all"), "spf-several", True),
        ("bounce.agency.example", ("v=spf1 include:other.example -all",), "spf-lacks", True),
        ("_dmarc.agency.example", ("v=DMARC1; p=reject; aspf=s",), "dmarc-strict", True),
        ("_dmarc.agency.example", ("v=DMARC1; p=none", "v=DMARC1; p=reject"), "dmarc-several", False),
        ("_dmarc.agency.example", (), "dmarc-missing", False),
    ],
)
def test_each_fault_has_its_word(name: str, values: tuple[str, ...], code: str, blocks: bool) -> None:
    found = judge(OWN, asked({**zone_of(OWN), (name, "TXT"): values}))
    assert [(each.code, each.blocks) for each in found.findings] == [(code, blocks)]
    assert found.state == (WRONG if blocks else PROVED)


def test_a_key_that_a_panel_broke_with_blanks_is_the_same_key() -> None:
    zone = zone_of(OURS)
    zone["k1._domainkey.agency.example", "TXT"] = ("v=DKIM1;k=rsa;p=MIIBIjAN BgkqhkiG9w0B ;",)
    assert judge(OURS, asked(zone)).state == PROVED


def test_a_policy_higher_up_counts_and_one_nearer_counts_first() -> None:
    below = Need("mail.agency.example", PLATFORM, (KEY,), target="back.mail.example.net")
    zone = zone_of(below)
    del zone["_dmarc.mail.agency.example", "TXT"]
    zone["_dmarc.agency.example", "TXT"] = ("v=DMARC1; p=reject; aspf=s",)
    assert [each.code for each in judge(below, asked(zone)).findings] == ["dmarc-strict"]
    zone["_dmarc.mail.agency.example", "TXT"] = ("v=DMARC1; p=none",)
    assert judge(below, asked(zone)).findings == ()
    assert dmarc_names("a.b.example") == ("_dmarc.a.b.example", "_dmarc.b.example")


def test_a_providers_return_path_outside_the_domain_is_not_aligned() -> None:
    away = Need("agency.example", PROVIDER, selectors=("pm",), path="bounces.provider.example")
    zone = {("pm._domainkey.agency.example", "TXT"): ("p=MIGf",)}
    assert [each.code for each in judge(away, asked(zone)).findings if each.blocks] == ["return-elsewhere"]


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "a@b", "é", ".a", "a.", "a..b", "a\r\nb", "a\x00", "a\u2028b", "x" * 65]
)
def test_what_is_no_mailbox(text: str) -> None:
    assert clean_mailbox(text) is None


def test_a_mailbox_is_written_small() -> None:
    assert clean_mailbox(" Pas-Repondre ") == "pas-repondre"


@NEEDS
@given(data=st.data())
def test_what_only_some_resolvers_say_proves_nothing_and_switches_no_key(need: Need, data: st.DataObject) -> None:
    zone = zone_of(need)
    name, kind = data.draw(st.sampled_from(sorted({(each, kind) for each, kind in zone if "_dmarc" not in each})))
    others = data.draw(st.lists(st.sampled_from(["v=DKIM1; p=", "elsewhere.example"]), max_size=1))

    def ask(asked_name: str, asked_kind: str) -> Answer:
        if (asked_name, asked_kind) != (name, kind):
            return asked(zone)(asked_name, asked_kind)
        says = [Answer(name, kind, FOUND, zone[name, kind], common=zone[name, kind])]
        says.append(Answer(name, kind, FOUND if others else NOTHING, tuple(others), common=tuple(others)))
        return together(says)

    found = judge(need, ask)
    assert found.state == UNKNOWN
    assert not any(name == f"{selector}._domainkey.{need.domain}" for selector in found.seen)


@pytest.mark.parametrize("outcome", [NOTHING, NO_ANSWER])
def test_the_second_key_decides_nothing(outcome: str) -> None:
    newer = PublicKey("k2", "11qYAYKxCrfVS", ED25519)
    need = replace(OURS, keys=(KEY, newer))
    zone = zone_of(need)
    whole = judge(need, asked(zone))
    assert (whole.state, whole.seen, whole.findings) == (PROVED, frozenset({"k1", "k2"}), ())
    del zone["k2._domainkey.agency.example", "TXT"]
    found = judge(need, asked(zone, outcome))
    assert (found.state, found.seen) == (PROVED, frozenset({"k1"}))
    assert [each.blocks for each in found.findings] == [False]
