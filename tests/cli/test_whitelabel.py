"""`sublet whitelabel scan` says what was found and where, and its exit code says whether."""

from __future__ import annotations

import argparse
import json

import pytest

from sublet.portals.cli import whitelabel
from sublet.proof import letters, operations, scanning, walk
from sublet.proof.visitor import Answer
from tests.people import World

pytestmark = pytest.mark.django_db


def run(account: str, *, as_json: bool = False) -> int:
    return whitelabel.scan(argparse.Namespace(account=account, json=as_json))


def test_it_tells_what_was_found_and_where(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 2)
    monkeypatch.setattr(scanning, "FORMS", ())
    monkeypatch.setattr(scanning, "WORDED", ())
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)
    monkeypatch.setattr(operations, "sayings", lambda _looking, _into: None)
    clean = Answer("/", 200, (), b"Hello")
    monkeypatch.setattr(operations, "ask", lambda **asked: clean)
    assert run(world.carl.ref) == 0
    assert "100 of 100" in capsys.readouterr().out

    monkeypatch.setattr(operations, "ask", lambda **asked: Answer("/x", 200, (), b"Hello\nby Vantage Apps"))
    assert run(world.carl.ref) == 1
    told = capsys.readouterr().out
    assert "new: /x, text, 2:4, shown to the stranger (and 3 more): “Vantage Apps”" in told
    assert "Not looked at: words in pictures" in told
    assert "some of the host product's own pages" in told

    assert run(world.carl.ref, as_json=True) == 1
    one = json.loads(capsys.readouterr().out)[0]
    assert (one["account"], one["score"], one["findings"][0]["word"]) == (world.carl.ref, 0, "Vantage Apps")


def test_nothing_that_a_page_says_reaches_the_terminal_or_turns_a_place_round(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address, the name of an attribute, and what stands around a word are as strangers have written them."""
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 2)
    monkeypatch.setattr(scanning, "FORMS", ())
    monkeypatch.setattr(scanning, "WORDED", ())
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)
    monkeypatch.setattr(operations, "sayings", lambda _looking, _into: None)
    wicked = "\x1b]0;mine\x07\x9b2J\u202e"
    body = f'<a {wicked}x="by Vantage Apps {wicked}">x</a>'.encode()
    answer = Answer(f"/{wicked}", 200, (("Content-Type", "text/html"),), body)
    monkeypatch.setattr(operations, "ask", lambda **asked: answer)
    for as_json in (False, True):
        assert run(world.carl.ref, as_json=as_json) == 1
        told = capsys.readouterr().out
        assert "Vantage Apps" in told
        assert [each for each in told if not each.isprintable() and each != "\n"] == []


def test_an_account_that_is_not_there(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("acc_23456789abcd") == 1
    assert capsys.readouterr().err.startswith("sublet: ")


def test_an_account_that_cannot_be_looked_at_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Among all of them it must not pass for one in which nothing was found."""

    def refuse(**_asked: object) -> str:
        raise operations.CannotScan("no-host")

    monkeypatch.setattr(operations, "scan_now", refuse)
    run("")
    said = capsys.readouterr()
    assert said.out == ""
    assert f"sublet: {world.carl.ref} was not looked at. This account has no address" in said.err
