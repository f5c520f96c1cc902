"""What a manifest may not say, and the sentence in which each fault is told."""

from __future__ import annotations

import re
import string
import tomllib

import pytest

from sublet.core.manifest import MESSAGES, ManifestErrors, Problem, parse_manifest, parse_manifest_bytes
from sublet.core.manifest.problems import N_
from sublet.core.manifest.words import MOST_PROBLEMS
from tests.core.manifests import NAME, PARTS, PRODUCT, SMALL, UNIT

SECTION = f'[[sections]]\nkey = "content"\ngroup = "build"\nicon = "book"\naddress = "https://{{host}}/c"\n{NAME}\n'
MARKED = SECTION.replace(NAME, NAME + " #!")
PLAN = f'[[plans]]\nkey = "paid"\n{NAME}\n'
ADD_ON = f'[[add_ons]]\nkey = "training"\n{NAME}\n'
METER = f'[[meters]]\nkey = "sms"\n{NAME}\n{UNIT}\n'
SIGNAL = f'[[signals]]\nkey = "push"\n{NAME}\n'
SERVICE = f'[[managed_services]]\nkey = "care"\nicon = "heart"\n{NAME}\n'
PRESET = f'[[role_presets]]\nkey = "designer"\n{NAME}\n'
LEVELS = '"view", "manage"'


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ManifestErrors) as raised:
        parse_manifest(text, file="a.toml")
    return raised.value.problems


def _told(text: str) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.code, problem.message()) for problem in _problems(text)]


def _marked(text: str) -> int:
    (line,) = [number for number, row in enumerate(text.split("\n"), start=1) if "#!" in row]
    return line


