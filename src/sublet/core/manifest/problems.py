"""What can be wrong with a manifest, said so that its author can mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]
"""Where in the manifest: `("sections", 3, "icon")`. Positions begin at 0."""


def N_(s: str) -> str:
    """Mark a sentence for the translators; it is translated where it is shown."""
    return s


MESSAGES: Final[dict[str, str]] = {
    # the file
    "file-too-big": N_("the file has {size} bytes; a manifest may have at most {limit}"),
    "not-utf8": N_("the file is not UTF-8 text; byte {position} does not belong to it"),
    "line-too-long": N_("the line has {length} characters; at most {limit} are allowed"),
    "too-deep": N_("lists or tables are nested too deeply"),
    "too-many-problems": N_("there are more problems; the first {count} are shown"),
    "syntax": N_("not valid TOML at column {column}: {reason}"),
    "syntax-equals": N_("not valid TOML at column {column}: an equals sign is expected after a key"),
    "syntax-value": N_("not valid TOML at column {column}: a value is expected; texts stand in quotes"),
    "syntax-statement": N_("not valid TOML at column {column}: a key or a table heading is expected"),
    "syntax-line-end": N_("not valid TOML at column {column}: the line should end here"),
    "syntax-string": N_(
        "not valid TOML at column {column}: the text that begins here is not closed; put {quote} at its end"
    ),
    "syntax-quote": N_(
        "not valid TOML at column {column}: the text before this has ended; a quote is missing, or one stands inside "
        'the text, where it is written \\"'
    ),
    "syntax-list": N_("not valid TOML at column {column}: the list is not closed with a bracket or lacks a comma"),
    "syntax-table": N_("not valid TOML at column {column}: the table in braces is not closed or lacks a comma"),
    "syntax-character": N_("not valid TOML at column {column}: this character is not allowed here"),
    "syntax-twice": N_("not valid TOML at column {column}: this key or table stands in the file twice"),
    # keys
    "unknown-key": N_("unknown key"),
    "unknown-key-near": N_('unknown key; did you mean "{nearest}"?'),
    "missing-key": N_('"{name}" is missing'),
    "needed-when": N_('"{name}" is missing; it is needed when "{other}" is "{word}"'),
    "only-when": N_('has no meaning here; it belongs where "{other}" is {words}'),
    "used-before": N_("{entry} stands in the file already, on line {before}"),
    "bad-key": N_(
        "{found} is not a good key; use a to z, 0 to 9 and _, begin with a letter, at most {limit} characters"
    ),
    "unsupported-format": N_("this is format {found}; this release reads format {format}"),
    # types and sizes
    "not-a-text": N_("must be a text in quotes, not {found}"),
    "not-a-flag": N_("must be true or false, not {found}"),
    "not-a-whole-number": N_("must be a whole number, not {found}"),
    "not-an-amount": N_('must be a whole number or "unlimited", not {found}'),
    "not-a-list": N_("must be a list, not {found}"),
    "not-a-table": N_("must be a table, not {found}"),
    "not-by-language": N_("must be a table with a text for each of {languages}, not {found}"),
    "too-small": N_("{found} is too small; at least {limit} is needed"),
    "too-large": N_("{found} is too large; at most {limit} is allowed"),
    "list-too-short": N_("needs at least one entry"),
    "list-too-long": N_("has {length} entries; at most {limit} are allowed"),
    "empty-text": N_("must not be empty"),
    "outer-space": N_("must not begin or end with a space"),
    "control-character": N_("contains the invisible character {code}; write it without"),
    "text-too-long": N_("has {length} characters; at most {limit} are allowed"),
    "not-one-of": N_("{found} is not known here; use one of {words}"),
    "not-one-of-near": N_('{found} is not known here; did you mean "{nearest}"?'),
    # names in six languages
    "missing-language": N_('the language "{language}" is missing; every name is given in {languages}'),
    "unknown-language": N_("is not one of the languages {languages}"),
    # references
    "unknown-group": N_("there is no group {found}"),
    "unknown-group-near": N_('there is no group {found}; did you mean "{nearest}"?'),
    "unknown-section": N_("there is no section {found}"),
    "unknown-section-near": N_('there is no section {found}; did you mean "{nearest}"?'),
    "unknown-feature": N_("there is no feature {found}"),
    "unknown-feature-near": N_('there is no feature {found}; did you mean "{nearest}"?'),
    "unknown-meter": N_("there is no meter {found}"),
    "unknown-meter-near": N_('there is no meter {found}; did you mean "{nearest}"?'),
    "unknown-plan": N_("there is no plan {found}"),
    "unknown-plan-near": N_('there is no plan {found}; did you mean "{nearest}"?'),
    "unknown-add-on": N_("there is no add-on {found}"),
    "unknown-add-on-near": N_('there is no add-on {found}; did you mean "{nearest}"?'),
    # addresses
    "address-scheme": N_("must begin with https:// (http:// is allowed for localhost only)"),
    "address-host": N_("needs a host name or {{host}} after the two slashes, and nothing else there"),
    "address-character": N_("contains {found}, which does not belong in an address"),
    "address-placeholder": N_("{found} cannot be filled in; use {{host}}, {{account}} or {{language}}"),
    "address-placeholder-place": N_("{found} may stand only after the host"),
    "address-braces": N_("has a brace without its partner"),
    "address-dots": N_("must not contain the path steps . or .."),
    # rules between keys
    "level-not-offered": N_('the section "{section}" has no level "{level}"; it offers {words}'),
    "manage-without-view": N_('"manage" contains "view", so "view" must be in the list too'),
    "preset-without-rights": N_('gives no right; name sections in "rights" or use "every_section"'),
    "feature-not-a-switch": N_('the feature "{feature}" is not a switch'),
    "feature-value-switch": N_('the feature "{feature}" is a switch: use true or false, not {found}'),
    "feature-value-number": N_('the feature "{feature}" is a number: use a whole number from 0, not {found}'),
    "feature-value-text": N_('the feature "{feature}" is a text: use a text in quotes, not {found}'),
    "feature-value-choice": N_('{found} is not a choice of the feature "{feature}"; use one of {words}'),
    "standing-aggregation": N_('a standing amount cannot add up by "{word}"; use one of {words}'),
    "watch-needs-moment": N_('"{word}" watches a moment, so "kind" must be "moment"'),
    "watch-needs-number": N_('"decline" watches a number, so "kind" must be "number"'),
    "default-manager-missing": N_('"default_managed_by" is missing; it is needed when both may manage'),
    "default-manager-not-allowed": N_('"{word}" is not in "managed_by"'),
    "allowance-needs-meter": N_('"{name}" needs a "meter" that is counted'),
    "limit-needs-policy": N_('"policy" is missing; say what happens when the limit is reached'),
    "unlimited-has-no-policy": N_('has no meaning where "amount" is "unlimited"'),
    "unlimited-has-no-allowance": N_('has no meaning without an "allowance" that is a number'),
    "grace-needs-an-end": N_('"grace_days" or "grace_percent" is missing; otherwise the grace would never end'),
    "tiers-not-rising": N_('"up_to" must be larger than in the step before'),
    "tiers-not-open": N_('the last step, and only the last, has "up_to" = "unlimited"'),
    "guide-upside-down": N_('"highest" must not be less than "lowest"'),
    "starting-plan-costs": N_('new accounts start on the plan "{plan}", so it may cost nothing; it has a price'),
    "starting-plan-hidden": N_('new accounts start on the plan "{plan}", so it must be public'),
    "trial-of-itself": N_("the trial of a plan must open another plan"),
    "account-always-counts": N_('must contain "account"; a trial is started once in the life of an account'),
    "add-on-gives-nothing": N_('gives nothing; name "features", "adds" or "prices"'),
}
"""The English sentence of each code, with {named} placeholders. The web layer passes it through gettext."""

Param = str | int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` counts from 1; `key` is empty when the file as a whole is meant."""

    file: str
    line: int
    key: str
    code: str
    params: Mapping[str, Param]

    def message(self, gettext: Callable[[str], str] = str) -> str:
        """What is wrong, without the place; `gettext` translates the sentence before it is filled in."""
        return gettext(MESSAGES[self.code]).format(**self.params)

    def sentence(self, gettext: Callable[[str], str] = str) -> str:
        """The place and what is wrong: `app.toml:41: sections[3].icons: unknown key; did you mean "icon"?`"""
        place = f"{self.file}:{self.line}: " + (f"{self.key}: " if self.key else "")
        return place + self.message(gettext)


class ManifestErrors(ValueError):
    """A manifest that cannot be used, with every problem in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(problem.sentence() for problem in self.problems))
