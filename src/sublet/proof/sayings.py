"""What our own pages may say to whoever sends a form: refusals, errors of fields, what was done. Read where it comes from.

A scan sends no form as one of the account's people, so it cannot see the answer. But all that an answer can say beside what
already stands on the page is a sentence of this software, and those are known: each one, in each language, from the files of
translations, of the parts that such people come to. What is filled in at ``%(name)s`` is the account's own, and stands on its pages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from sublet.core.findings import Found
from sublet.core.leaks import ALLOWED, Word, find, folded
from sublet.core.rights import CLIENT
from sublet.proof.gathering import Gathered, Looking

#: What people of a client never come to, and what those of a reseller never do: from there nothing is said to them.
_NOT_FOR_RESELLERS = ("portals/vendor/", "portals/cli/", "demo/", "core/manifest/", "portals/shared/manifest_words.py")
_NOT_FOR_CLIENTS = (*_NOT_FOR_RESELLERS, "portals/reseller/")
_FOLDER = Path(__file__).parents[1] / "locale"
_ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?|msgctxt) (".*"(?:\n".*")*)', re.MULTILINE)


def sayings(looking: Looking, into: Gathered) -> None:
    """Every such sentence in every language; each language counts as one thing that was looked at."""
    for_client = looking.account.kind == CLIENT
    for language, _name in settings.LANGUAGES:
        into.add(list(_said(language, for_client, looking.words)))


def _said(language: str, for_client: bool, words: Sequence[Word]) -> Iterator[Found]:
    text, sentences = _sentences(language, for_client)
    # Sentences are no wrapped code: one that does not have the letters does not have the word, and there are thousands.
    wanted = [each for each in words if each.kind == ALLOWED or folded(each.text)[0] in text]
    if all(each.kind == ALLOWED for each in wanted):
        return
    for sentence in sentences:
        for leak in find(sentence, wanted):
            yield Found(f"messages ({language})", "text", "", leak)


@cache
def _sentences(language: str, for_client: bool) -> tuple[str, tuple[str, ...]]:
    """All of them with their letters as they are compared, and one by one."""
    # Where each comes from, and what it is in English, any of the files says.
    file = _FOLDER / (language if (_FOLDER / language).is_dir() else "it") / "LC_MESSAGES" / "django.po"
    left_out = _NOT_FOR_CLIENTS if for_client else _NOT_FOR_RESELLERS
    found: dict[str, None] = {}
    for block in file.read_text("utf-8").split("\n\n"):
        places = re.findall(r"src/sublet/(\S+)", "".join(re.findall(r"^#: .*$", block, re.MULTILINE)))
        if not any(not place.startswith(left_out) for place in places):
            continue
        wanted = ("msgid", "msgid_plural") if file.parts[-3] != language else ("msgstr",)
        for name, quoted in _ENTRY.findall(block):
            if name.partition("[")[0] in wanted:
                found["".join(ast.literal_eval(each) for each in quoted.split("\n"))] = None
    sentences = tuple(each for each in found if each)
    return folded("\n".join(sentences))[0], sentences
