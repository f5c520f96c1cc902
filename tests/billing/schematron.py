"""The rules of EN 16931 as their makers publish them, run over an electronic invoice: which ones it breaks."""

from __future__ import annotations

from functools import cache
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor  # type: ignore[import-untyped]  # has no types

from sublet.billing.documents.electronic import kinds_of_rules

_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


@cache
def _machine() -> tuple[Any, dict[str, Any]]:
    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, {
        syntax: compiler.compile_stylesheet(stylesheet_file=path) for syntax, path in kinds_of_rules().items()
    }


def broken(xml: bytes, syntax: str) -> list[str]:
    """The names of the rules that it breaks, each once, in their order."""
    processor, rules = _machine()
    report = rules[syntax].transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    found = etree.fromstring(report.encode()).iter(_FAILED)
    return list(dict.fromkeys(_name(each) for each in found))


def _name(failed: Any) -> str:
    text = " ".join("".join(failed.itertext()).split())
    return text[1:].partition("]")[0] if text.startswith("[") else str(failed.get("id"))
