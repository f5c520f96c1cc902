"""Every kind of mail is read as it leaves: those that a brand words and those that nobody does, in each language, headers too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from sublet.branding.models import Brand
from sublet.branding.operations.generation import bump_generation
from sublet.branding.queries import forget_hosts
from sublet.core.findings import gathered
from sublet.core.leaks import Word
from sublet.foundation.scope import account_scope, platform_scope
from sublet.messaging import gateway, senders
from sublet.messaging.kinds import declared
from sublet.messaging.rendering import render_mail
from sublet.messaging.worded import all_kinds, kind_called
from sublet.proof import letters
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.letters import every_mail, letters_to, ways_to_say
from sublet.proof.scanning import looking_at
from tests.factories import AT
from tests.people import CARL_HOST, ROSA_HOST, World

pytestmark = pytest.mark.django_db
UNWORDED = {"sender-test"}
#: What has many values, or tells of several things, beside what nobody words.
SEVERAL = ("invoice-last-call", "limits-digest", "move", "scan-found")


@pytest.fixture
def rosas(world: World) -> Iterator[Looking]:
    with account_scope(world.rosa.id):
        yield looking_at(world.rosa, ROSA_HOST, (Word("Vantage", "name"),), (), AT)


def read(looking: Looking, monkeypatch: pytest.MonkeyPatch, *kinds: str) -> Gathered:
    """What is found in those kinds of mail alone."""
    real = letters_to
    monkeypatch.setattr(
        letters, "letters_to", lambda account: (each for each in real(account) if each.template in kinds)
    )
    into = Gathered()
    every_mail(looking, into)
    return into


def test_every_kind_that_there_is_is_read(world: World) -> None:
    told = {each.template for each in letters_to(world.rosa)}
    assert told == {each.template for each in all_kinds() if not each.vendor_only} | UNWORDED
    assert {each.template for each in letters_to(world.vendor)} == set(declared())
    assert {each.template for each in letters_to(world.carl)} >= {"sender-test", "password-reset"}
    assert "scan-found" not in {each.template for each in letters_to(world.carl)}


def test_what_nobody_words_is_read_in_each_language(
    rosas: Looking, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    into = read(rosas, monkeypatch, *UNWORDED)
    count = sum(len(declared()[kind].examples) for kind in UNWORDED)
    assert (into.looked_at, into.found) == (count * len(settings.LANGUAGES), [])


@pytest.mark.parametrize("kind", [*sorted(UNWORDED), *SEVERAL])
def test_a_word_in_such_a_text_is_found_in_the_language_that_says_it(
    kind: str, rosas: Looking, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    real = render_mail

    def rendered(**told: Any) -> Any:
        mail = real(**told)
        if told["language"] != "sq":
            return mail
        return replace(mail, subject=f"{mail.subject} Vantage", html=mail.html.replace("</body>", "Vantage</body>"))

    monkeypatch.setattr(letters, "render_mail", rendered)
    into = read(rosas, monkeypatch, kind)
    ways = [
        each.key for each in letters_to(looking_at(world.rosa, ROSA_HOST, (), (), AT).account) if each.template == kind
    ]
    said = {(key, where) for key in ways for where in ("Subject (sq)", "text/html (sq)")}
    assert {(each.address, each.detail) for each in into.found} == said
    assert into.leaking == len(ways) >= len(set(ways))


def test_each_branch_of_a_text_is_read() -> None:
    """Of one and of many, with what may be left out and without, and with each value that makes it this kind."""
    found = [kind_called(key) for key in ("limits-digest", "move-detached", "invoice-last-call")]
    digest, detached, last_call = ([*ways_to_say(kind)] for kind in found if kind is not None)
    assert [(each["clients"], each["more"]) for each in digest] == [(2, 3), (1, 1), (2, 0)]
    assert [(each["kind"], each["reason"] != "") for each in detached] == [
        ("detach", True), ("revert", True), ("adopt", True), ("detach", False), ("revert", False), ("adopt", False),
    ]  # fmt: skip
    assert [(each["pauses"], each["limits"], each["day"] != "") for each in last_call] == [(1, 0, True), (1, 0, False)]


def test_what_a_reseller_says_of_money_is_read_in_its_own_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a client with a name of its own: such a mail leaves in the brand of whoever is owed."""
    with platform_scope("a test names brands"):
        Brand.objects.update_or_create(account=world.carl, defaults={"name": "Carl’s Own"})
        Brand.objects.update_or_create(account=world.rosa, defaults={"name": "Vantage Partner"})
        bump_generation()
    forget_hosts()
    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, (Word("Vantage", "name"),), (), AT)
        into = read(looking, monkeypatch, "invoice-reminder", "sender-test")
    assert {each.address for each in into.found} == {"invoice-reminder"}
    assert {each.detail.partition(" ")[0] for each in into.found} >= {"From", "text/plain"}


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"name": "Vantage Mail"}, {"From"}),
        ({"address": "n@vantage.example"}, {"From", "Message-ID"}),
        ({"reply_to": "help@vantage.example"}, {"Reply-To"}),
        ({"return_host": "back.vantage.example"}, {"Return-Path"}),
        ({"domain": "vantage.example"}, {"DKIM-Signature", "Message-ID"}),
    ],
)
def test_each_line_that_the_sender_makes_is_read_and_is_one_finding(
    changes: dict[str, str], places: set[str], rosas: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = senders.resolve

    def resolved(*told: Any, **more: Any) -> senders.Leaving:
        given: dict[str, Any] = changes
        return replace(real(*told, **more), **given)

    monkeypatch.setattr(senders, "resolve", resolved)
    into = read(rosas, monkeypatch, "sender-test", "scan-found")
    assert {each.detail.partition(" ")[0] for each in into.found} == places
    assert len(gathered(into.found)) == len(places)


def test_a_header_that_names_the_vendor_by_its_name_is_found(rosas: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gateway.compose

    def composed(**told: Any) -> gateway.Envelope:
        envelope = real(**told)
        return replace(envelope, message=b"X-Vantage-Id: 7\n" + envelope.message)

    monkeypatch.setattr(letters, "compose", composed)
    into = read(rosas, monkeypatch, "sender-test")
    assert {each.detail for each in into.found} == {f"X-Vantage-Id ({code})" for code, _name in settings.LANGUAGES}
    (finding,) = gathered(into.found)
    assert (len(finding.places), finding.first.leak.excerpt) == (len(settings.LANGUAGES), "X-Vantage-Id: 7")


def test_a_clients_mails_leave_in_its_resellers_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, (Word("Rosa Web Studio", "name"),), (), AT)
        into = read(looking, monkeypatch, "sender-test")
    assert {each.detail.partition(" ")[0] for each in into.found} >= {"From", "Subject"}
