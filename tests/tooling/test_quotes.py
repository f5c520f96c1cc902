"""One kind of quotation marks for a language: `make messages` sets it, and a catalog that mixes them fails."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "scripts" / "messages.py"


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_of_the_scripts", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("language", "said", "bound"),
    [
        ("it", "Il piano “%(plan)s” e il team «A».", "Il piano «%(plan)s» e il team «A»."),
        ("nl", "De foto’s van ‘%(name)s’ en ‘Piet’s’.", "De foto’s van “%(name)s” en “Piet’s”."),
        ("sq", "„%(name)s“ dhe «B»", "“%(name)s” dhe “B”"),
        ("pt", "O modelo “%(name)s”: “%(text)s”", "O modelo «%(name)s»: «%(text)s»"),
        ("fr", "Le plan “%(plan)s” : oui", "Le plan «\u202f%(plan)s\u202f»\u00a0: oui"),
        ("nl", "Foto’s en video’s, zoals altijd", "Foto’s en video’s, zoals altijd"),
    ],
)  # fmt: skip
def test_each_language_has_one_kind_of_quotation_marks(
    messages: ModuleType, language: str, said: str, bound: str
) -> None:
    assert messages.bound(language, said) == bound
    assert messages.bound(language, bound) == bound
