"""Two words for a browser."""

from __future__ import annotations

import pytest

from sublet.core.agents import describe

MOZ = "Mozilla/5.0 "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (MOZ + "(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
        (MOZ + "(Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", ("Edge", "Windows")),
        (MOZ + "(Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 Version/18 Safari/605.1.15", ("Safari", "macOS")),
        (MOZ + "(iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Mobile Safari/604.1", ("Chrome", "iPhone")),
        (MOZ + "(Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("curl/8.0", ("", "")),
        ("", ("", "")),
    ],
)
def test_two_words(agent: str, words: tuple[str, str]) -> None:
    assert describe(agent) == words
