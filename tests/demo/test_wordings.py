"""The words that the demo's agencies write are words that can be kept."""

from __future__ import annotations

from sublet.core.wording import problems
from sublet.demo.wordings import WORDS
from sublet.messaging.worded import kind_called


def test_the_agencies_words_have_all_that_their_mails_need() -> None:
    for words in WORDS.values():
        for key, wording in words.items():
            kind = kind_called(key)
            assert kind is not None
            assert problems(wording, known=kind.known, required=kind.needed, secret=kind.secrets) == []
