"""From a template and a brand to the two parts of a mail.

A mail is one plain template, ``mails/<name>.txt``: its first line is the subject, then paragraphs with empty lines between
them; a line ``=> label | address`` is a button. Both the plain and the HTML part are made from it, so they cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from mjml import mjml2html

from sublet.branding.queries import BrandView

_BUTTON = re.compile(r"^=> (?P<label>.+?) \| (?P<url>https?://\S+)\Z")
_SUBJECT_LENGTH = 200
_VALUE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text, or a button when `url` is set."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """Subject on one line, plain part, HTML part."""

    subject: str
    text: str
    html: str


def one_line(value: str) -> str:
    """A value safe in a mail: one line, no control characters, no tricks with the direction of writing."""
    kept = "".join(" " if c in "\r\n\t\u2028\u2029" else c for c in value if c in "\r\n\t\u2028\u2029" or _harmless(c))
    return " ".join(kept.split())[:_VALUE_LENGTH]


def _harmless(char: str) -> bool:
    return (
        unicodedata.category(char) not in {"Cc", "Cs", "Cn"}
        and char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def render_mail(
    *, template: str, brand: BrandView, language: str, context: Mapping[str, str | int], origin: str
) -> RenderedMail:
    """The mail in `language` and in the brand. `origin` is the address at which the brand's images are found.

    Raises TemplateDoesNotExist for a template that no app has, ValueError when it has no subject or no text.
    """
    values = {name: one_line(value) if isinstance(value, str) else value for name, value in context.items()}
    with translation.override(language):
        plain = render_to_string(f"mails/{template}.txt", {**values, "brand": brand})
        head, _, body = plain.strip().partition("\n")
        blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", body) if block.strip()]
        subject = one_line(head)[:_SUBJECT_LENGTH]
        if not subject or not blocks:
            raise ValueError(f"the mail {template} has no subject or no text")
        paragraphs = [
            Paragraph(match["label"], match["url"]) if (match := _BUTTON.match(block)) else Paragraph(block)
            for block in blocks
        ]
        frame = {"brand": brand, "language": language, "subject": subject, "paragraphs": paragraphs, "origin": origin}
        html = mjml2html(render_to_string("messaging/layout.mjml", frame))
        text = render_to_string("messaging/layout.txt", frame)
    return RenderedMail(subject=subject, text=text.strip() + "\n", html=html)
