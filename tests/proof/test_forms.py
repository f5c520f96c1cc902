"""Forms that are answered to GET are filled in; no other is sent, and what ours may say to it is read where it comes from."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest
from django.conf import settings

from sublet.accounts.models import Account
from sublet.core.leaks import ALLOWED, Word
from sublet.core.rights import CLIENT, RESELLER
from sublet.proof import sayings as said
from sublet.proof.asking_forms import NONSENSE, asked_by
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.sayings import sayings
from sublet.proof.visitor import Answer
from sublet.proof.walk import walk
from tests.factories import AT

HTML = (("Content-Type", "text/html; charset=utf-8"),)
WORDS = (Word("Vantage", "name"),)
SEARCH = """<form action="/list/?old=1"><input name=q type=search><input name=since type=date value=2026-01-02>
  <select name=state><option value="">All<option value=open selected>Open</select><input type=hidden name=a value=b>
  <input type=checkbox name=off value=1><input type=checkbox name=on checked><button name=go value=1>Go</button></form>"""


def page(body: str) -> Answer:
    return Answer("/list/", 200, HTML, body.encode())


def asked(body: str) -> list[tuple[str, dict[str, str]]]:
    found = asked_by(page(body), "carl.example").addresses
    return [(path, dict(parse_qsl(query, keep_blank_values=True)))
            for path, _mark, query in (each.partition("?") for _key, each in found)]  # fmt: skip


def test_a_form_is_asked_as_it_stands_and_with_what_makes_no_sense() -> None:
    as_it_stands = {"q": NONSENSE, "since": "2026-01-02", "state": "open", "a": "b", "on": "on"}
    assert asked(SEARCH) == [
        ("/list/", as_it_stands),
        ("/list/", as_it_stands | {"since": NONSENSE, "state": NONSENSE}),
    ]


@pytest.mark.parametrize(
    ("body", "sends"),
    [
        ("<form method=post action=/save><input name=x></form>", True),
        ("<form method=dialog><button>x</button></form>", False),
        ("<form action=//elsewhere.example/find><input name=q></form>", False),
        ("<form action=http://[::1><input name=q></form>", False),
        ("<p>no form</p>", False),
    ],
)
def test_no_other_form_is_an_address(body: str, sends: bool) -> None:
    found = asked_by(page(body), "carl.example")
    assert (found.addresses, found.sends) == ([], sends)


def test_what_a_form_says_of_nonsense_is_looked_at_and_each_form_is_asked_once() -> None:
    asked_for: list[str] = []

    def ask(address: str) -> Answer:
        asked_for.append(address)
        wrong = "<p>Vantage takes no such day</p>" if f"since={NONSENSE}" in address else ""
        return Answer(address, 200, HTML, (SEARCH + "<a href=/other/>o</a>" + wrong).encode())

    walked = walk(ask, host="carl.example", begin=("/list/",), words=WORDS)
    assert [each.address for each in walked.found] == [asked_for[-1]]
    assert f"since={NONSENSE}" in asked_for[-1]
    assert len(asked_for) == 4  # two pages, and the form that stands on both in two ways
    assert not walked.sends


def test_a_form_that_leads_where_no_link_is_gone_is_not_asked() -> None:
    def ask(address: str) -> Answer:
        return Answer(address, 200, HTML, b"<form action=/delete/><input name=q></form><form method=post></form>")

    walked = walk(ask, host="h.example", begin=("/",), words=WORDS, follow=lambda address: "delete" not in address)
    assert (walked.looked_at, walked.sends) == (1, True)


def looked(kind: str, *words: Word) -> Gathered:
    into = Gathered()
    sayings(Looking(Account(kind=kind), "h.example", words, (), AT), into)
    return into


def test_every_sentence_that_people_may_be_told_is_read_in_each_language() -> None:
    clean = looked(CLIENT, *WORDS, Word("Sublet", "name"))
    assert (clean.looked_at, clean.found) == (len(settings.LANGUAGES), [])
    # A word that does stand there: in a refusal, and as it is said in another language.
    found = looked(CLIENT, Word("being looked at already", "name"), Word("sconosciuto", "name"))
    assert {each.address for each in found.found} >= {"messages (en)", "messages (it)"}
    assert found.leaking == 2
    assert not looked(CLIENT, Word("being looked at already", ALLOWED)).found


def test_what_only_the_vendor_reads_is_said_to_nobody_else() -> None:
    everything = (said._FOLDER / "it" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert re.search(r"msgid .*Sublet", everything)  # the control: it names this software to those who run it
    for kind in (CLIENT, RESELLER):
        assert looked(kind, Word("Sublet", "name")).found == []
    for_client, for_reseller = (set(said._sentences("en", each)[1]) for each in (True, False))
    assert for_client < for_reseller
