"""From the sections on offer to the grid of a page, and from what a page sends back to rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from sublet.core.marks import NOTHING, only_clean
from sublet.core.rights import PRODUCT_PREFIX, Level, Rights
from sublet.people.queries import Offer, marks_of
from sublet.portals.shared.components import Preset, SectionGroup, SectionRow

FIELD = "right-"


@dataclass(frozen=True, slots=True)
class RightsGrid:
    """What ``shared/rights_grid.html`` is given, and the buttons that do the same without script."""

    groups: tuple[SectionGroup, ...]
    presets: tuple[Preset, ...]
    cleans: bool  # whether a section on the page names the vendor: else a client would read here that there is one
    fills: tuple[tuple[str, str], ...]  # value of the button ``fill``, label


class RightsForm:
    """The rights on one page: those `held` before, within what the actor may give.

    A section that the actor cannot give, and that the person does not have, is not on the page at all; one that the
    person has beyond the actor's own rights is shown locked, and stays whatever is sent. `owner`: of a client's owner
    only sections of the product can be ticked. `measured`: what scans found in each section
    (`proof.queries.measured_sections`), beside what the vendor declares of it. `lacking`: sections that the account does not
    have now (`people.queries.gates`): they are ticked all the same, and the page says so.
    `staff`: these rights go to a reseller's own people. What names the vendor is nothing to keep from them, so no button
    leaves such sections out; on a client's page it would only tell that there is a vendor.
    """

    def __init__(
        self,
        offer: Offer,
        *,
        grantable: Rights,
        held: Mapping[str, str],
        owner: bool = False,
        measured: Mapping[str, str] = NOTHING,
        lacking: frozenset[str] = frozenset(),
        staff: bool = False,
    ) -> None:
        self.offer = offer
        self.marks = marks_of(offer, measured)
        self.grantable = grantable
        self.held = dict(held)
        self.owner = owner
        self.lacking = lacking
        self.staff = staff

    def _choices(self, key: str) -> tuple[str, ...]:
        levels = self.offer.sections[key].levels
        most = self.grantable.level(key)
        return ("none", *(word for word in levels if Level.of(word) <= most))

    def _locked(self, key: str) -> bool:
        if self.owner and not key.startswith(PRODUCT_PREFIX):
            return True
        return Level.of(self.held.get(key, "none")) > self.grantable.level(key)

    def _why(self, key: str) -> str:
        if key in self.lacking:
            return _("What the account has does not include this: ticked, it opens as soon as it does.")
        if not self._locked(key):
            return ""
        if self.owner and not key.startswith(PRODUCT_PREFIX):
            return _("The owner of an account has this always.")
        return _("This is more than you have here yourself. Somebody who has it can change it.")

    def _shown(self, key: str) -> bool:
        return self._locked(key) or len(self._choices(key)) > 1

    def read(self, sent: QueryDict) -> dict[str, str]:
        """The rights that were sent; fields that the page did not have are not looked at."""
        found: dict[str, str] = {}
        for key in self.offer.sections:
            if self._locked(key) or not self._shown(key):
                word = self.held.get(key, "none")
            else:
                word = sent.get(FIELD + key, "none")
                word = word if word in self._choices(key) else "none"
            if word != "none":
                found[key] = word
        return found

    def fill(self, how: str, rights: Mapping[str, str]) -> dict[str, str]:
        """`rights` after the button ``fill``: ``clean``, ``nothing`` or ``preset:<key>``; unchanged by anything else."""
        if how == "clean":
            wanted: Mapping[str, str] = only_clean(rights, self.marks)
        elif how == "nothing":
            wanted = {}
        else:
            presets = {f"preset:{preset.key}": preset.rights for preset in self.offer.presets}
            wanted = presets.get(how, rights)
        found = {key: self.held[key] for key in self.held if key in self.offer.sections and self._locked(key)}
        return found | {key: word for key, word in self._lowered(wanted).items() if not self._locked(key)}

    def role_of(self, rights: Mapping[str, str]) -> str:
        """The key of the preset that gives exactly these rights, or empty."""
        return next((preset.key for preset in self.offer.presets if dict(preset.rights) == dict(rights)), "")

    def grid(self, rights: Mapping[str, str]) -> RightsGrid:
        """The grid with `rights` ticked."""
        groups = []
        for group in self.offer.groups:
            rows = tuple(
                SectionRow(
                    key=section.key,
                    label=section.name,
                    level=rights.get(section.key, "none"),
                    levels=("none", *section.levels) if self._locked(section.key) else self._choices(section.key),
                    marked=section.marked,
                    measured=self.marks[section.key].measured,
                    unclean=self.marks[section.key].unclean,
                    icon=section.icon,
                    help=section.help,
                    locked=self._locked(section.key),
                    why=self._why(section.key),
                )
                for section in group.sections
                if self._shown(section.key)
            )
            if rows:
                groups.append(SectionGroup(label=group.name, rows=rows))
        presets = tuple(
            Preset(label=preset.name, levels=self.fill(f"preset:{preset.key}", {}), hint=preset.hint)
            for preset in self.offer.presets
        )
        fills = [(f"preset:{preset.key}", preset.name) for preset in self.offer.presets]
        fills.append(("nothing", _("Nothing")))
        cleans = not self.staff and any(row.marked or row.unclean for group in groups for row in group.rows)
        if cleans:
            fills.append(("clean", _("Only sections without the vendor's name")))
        return RightsGrid(groups=tuple(groups), presets=presets, cleans=cleans, fills=tuple(fills))

    def _lowered(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """`wanted` as far as the actor can give it: the highest level on the page that does not go beyond."""
        found = {}
        for key, word in wanted.items():
            if key not in self.offer.sections:
                continue
            fitting = [each for each in self._choices(key) if Level.of(each) <= Level.of(word)]
            if fitting and fitting[-1] != "none":
                found[key] = fitting[-1]
        return found