# What is added to the small manifest, with "#!" on the line that is meant; the code; the sentence.
ADDED: list[tuple[str, str, str]] = [
    (SECTION + "vendor_marks = true #!", "unknown-key-near", 'unknown key; did you mean "vendor_mark"?'),
    (SECTION + "zzz = true #!", "unknown-key", "unknown key"),
    (SECTION + "'not a key' = 1 #!", "unknown-key", "unknown key"),
    (
        SECTION.replace("[[sections]]", "[[sections]] #!").replace('icon = "book"', ""),
        "missing-key",
        '"icon" is missing',
    ),
    (
        f'[[meters]] #!\nkey = "u"\naggregation = "unique"\nperiod = "day"\n{UNIT}\n{NAME}',
        "needed-when",
        '"unique_by" is missing; it is needed when "aggregation" is "unique"',
    ),
    (
        METER + 'aggregation = "sum"\nperiod = "day"\nunique_by = "x" #!',
        "only-when",
        'has no meaning here; it belongs where "aggregation" is "unique"',
    ),
    (
        SECTION.replace('"content"', '"design"').replace("[[sections]]", "[[sections]] #!"),
        "used-before",
        '"design" stands in the file already, on line 11',
    ),
    (
        PLAN.replace("[[plans]]", "[[plans]] #!").replace("paid", "free") + "version = 1",
        "used-before",
        '"free", 1 stands in the file already, on line 47',
    ),
    (
        PLAN
        + 'prices = [{ interval = "month", amount = 1 },\n{ interval = "month", amount = 2, currency = "EUR" }] #!',
        "used-before",
        '"month", "EUR", "flat" stands in the file already, on line 57',
    ),
    (
        SECTION.replace('"content"', '"Con-tent" #!'),
        "bad-key",
        '"Con-tent" is not a good key; use a to z, 0 to 9 and _, begin with a letter, at most 50 characters',
    ),
    (SECTION.replace('"book"', "3 #!"), "not-a-text", "must be a text in quotes, not 3"),
    (SECTION + "vendor_mark = 1 #!", "not-a-flag", "must be true or false, not 1"),
    (SECTION + 'vendor_mark = "true" #!', "not-a-flag", 'must be true or false, not "true"'),
    (
        METER + 'aggregation = "sum"\nperiod = "day"\ndecimals = true #!',
        "not-a-whole-number",
        "must be a whole number, not true",
    ),
    (PLAN + "trial = { days = 7.5 } #!", "not-a-whole-number", "must be a whole number, not 7.5"),
    (
        PLAN + 'limits = [{ meter = "appointments", amount = "many", policy = "block" }] #!',
        "not-an-amount",
        'must be a whole number or "unlimited", not "many"',
    ),
    (SECTION + 'levels = "view" #!', "not-a-list", 'must be a list, not "view"'),
    (
        SECTION + 'description = "Text" #!',
        "not-by-language",
        'must be a table with a text for each of en, it, sq, nl, fr, pt, not "Text"',
    ),
    (PLAN + "features = [] #!", "not-a-table", "must be a table, not []"),
    (PLAN + "trial = 1979-05-27 #!", "not-a-table", "must be a table, not 1979-05-27"),
    (PLAN + "trial = { days = 0 } #!", "too-small", "0 is too small; at least 1 is needed"),
    (PLAN + "trial = { days = 400 } #!", "too-large", "400 is too large; at most 366 is allowed"),
    (SECTION + "levels = [] #!", "list-too-short", "needs at least one entry"),
    (
        PLAN
        + 'limits = [{ meter = "appointments", amount = 1, policy = "block", thresholds = [1,2,3,4,5,6,7,8,9,10,11] }] #!',
        "list-too-long",
        "has 11 entries; at most 10 are allowed",
    ),
    (MARKED.replace('en = "A"', 'en = " "'), "empty-text", "must not be empty"),
    (MARKED.replace('en = "A"', 'en = " A"'), "outer-space", "must not begin or end with a space"),
    (
        MARKED.replace('en = "A"', 'en = "A\\u0000"'),
        "control-character",
        "contains the invisible character U+0000; write it without",
    ),
    (
        MARKED.replace('en = "A"', 'en = "A\\u202Eb"'),
        "control-character",
        "contains the invisible character U+202E; write it without",
    ),
    (
        MARKED.replace('en = "A"', f'en = "{"A" * 81}"'),
        "text-too-long",
        "has 81 characters; at most 80 are allowed",
    ),
    (SECTION.replace('"book"', '"books" #!'), "not-one-of-near", '"books" is not known here; did you mean "book"?'),
    (SECTION + 'levels = ["xyz"] #!', "not-one-of", f'"xyz" is not known here; use one of {LEVELS}'),
    (
        PLAN + 'prices = [{ interval = "month", amount = 1, currency = "EURO" }] #!',
        "not-one-of-near",
        '"EURO" is not known here; did you mean "EUR"?',
    ),
    (
        MARKED.replace(', pt = "F"', ""),
        "missing-language",
        'the language "pt" is missing; every name is given in en, it, sq, nl, fr, pt',
    ),
    (
        MARKED.replace('pt = "F"', 'pt = "F", de = "G"'),
        "unknown-language",
        "is not one of the languages en, it, sq, nl, fr, pt",
    ),
    (
        SECTION.replace('"build"', '"built" #!'),
        "unknown-group-near",
        'there is no group "built"; did you mean "build"?',
    ),
    (SECTION.replace('"build"', '"xyz" #!'), "unknown-group", 'there is no group "xyz"'),
    (
        PRESET + 'rights = { desing = "view" } #!',
        "unknown-section-near",
        'there is no section "desing"; did you mean "design"?',
    ),
    (PRESET + 'rights = { xyz = "view" } #!', "unknown-section", 'there is no section "xyz"'),
    (SECTION + 'feature = "vidoe" #!', "unknown-feature-near", 'there is no feature "vidoe"; did you mean "video"?'),
    (SECTION + 'feature = "xyz" #!', "unknown-feature", 'there is no feature "xyz"'),
    (
        PLAN + 'limits = [{ meter = "appointment", amount = 5, policy = "block" }] #!',
        "unknown-meter-near",
        'there is no meter "appointment"; did you mean "appointments"?',
    ),
    (SERVICE + 'meter = "xyz" #!', "unknown-meter", 'there is no meter "xyz"'),
    (
        PLAN + 'trial = { days = 7, plan = "fre" } #!',
        "unknown-plan-near",
        'there is no plan "fre"; did you mean "free"?',
    ),
    (PLAN + 'trial = { days = 7, plan = "xyz" } #!', "unknown-plan", 'there is no plan "xyz"'),
    (
        SECTION + 'offer = "redesing" #!',
        "unknown-add-on-near",
        'there is no add-on "redesing"; did you mean "redesign"?',
    ),
    (SECTION + 'offer = "xyz" #!', "unknown-add-on", 'there is no add-on "xyz"'),
    (
        PRESET + 'rights = { statistics = "manage" } #!',
        "level-not-offered",
        'the section "statistics" has no level "manage"; it offers "view"',
    ),
    (
        SECTION + 'levels = ["manage"] #!',
        "manage-without-view",
        '"manage" contains "view", so "view" must be in the list too',
    ),
    (
        PRESET.replace("[[role_presets]]", "[[role_presets]] #!"),
        "preset-without-rights",
        'gives no right; name sections in "rights" or use "every_section"',
    ),
    (SECTION + 'feature = "staff" #!', "feature-not-a-switch", 'the feature "staff" is not a switch'),
    (
        PLAN + "features = { video = 1 } #!",
        "feature-value-switch",
        'the feature "video" is a switch: use true or false, not 1',
    ),
    (
        PLAN + "features = { staff = true } #!",
        "feature-value-number",
        'the feature "staff" is a number: use a whole number from 0, not true',
    ),
    (
        PLAN + "features = { note = 5 } #!",
        "feature-value-text",
        'the feature "note" is a text: use a text in quotes, not 5',
    ),
    (PLAN + 'features = { note = "" } #!', "empty-text", "must not be empty"),
    (
        PLAN + 'features = { synchronization = "both" } #!',
        "feature-value-choice",
        '"both" is not a choice of the feature "synchronization"; use one of "off", "two_way"',
    ),
    (
        METER + 'aggregation = "count" #!\nperiod = "standing"',
        "standing-aggregation",
        'a standing amount cannot add up by "count"; use one of "sum", "latest"',
    ),
    (
        SIGNAL + 'kind = "number"\nwatch = "silence" #!\ndays = 3',
        "watch-needs-moment",
        '"silence" watches a moment, so "kind" must be "moment"',
    ),
    (
        SIGNAL + 'kind = "moment"\nwatch = "decline" #!\ndays = 3',
        "watch-needs-number",
        '"decline" watches a number, so "kind" must be "number"',
    ),
    (
        SERVICE.replace("[[managed_services]]", "[[managed_services]] #!") + 'managed_by = ["reseller", "client"]',
        "default-manager-missing",
        '"default_managed_by" is missing; it is needed when both may manage',
    ),
    (
        SERVICE + 'managed_by = ["reseller"]\ndefault_managed_by = "client" #!',
        "default-manager-not-allowed",
        '"client" is not in "managed_by"',
    ),
    (SERVICE + "allowance = 5 #!", "allowance-needs-meter", '"allowance" needs a "meter" that is counted'),
    (
        SERVICE.replace("[[managed_services]]", "[[managed_services]] #!") + 'meter = "appointments"\nallowance = 5',
        "limit-needs-policy",
        '"policy" is missing; say what happens when the limit is reached',
    ),
    (
        SERVICE + 'meter = "appointments"\npolicy = "block" #!',
        "unlimited-has-no-allowance",
        'has no meaning without an "allowance" that is a number',
    ),
    (
        PLAN + 'limits = [{ meter = "appointments", amount = 5 }] #!',
        "limit-needs-policy",
        '"policy" is missing; say what happens when the limit is reached',
    ),
    (
        PLAN + 'limits = [{ meter = "appointments", amount = "unlimited", policy = "block" }] #!',
        "unlimited-has-no-policy",
        'has no meaning where "amount" is "unlimited"',
    ),
    (
        PLAN + 'limits = [{ meter = "appointments", amount = 5, policy = "grace" }] #!',
        "grace-needs-an-end",
        '"grace_days" or "grace_percent" is missing; otherwise the grace would never end',
    ),
    (
        PLAN
        + 'prices = [{ interval = "month", model = "volume", meter = "appointments", tiers = [\n{ up_to = 5, amount = 1 },\n'
        '{ up_to = 5, amount = 2 }, #!\n{ up_to = "unlimited", amount = 3 }] }]',
        "tiers-not-rising",
        '"up_to" must be larger than in the step before',
    ),
    (
        PLAN
        + 'prices = [{ interval = "month", model = "volume", meter = "appointments", tiers = [{ up_to = 5, amount = 1 }] }] #!',
        "tiers-not-open",
        'the last step, and only the last, has "up_to" = "unlimited"',
    ),
    (
        PLAN + 'guide_prices = [{ interval = "month", lowest = 5, highest = 4 }] #!',
        "guide-upside-down",
        '"highest" must not be less than "lowest"',
    ),
    (
        PLAN + 'trial = { days = 7, plan = "paid" } #!',
        "trial-of-itself",
        "the trial of a plan must open another plan",
    ),
    (
        PLAN + 'trial = { days = 7, once_for = ["email"] } #!',
        "account-always-counts",
        'must contain "account"; a trial is started once in the life of an account',
    ),
    (
        ADD_ON.replace("[[add_ons]]", "[[add_ons]] #!"),
        "add-on-gives-nothing",
        'gives nothing; name "features", "adds" or "prices"',
    ),
]
ADDRESSES: list[tuple[str, str, str]] = [
    ("ftp://{host}/a", "address-scheme", "must begin with https:// (http:// is allowed for localhost only)"),
    ("http://example.com/a", "address-scheme", "must begin with https:// (http:// is allowed for localhost only)"),
    ("/app", "address-scheme", "must begin with https:// (http:// is allowed for localhost only)"),
    (
        "https:///app",
        "address-host",
        "needs a host name or {host} after the two slashes, and nothing else there",
    ),
    (
        "https://user@example.com/",
        "address-host",
        "needs a host name or {host} after the two slashes, and nothing else there",
    ),
    (
        "https://x.{host}/",
        "address-host",
        "needs a host name or {host} after the two slashes, and nothing else there",
    ),
    (
        "https://example.com/{host}",
        "address-host",
        "needs a host name or {host} after the two slashes, and nothing else there",
    ),
    ("https://{host}/a b", "address-character", 'contains " ", which does not belong in an address'),
    ("https://{host}/è", "address-character", 'contains "è", which does not belong in an address'),
    (
        "https://{host}/{user}",
        "address-placeholder",
        '"{user}" cannot be filled in; use {host}, {account} or {language}',
    ),
    ("https://{account}/", "address-placeholder-place", '"{account}" may stand only after the host'),
    ("https://{host}/{account", "address-braces", "has a brace without its partner"),
    ("https://{host}/account}", "address-braces", "has a brace without its partner"),
    ("https://{host}/a/../b", "address-dots", "must not contain the path steps . or .."),
    ("https://{host}/%2E%2e/b", "address-dots", "must not contain the path steps . or .."),
]
BROKEN: list[tuple[str, str, str]] = [
    ("key 1 #!", "syntax-equals", "not valid TOML at column 5: an equals sign is expected after a key"),
    ("key = word #!", "syntax-value", "not valid TOML at column 7: a value is expected; texts stand in quotes"),
    ("= 1 #!", "syntax-statement", "not valid TOML at column 1: a key or a table heading is expected"),
    ("key = 1 2 #!", "syntax-line-end", "not valid TOML at column 9: the line should end here"),
    (
        'key = """open #!\nmore = 1\n',
        "syntax-string",
        'not valid TOML at column 7: the text that begins here is not closed; put """ at its end',
    ),
    (
        'key = ["a", "open #!\n]\nmore = "closed"\n',
        "syntax-string",
        'not valid TOML at column 13: the text that begins here is not closed; put " at its end',
    ),
    (
        "key = 'open #!\nmore = 'it''s'\n",
        "syntax-string",
        "not valid TOML at column 7: the text that begins here is not closed; put ' at its end",
    ),
    (
        'key = "say \\"yes\\"" # "no\nmore = { en = "open, it = "closed" } #!\n',
        "syntax-quote",
        "not valid TOML at column 28: the text before this has ended; a quote is missing, or one stands inside the text, "
        'where it is written \\"',
    ),
    (
        "key = [1 2] #!",
        "syntax-list",
        "not valid TOML at column 10: the list is not closed with a bracket or lacks a comma",
    ),
    (
        "key = { a = 1 b = 2 } #!",
        "syntax-table",
        "not valid TOML at column 15: the table in braces is not closed or lacks a comma",
    ),
    ('key = "a\tb\x01" #!', "syntax-character", "not valid TOML at column 11: this character is not allowed here"),
    ("[product] #!", "syntax-twice", "not valid TOML at column 9: this key or table stands in the file twice"),
    ("key = 1\nkey = 2 #!", "syntax-twice", "not valid TOML at column 8: this key or table stands in the file twice"),
    (
        'key = "\\q" #!',
        "syntax",
        "not valid TOML at column 10: Unescaped '\\' in a string",
    ),
]


