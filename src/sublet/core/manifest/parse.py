"""From the text of a manifest to its values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from sublet.core.manifest.check import check_manifest
from sublet.core.manifest.lines import Lines
from sublet.core.manifest.model import Manifest
from sublet.core.manifest.report import Report, TooManyProblems
from sublet.core.manifest.words import LARGEST_FILE, LONGEST_LINE, MOST_DOTS

_PLACE = re.compile(r"(?P<reason>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)
_SYNTAX = (
    ("Cannot overwrite a value", "syntax-twice"),
    ("Cannot declare", "syntax-twice"),
    ("Duplicate inline table key", "syntax-twice"),
    ("Cannot mutate immutable namespace", "syntax-twice"),
    ("Expected '='", "syntax-equals"),
    ("Invalid value", "syntax-value"),
    ("Invalid statement", "syntax-statement"),
    ("Invalid initial character for a key part", "syntax-statement"),
    ("Expected newline or end of document", "syntax-line-end"),
    ("Unterminated string", "syntax-string"),
    ("Expected '\"'", "syntax-string"),
    ('Expected "\'"', "syntax-string"),
    ('Expected "\'"', "syntax-string"),
    ("Unclosed array", "syntax-list"),
    ("Unclosed inline table", "syntax-table"),
    ("Illegal character", "syntax-character"),
    ("Found invalid character", "syntax-character"),
)
"""How `tomllib` begins its sentences; one that is not here is told in its own words."""
_QUOTE_OR_COMMENT = re.compile(r"[\"'#]")
_REST_OF_TEXT = {
    '"': re.compile(r'(?:[^"\\\n]|\\[^\n])*+"'),
    "'": re.compile(r"[^'\n]*+'"),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+"{3,5}', re.DOTALL),
    "'''": re.compile(r"(?:[^']|'(?!''))*+'{3,5}"),
}
_REST_OF_LINE = re.compile(r"[^\n]*")


def parse_manifest(text: str, *, file: str) -> Manifest:
    """The manifest that `text` declares; `file` is the name that problems mention.

    Raises `ManifestErrors` with every problem, in the order of the file.
    """
    report = Report(file=file, lines=Lines(""))
    try:
        manifest = _parse(text, file=file, report=report)
    except TooManyProblems:
        manifest = None
    if manifest is None:
        report.stop()
        raise AssertionError("a manifest without values has problems")  # pragma: no cover
    return manifest


def parse_manifest_bytes(content: bytes, *, file: str) -> Manifest:
    """The same for the bytes of a file, which must be UTF-8; a byte order mark at the start is passed over."""
    report = Report(file=file, lines=Lines(""))
    if len(content) > LARGEST_FILE:
        report.add_at(1, "file-too-big", size=len(content), limit=LARGEST_FILE)
        report.stop()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        report.add_at(line, "not-utf8", position=error.start + 1)
        report.stop()
        raise
    return parse_manifest(text.removeprefix("\ufeff"), file=file)


def from_canonical(data: Mapping[str, object], *, file: str = "manifest") -> Manifest:
    """The manifest of which `canonical` made `data`; lists and tables are those of JSON.

    Raises `ManifestErrors`, whose lines are 0, when `data` is not such a manifest.
    """
    report = Report(file=file, lines=None)
    try:
        manifest = check_manifest(dict(data), report)
    except TooManyProblems:
        manifest = None
    if manifest is None:
        report.stop()
        raise AssertionError("a manifest without values has problems")  # pragma: no cover
    return manifest


def _parse(text: str, *, file: str, report: Report) -> Manifest | None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_FILE:
        report.add_at(1, "file-too-big", size=size, limit=LARGEST_FILE)
        return None
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            report.add_at(number, "line-too-long", length=len(line), limit=LONGEST_LINE)
            return None
        if line.count(".") > MOST_DOTS:
            report.add_at(number, "too-deep")
            return None
    try:
        data = tomllib.loads(text)
    except RecursionError:
        report.add_at(1, "too-deep")
        return None
    except ValueError as error:  # also what `tomllib` lets through, such as a number with too many digits
        _add_syntax_problem(str(error), text, report)
        return None
    report.use(Lines(text))
    return check_manifest(data, report)


def _add_syntax_problem(sentence: str, text: str, report: Report) -> None:
    match = _PLACE.fullmatch(sentence)
    reason = match["reason"] if match else sentence
    line, column = (int(match["line"]), int(match["column"])) if match and match["line"] else _end(text)
    code = next((code for start, code in _SYNTAX if reason.startswith(start)), "syntax")
    if code == "syntax-string" or reason.endswith(repr("\n")):  # a line break where a quote should be
        line, column, quote = _open_text(text) or (line, column, '"')
        report.add_at(line, "syntax-string", column=column, quote=quote)
    elif code in {"syntax-line-end", "syntax-list", "syntax-table"} and _follows_a_text(text, line, column):
        report.add_at(line, "syntax-quote", column=column)
    elif code == "syntax":
        report.add_at(line, code, column=column, reason=reason)
    else:
        report.add_at(line, code, column=column)


def _open_text(text: str) -> tuple[int, int, str] | None:
    """Line, column and quote of the first text that is not closed: `tomllib` tells where it gave up, which may be far below."""
    place = 0
    while (found := _QUOTE_OR_COMMENT.search(text, place)) is not None:
        begin = found.start()
        quote = found[0] * 3 if text.startswith(found[0] * 3, begin) else found[0]
        rest = _REST_OF_LINE if quote[0] == "#" else _REST_OF_TEXT[quote]
        end = rest.match(text, begin + len(quote))
        if end is None:
            return text.count("\n", 0, begin) + 1, begin - text.rfind("\n", 0, begin), quote
        place = end.end()
    return None


def _follows_a_text(text: str, line: int, column: int) -> bool:
    """Whether something stands right behind a closing quote: the text was meant to go on, or an earlier one to end."""
    return re.match(r"[\"']\w", text.split("\n")[line - 1][max(column - 2, 0) :]) is not None


def _end(text: str) -> tuple[int, int]:
    """Line and column of the last character that is not blank."""
    lines = text.rstrip().split("\n")
    return len(lines), len(lines[-1]) + 1
