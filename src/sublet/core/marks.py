"""Whether a section of the host product is white-label clean: what the vendor declares of it, beside what a scan measured.

Laws (tests/core/test_marks.py):

* a section that is declared unclean is unclean, whatever was measured; one where something was found is unclean, whatever is
  declared;
* what is left of rights is a part of them, without any unclean section, and every clean one is left as it was;
* one finding more never leaves more;
* of several looks the newest counts that has seen the section.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

CLEAN, NAMED, UNSEEN = "clean", "found", "unseen"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mark:
    """`declared`: the manifest marks it. `measured`: `CLEAN`, `NAMED`, or `UNSEEN` where nobody has looked."""

    declared: bool
    measured: str = UNSEEN

    @property
    def unclean(self) -> bool:
        """Whether something names the vendor there, as far as anybody says."""
        return self.declared or self.measured == NAMED


def only_clean(rights: Mapping[str, str], marks: Mapping[str, Mark]) -> dict[str, str]:
    """`rights` without the sections that are unclean, and without those that nobody knows."""
    return {key: word for key, word in rights.items() if key in marks and not marks[key].unclean}


def newest_measured(looks: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Of each section what the first of these looks says that has seen it; `looks` with the newest first."""
    told: dict[str, str] = {}
    for look in looks:
        for key, measured in look.items():
            if measured in {CLEAN, NAMED}:
                told.setdefault(key, measured)
    return told