@pytest.mark.parametrize(("added", "code", "sentence"), ADDED, ids=[f"{i}-{case[1]}" for i, case in enumerate(ADDED)])
def test_a_fault_is_told_on_its_line(added: str, code: str, sentence: str) -> None:
    text = SMALL + added
    assert _told(text) == [(_marked(text), code, sentence)]


@pytest.mark.parametrize(("address", "code", "sentence"), ADDRESSES, ids=[case[0] for case in ADDRESSES])
def test_an_address_that_cannot_be_opened_is_refused(address: str, code: str, sentence: str) -> None:
    text = SMALL + SECTION.replace("https://{host}/c", address)
    line = next(number for number, row in enumerate(text.split("\n"), start=1) if f'"{address}"' in row)
    assert _told(text) == [(line, code, sentence)]


@pytest.mark.parametrize(
    "address",
    [
        "https://{host}",
        "https://{host}/",
        "https://{host}:8443/a/{account}?lang={language}#top",
        "https://app.example.com/{account}",
        "http://localhost:8000/a",
        "http://bookings.localhost/a",
        "http://127.0.0.1:9/",
    ],
)
def test_an_address_that_can_be_opened_is_taken(address: str) -> None:
    text = SMALL + SECTION.replace("https://{host}/c", address)
    assert parse_manifest(text, file="a.toml").sections[2].address == address


