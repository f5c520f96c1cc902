"""A file that is slow or broken to read ends alone."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfWriter

from sublet.core.leaks import Word
from sublet.proof import browser, files
from sublet.proof.browser import Wanted, show
from sublet.proof.visitor import Answer
from sublet.proof.walk import look


def made() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    writer.add_metadata({"/Producer": "Vantage Writer"})
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


def test_a_pdf_is_read_in_a_process_of_its_own() -> None:
    answer = Answer("/invoice.pdf", 200, (("Content-Type", "application/pdf"),), made())
    found, whole = look(answer, [Word("Vantage", "name")])
    assert [(each.place, each.detail, each.leak.word) for each in found] == [("file", "/Producer", "Vantage")]
    assert whole


@pytest.mark.parametrize(
    "fate", ["while True: pass", "import os; os.abort()", "x = bytearray(1 << 40)", "import sys; sys.exit(3)"]
)
def test_what_was_read_before_it_ended_is_kept(fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_READER", f"""print('["page 1", "Hello"]\\\\n["pa', flush=True); {fate}""")
    monkeypatch.setattr(files, "LONGEST", 0.4)
    parts, whole = files.texts_of(b"%PDF-1.7")
    assert (parts in ([("page 1", "Hello")], []), whole) == (True, False)


@pytest.mark.parametrize("fate", ["while True: pass", "import os; os.abort()", "print('x' * 200)"])
def test_a_browser_that_hangs_or_dies_is_ended(fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = """print('{"seen": "/", "who": "", "fault": "", "html": "Hello"}', flush=True)"""
    monkeypatch.setattr(browser, "_BROWSER", f"{told}; {fate}" if not fate.startswith("while") else f"{told}\n{fate}")
    monkeypatch.setattr(browser, "SILENT", 0.7)
    seen = show([Wanted("/", "")], host="x", origin="http://x", language="", words=[], ask=lambda _a, _w: None)
    told_of: list[str] = []
    with pytest.raises(browser.BrowserLost):
        told_of.extend(each.html for each in seen)
    assert told_of in (["Hello"], [])
