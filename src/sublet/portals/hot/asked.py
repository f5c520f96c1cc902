"""A request and its answer, as far as the hot application knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. Names of headers are in lower case; `host` is without port, `peer` the address that it came from."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: str
    scheme: str = "http"
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header, or empty."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer."""

    status: int
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    body: bytes = b""