@pytest.mark.parametrize(("added", "code", "sentence"), BROKEN, ids=[case[1] for case in BROKEN])
def test_broken_toml_is_told_with_line_and_column(added: str, code: str, sentence: str) -> None:
    text = PRODUCT + "[more]\n" + added
    assert _told(text) == [(_marked(text), code, sentence)]


def test_a_file_that_ends_too_early_is_told_at_its_end() -> None:
    assert _told("manifest = 1\nkey = [1,\n2\n\n") == [
        (3, "syntax-list", "not valid TOML at column 2: the list is not closed with a bracket or lacks a comma")
    ]


def test_the_plan_of_a_new_account_costs_nothing_and_is_public() -> None:
    start = 'starting_plan = "paid" #!\n'
    costs = PRODUCT + start + PARTS + PLAN + 'prices = [{ interval = "month", amount = 1 }]\n'
    hidden = PRODUCT + start + PARTS + PLAN + "public = false\n"
    unknown = PRODUCT + start + PARTS
    rule = 'new accounts start on the plan "paid", so it'
    assert _told(costs) == [(8, "starting-plan-costs", rule + " may cost nothing; it has a price")]
    assert _told(hidden) == [(8, "starting-plan-hidden", rule + " must be public")]
    assert _told(unknown) == [(8, "unknown-plan", 'there is no plan "paid"')]
    later = PLAN + "version = 2\n"
    assert parse_manifest(costs + later, file="a.toml").product.starting_plan == "paid"


def test_another_format_is_refused_without_guessing() -> None:
    sentence = "this is format 2; this release reads format 1"
    assert _told("manifest = 2\nwhatever = 1\n") == [(1, "unsupported-format", sentence)]
    assert _told("manifest = true\n") == [(1, "unsupported-format", "this is format true; this release reads format 1")]


def test_an_empty_file_lacks_what_every_manifest_has() -> None:
    assert [problem.sentence() for problem in _problems("")] == [
        'a.toml:1: "manifest" is missing',
        'a.toml:1: "product" is missing',
    ]


def test_all_problems_are_told_in_the_order_of_the_file() -> None:
    text = SMALL.replace('key = "appfold"', 'key = "App"').replace('icon = "palette"', 'icons = "palete"')
    text += PRESET + 'rights = { content = "view", design = "edit" }\n'
    assert [problem.sentence() for problem in _problems(text)] == [
        'a.toml:3: product.key: "App" is not a good key; use a to z, 0 to 9 and _, begin with a letter,'
        " at most 50 characters",
        'a.toml:11: sections[0]: "icon" is missing',
        'a.toml:14: sections[0].icons: unknown key; did you mean "icon"?',
        'a.toml:57: role_presets[0].rights.content: there is no section "content"',
        'a.toml:57: role_presets[0].rights.design: "edit" is not known here; use one of "view", "manage"',
    ]


def test_a_sentence_is_translated_before_it_is_filled_in() -> None:
    problem = Problem("a.toml", 7, "product.key", "missing-key", {"name": "icon"})
    assert problem.sentence(lambda text: text.replace("is missing", "manca")) == 'a.toml:7: product.key: "icon" manca'


def test_text_of_the_file_in_a_sentence_is_shortened_and_shows_what_is_invisible() -> None:
    odd = "x" * 100 + "\\u202E"
    (problem,) = _problems(SMALL + SECTION.replace('"book"', f'"{odd}"'))
    assert problem.message().startswith(f'"{"x" * 59}…" is not known here; use one of "apps"')
    (problem,) = _problems(SMALL + SECTION.replace('"book"', '"a\\u202Eb{0}"'))
    assert problem.message().startswith('"a\\u202Eb{0}" is not known here')


def test_a_file_too_large_is_not_read() -> None:
    sentence = "the file has 1000001 bytes; a manifest may have at most 1000000"
    assert _told("#" * 1_000_001) == [(1, "file-too-big", sentence)]
    assert _told("è" * 500_000 + "#") == [(1, "file-too-big", sentence)]
    with pytest.raises(ManifestErrors, match=r"a\.toml:1: the file has 1000001 bytes"):
        parse_manifest_bytes(b"\xff" * 1_000_001, file="a.toml")


def test_a_line_too_long_is_not_read() -> None:
    sentence = "the line has 4001 characters; at most 4000 are allowed"
    assert _told("manifest = 1\n#" + "a" * 4_000) == [(2, "line-too-long", sentence)]


@pytest.mark.parametrize(
    "text", ["a = " + "[\n" * 20_000, "\n".join(["a = "] + ["["] * 20_000), "a = " + "{a=" * 1_300]
)
def test_nesting_without_end_is_refused(text: str) -> None:
    problems = _problems(text)
    assert {problem.code for problem in problems} <= {"too-deep", "syntax-value"}
    assert len(problems) == 1


def test_lists_nested_too_deeply_are_told() -> None:
    sentence = "lists or tables are nested too deeply"
    assert _told("a = [\n" + "[\n" * 5_000) == [(1, "too-deep", sentence)]
    assert _told("manifest = 1\n" + "a." * 101 + "b = 1") == [(2, "too-deep", sentence)]


def test_bytes_that_are_no_utf8_are_told_with_their_line() -> None:
    with pytest.raises(ManifestErrors) as raised:
        parse_manifest_bytes(b"manifest = 1\n# caff\xe8\n", file="a.toml")
    assert str(raised.value) == "a.toml:2: the file is not UTF-8 text; byte 20 does not belong to it"


def test_a_byte_order_mark_and_windows_line_ends_are_passed_over() -> None:
    content = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert parse_manifest_bytes(content, file="a.toml") == parse_manifest(SMALL, file="a.toml")


def test_more_problems_than_anyone_reads_are_cut_off() -> None:
    problems = _problems(PRODUCT + "".join(f"wrong{n} = 1\n" for n in range(2_000)))
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1].message() == "there are more problems; the first 500 are shown"


def test_more_sections_than_allowed_are_refused_as_a_whole() -> None:
    text = PRODUCT + "".join(SECTION.replace("content", f"s{n}") for n in range(501))
    assert _told(text) == [(8, "list-too-long", "has 501 entries; at most 500 are allowed")]


def test_an_enormous_number_is_told_and_not_printed() -> None:
    (problem,) = _problems(SMALL + PLAN + "version = 0x" + "f" * 3_900)
    assert problem.message() == "0x" + "f" * 18 + "… is too large; at most 10000 is allowed"


def test_every_code_is_told_by_some_test() -> None:
    """A code without a fixture above would be a sentence that nobody has read."""
    told = {case[1] for case in [*ADDED, *ADDRESSES, *BROKEN]}
    alone = {
        "file-too-big", "line-too-long", "not-utf8", "starting-plan-costs", "starting-plan-hidden", "too-deep",
        "too-many-problems", "unsupported-format",
    }  # fmt: skip
    assert told.isdisjoint(alone)
    assert told | alone == set(MESSAGES)


def test_every_sentence_names_its_placeholders() -> None:
    for sentence in MESSAGES.values():
        names = [name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None]
        assert all(re.fullmatch(r"[a-z]+", name) for name in names), sentence
    assert N_("text") == "text"


def test_the_small_manifest_of_these_tests_is_valid() -> None:
    assert tomllib.loads(SMALL)["manifest"] == 1
    assert parse_manifest(SMALL, file="a.toml").section("design") is not None
