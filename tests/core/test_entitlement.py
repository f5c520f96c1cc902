"""What an account may do: layers, laws, and the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.entitled import (
    Entitlements,
    Facts,
    Override,
    ServiceWord,
    Source,
    Terms,
    TopUp,
    add_on_source,
    lowest_bound,
    plan_source,
    trial_source,
)  # fmt: skip
from sublet.core.entitlement import held_by, resolve, wider, within
from sublet.core.manifest import parse_manifest_bytes
from sublet.core.manifest.model import (
    Addition,
    Choice,
    Feature,
    FeatureValue,
    FrozenTable,
    Limit,
    ManagedService,
    Meter,
    Names,
)  # fmt: skip
from sublet.core.quota import POLICIES, stand
from sublet.core.waysout import Offers, ways_out

N = Names(*["x"] * 6)
AT = datetime(2026, 6, 14, 12, tzinfo=UTC)
PRODUCTS = Path(__file__).parents[2] / "examples" / "products"

SWITCH = Feature("video", "switch", N)
NUMBER = Feature("seats", "number", N)
CHOICE = Feature("sync", "text", N, choices=(Choice("off", N), Choice("one_way", N), Choice("two_way", N)))
METER = Meter("mails", N, N, "sum", "month", decimals=1)
SERVICE = ManagedService(
    "mailer", N, "mail", ("reseller", "client"), "client", True, meter="mails", allowance=30, policy="block"
)
TERMS = Terms({f.key: f for f in (SWITCH, NUMBER, CHOICE)}, {"mails": METER}, {})
WITH_SERVICE = Terms(TERMS.features, TERMS.meters, {"mailer": SERVICE})

instants = st.none() | st.integers(-20, 20).map(lambda days: AT + timedelta(days=days))
amounts = st.none() | st.integers(0, 60)


@st.composite
def features(make: st.DrawFn) -> FrozenTable:  # type: ignore[type-arg]
    values = {
        "video": st.booleans(),
        "seats": st.integers(0, 9),
        "sync": st.sampled_from(["off", "one_way", "two_way"]),
    }
    keys = make(st.lists(st.sampled_from(sorted(values)), unique=True))
    return FrozenTable({key: make(values[key]) for key in keys})


@st.composite
def limits(make: st.DrawFn) -> tuple[Limit, ...]:
    if not make(st.booleans()):
        return ()
    amount = make(amounts)
    policy = None if amount is None else make(st.sampled_from(POLICIES))
    degraded = FrozenTable[FeatureValue]({"seats": make(st.integers(0, 3))}) if policy == "degrade" else None
    days, percent = make(st.sampled_from([(3, None), (None, 10), (9, 20)])) if policy == "grace" else (None, None)
    return (Limit("mails", amount, policy, grace_days=days, grace_percent=percent, degraded_features=degraded),)


@st.composite
def sources(make: st.DrawFn, kinds: tuple[str, ...] = ("plan", "trial", "add_on")) -> Source:
    kind = make(st.sampled_from(kinds))
    adds = (Addition("mails", make(amounts)),) if kind == "add_on" and make(st.booleans()) else ()
    return Source(
        kind, make(st.sampled_from(["a", "b"])), 1, make(instants), make(instants), make(st.integers(1, 3)),
        make(features()), make(limits()) if kind != "add_on" else (), adds, make(st.booleans()),
    )  # fmt: skip


@st.composite
def overrides(make: st.DrawFn, layers: tuple[str, ...] = ("vendor", "reseller", "client")) -> Override:
    layer = make(st.sampled_from(layers))
    span = (make(instants), make(instants))
    if layer == "client" or make(st.booleans()):
        policy = make(st.none() | st.sampled_from(["block", "notify"]))
        return Override(layer, "meter", "mails", make(amounts), policy, *span)
    key, value = make(st.one_of(
        st.tuples(st.just("video"), st.booleans()), st.tuples(st.just("seats"), st.integers(0, 20)),
        st.tuples(st.just("sync"), st.sampled_from(["off", "one_way", "two_way"])),
    ))  # fmt: skip
    return Override(layer, "feature", key, value, None, *span)


service_words = st.builds(
    ServiceWord, st.just("mailer"), st.none() | st.booleans(), st.none(), amounts, st.booleans(), instants, instants
)


@st.composite
def facts(make: st.DrawFn, layers: tuple[str, ...] = ("vendor", "reseller", "client")) -> Facts:
    held = None
    if make(st.booleans()):
        own = Facts(make(st.lists(sources(), max_size=2)), overrides=make(st.lists(overrides(("vendor",)), max_size=2)))
        held = held_by(TERMS, own, at=AT)
    top_ups = st.builds(TopUp, st.just("mails"), st.integers(1, 20), instants, instants)
    return Facts(
        make(st.lists(sources(), max_size=4)), plan_source_of(make), make(st.lists(overrides(layers), max_size=4)),
        make(st.lists(top_ups, max_size=2)), make(st.lists(service_words, max_size=1)), held,
    )  # fmt: skip


def plan_source_of(make: st.DrawFn) -> Source | None:
    if not make(st.booleans()):
        return None
    return Source("plan", "start", 1, None, features=make(features()), limits=make(limits()))


def most(found: Entitlements) -> float:
    """Units of the lowest limit; without one, endless."""
    lowest = lowest_bound(found.meters["mails"].bounds)
    return float("inf") if lowest is None or lowest.limit is None else lowest.limit / 10


def allowed(found: Entitlements, used: int = 0) -> float:
    room = stand(found.meters["mails"].bounds, used=used, at=AT).room
    return float("inf") if room is None else room


def is_less(one: Entitlements, other: Entitlements) -> bool:
    """Whether `one` gives less than `other` in any respect."""
    for key, feature in TERMS.features.items():
        if wider(feature, one.features[key].value, other.features[key].value) != one.features[key].value:
            return True
    return most(one) < most(other) or any(allowed(one, used) < allowed(other, used) for used in (0, 50, 300, 900))


@given(known=facts(), terms=st.sampled_from([TERMS, WITH_SERVICE]))
def test_a_resellers_word_never_widens_past_what_was_given_or_is_held(known: Facts, terms: Terms) -> None:
    silent = Facts(
        known.sources, known.starting, [w for w in known.overrides if w.layer != "reseller"], known.top_ups, (), None
    )
    given = resolve(TERMS, silent, at=AT)
    found = resolve(terms, known, at=AT)
    for key, feature in TERMS.features.items():
        held = known.held.features[key].value if known.held else feature.absent_value
        ceiling = wider(feature, given.features[key].value, held)
        assert wider(feature, ceiling, found.features[key].value) == ceiling
    top = sum(
        t.units for t in known.top_ups if (t.since is None or t.since <= AT) and (t.until is None or AT < t.until)
    )
    assert most(found) <= max(most(given), (most(known.held) if known.held else 0) + top)


@given(known=facts(), trial=sources(("trial",)))
def test_a_trial_never_narrows(known: Facts, trial: Source) -> None:
    calm = Facts(
        [s for s in known.sources if s.kind != "trial"], known.starting, known.overrides, known.top_ups, (), known.held
    )
    tried = Facts([*calm.sources, trial], calm.starting, calm.overrides, calm.top_ups, (), calm.held)
    assert not is_less(resolve(TERMS, tried, at=AT), resolve(TERMS, calm, at=AT))


@given(known=facts(), units=st.integers(1, 50))
def test_a_top_up_never_narrows_and_a_cap_never_widens(known: Facts, units: int) -> None:
    before = resolve(WITH_SERVICE, known, at=AT)
    topped = Facts(
        known.sources,
        known.starting,
        known.overrides,
        [*known.top_ups, TopUp("mails", units)],
        known.services,
        known.held,
    )
    assert not is_less(resolve(WITH_SERVICE, topped, at=AT), before)
    capped = Facts(known.sources, known.starting, [*known.overrides, Override("client", "meter", "mails", units)], known.top_ups,
                   known.services, known.held)  # fmt: skip
    uncapped = Facts(known.sources, known.starting, [w for w in known.overrides if w.layer != "client"], known.top_ups,
                     known.services, known.held)  # fmt: skip
    assert not is_less(resolve(WITH_SERVICE, uncapped, at=AT), resolve(WITH_SERVICE, capped, at=AT))


@given(known=facts(), part=st.floats(0, 0.999))
def test_between_boundaries_the_answer_stays(known: Facts, part: float) -> None:
    found = resolve(WITH_SERVICE, known, at=AT)
    until = found.until or AT + timedelta(days=400)
    later = resolve(WITH_SERVICE, known, at=AT + (until - AT) * part)
    assert later == found


@given(known=facts())
def test_the_step_that_decides_says_the_value(known: Facts) -> None:
    found = resolve(WITH_SERVICE, known, at=AT)
    for answer in found.features.values():
        assert [step.value for step in answer.why if step.decides] == [answer.value]
    meter = found.meters["mails"]
    assert [(step.layer, step.value) for step in meter.why if step.decides] == [(meter.source, meter.units)]


@given(known=facts(), offered=st.lists(sources(("plan", "add_on")), max_size=3), trial=st.none() | sources(("trial",)))
def test_a_way_out_leads_out(known: Facts, offered: list[Source], trial: Source | None) -> None:
    offers = Offers(trial, [s for s in offered if s.kind == "plan"], [s for s in offered if s.kind == "add_on"])
    now = resolve(WITH_SERVICE, known, at=AT)
    for way in ways_out(WITH_SERVICE, known, kind="meter", key="mails", offers=offers, at=AT):
        assert now.meters["mails"].units is not None
        assert way.value is None or int(way.value) > now.meters["mails"].units
    for way in ways_out(WITH_SERVICE, known, kind="feature", key="seats", offers=offers, at=AT):
        assert int(way.value or 0) > int(now.features["seats"].value)


# Examples -------------------------------------------------------------------------------------------------------------


def bookings() -> tuple[Terms, dict[str, Source], Source]:
    manifest = parse_manifest_bytes((PRODUCTS / "bookings.toml").read_bytes(), file="bookings.toml")
    terms = Terms(
        {f.key: f for f in manifest.features}, {m.key: m for m in manifest.meters},
        {s.key: s for s in manifest.managed_services},
    )  # fmt: skip
    plans = {plan.key: plan_source(plan, starts=AT - timedelta(days=1)) for plan in manifest.plans}
    free = manifest.plan("free")
    assert free is not None
    assert free.trial is not None
    trial = trial_source(free.trial, manifest.plan("unlimited"), starts=AT, ends=AT + timedelta(days=7))
    return terms, plans, trial


def test_the_bookings_loop_free_trial_and_back() -> None:
    terms, plans, trial = bookings()
    known = Facts([trial], starting=plans["free"])
    before = resolve(terms, known, at=AT - timedelta(seconds=1))
    assert (before.meters["appointments"].units, before.advertising, before.until) == (50, True, AT)
    during = resolve(terms, known, at=AT)
    assert (during.meters["appointments"].units, during.advertising) == (None, False)
    assert (during.features["calendar_feed"].value, during.features["synchronization"].value) == (True, "one_way")
    assert during.features["calendar_feed"].source == "trial"
    after = resolve(terms, known, at=AT + timedelta(days=7))
    assert (after.meters["appointments"].units, after.advertising, after.until) == (50, True, None)


def test_a_full_free_account_is_told_of_the_trial_and_the_plans() -> None:
    terms, plans, trial = bookings()
    sold = [plans[key] for key in ("small", "medium", "unlimited")]
    ways = ways_out(
        terms, Facts(starting=plans["free"]), kind="meter", key="appointments", offers=Offers(trial, sold), at=AT
    )
    assert [(way.kind, way.key, way.value) for way in ways] == [
        ("trial", "unlimited", None), ("plan", "small", 500), ("plan", "medium", 3000), ("plan", "unlimited", None),
    ]  # fmt: skip


def test_a_service_that_is_off_gives_nothing_and_says_so() -> None:
    terms, plans, _trial = bookings()
    found = resolve(terms, Facts([plans["small"]]), at=AT).meters["text_messages"]
    assert (found.units, found.source) == (0, "service")
    on = resolve(terms, Facts([plans["small"]], services=[ServiceWord("text_reminders", enabled=True)]), at=AT)
    assert (on.meters["text_messages"].units, on.meters["text_messages"].source) == (50, "plan")
    assert on.services["text_reminders"].managed_by == "client"


def test_add_ons_count_and_reach_the_allowance_a_client_began_with() -> None:
    plan = Source("plan", "p", 1, None, limits=(Limit("mails", 30, "block"),))
    pack = Source("add_on", "pack", 1, None, count=2, adds=(Addition("mails", 10),), features=FrozenTable({"seats": 1}))
    found = resolve(WITH_SERVICE, Facts([plan, pack]), at=AT)
    assert (found.meters["mails"].units, found.meters["mails"].source) == (50, "add_on")
    assert found.features["seats"].value == 2


def test_a_reseller_sets_a_lower_limit_and_units_given_once_come_on_top() -> None:
    plan = Source("plan", "p", 1, None, limits=(Limit("mails", 100, "overage"),))
    lower = Override("reseller", "meter", "mails", 20, "block")
    assert resolve(TERMS, Facts([plan], overrides=[lower]), at=AT).meters["mails"].units == 20
    found = resolve(TERMS, Facts([plan], overrides=[lower], top_ups=[TopUp("mails", 5)]), at=AT).meters["mails"]
    assert (found.units, found.source) == (25, "top_up")


def test_a_reseller_enlarges_as_far_as_it_holds() -> None:
    plan = Source("plan", "p", 1, None, limits=(Limit("mails", 50, "block"),))
    wish = Override("reseller", "meter", "mails", 500)
    assert resolve(TERMS, Facts([plan], overrides=[wish]), at=AT).meters["mails"].units == 50
    held = held_by(TERMS, Facts(overrides=[Override("vendor", "meter", "mails", 200)]), at=AT)
    found = resolve(TERMS, Facts([plan], overrides=[wish], held=held), at=AT).meters["mails"]
    assert (found.units, found.source) == (200, "reseller")


OTHER = Meter("files", N, N, "sum", "month")
TWO_METERS = Terms(TERMS.features, {**TERMS.meters, "files": OTHER})


def holds(facts: Facts, at: datetime = AT) -> dict[str, int | None]:
    return {key: answer.units for key, answer in held_by(TWO_METERS, facts, at=at).meters.items()}


def test_a_reseller_holds_what_the_vendor_says_and_no_plan_of_its_own() -> None:
    start = Source("plan", "start", 1, None, features=FrozenTable({"video": True}))
    more = Source("add_on", "more", 1, None, adds=(Addition("mails", 30),))
    for facts in (Facts(starting=start), Facts([start]), Facts([start, more]), Facts([replace(start, kind="trial")])):
        assert holds(facts) == {"mails": 0, "files": 0}
        assert not held_by(TERMS, facts, at=AT).features["video"].value
    said = Facts([start], overrides=[Override("vendor", "feature", "video", True)])
    assert held_by(TERMS, said, at=AT).features["video"].value is True


def test_a_word_about_one_meter_says_nothing_of_another() -> None:
    mails, files = Override("vendor", "meter", "mails", 200), Override("vendor", "meter", "files", None)
    video = Override("vendor", "feature", "video", True)
    assert holds(Facts(overrides=[mails])) == {"mails": 200, "files": 0}
    assert holds(Facts(overrides=[mails, video, files])) == {"mails": 200, "files": None}
    assert holds(Facts(overrides=[video])) == {"mails": 0, "files": 0}


def test_what_is_said_for_another_day_holds_nothing_today() -> None:
    day = timedelta(days=1)
    later = Override("vendor", "meter", "mails", 200, since=AT + day, until=AT + 3 * day)
    facts = Facts(overrides=[later, Override("vendor", "meter", "files", 7)])
    assert [holds(facts, AT + days * day)["mails"] for days in range(4)] == [0, 200, 200, 0]
    assert {holds(facts, AT + days * day)["files"] for days in range(4)} == {7}


def test_what_is_for_a_resellers_own_use_is_not_held_for_its_clients() -> None:
    word = Override("vendor", "meter", "mails", 50)
    own = Facts(overrides=[word, Override("client", "meter", "mails", 3)], top_ups=[TopUp("mails", 20)])
    assert holds(own) == {"mails": 50, "files": 0}


def test_who_is_suspended_may_nothing() -> None:
    start = Source("plan", "start", 1, None, features=FrozenTable({"video": True}))
    found = resolve(WITH_SERVICE, Facts(starting=start, state="suspended"), at=AT)
    assert (found.features["video"].value, found.features["video"].source) == (False, "state")
    assert (found.meters["mails"].units, found.meters["mails"].source) == (0, "state")
    assert not found.services["mailer"].enabled


def test_an_add_on_replaces_a_text() -> None:
    add_on = Source("add_on", "x", 1, None, features=FrozenTable({"sync": "one_way"}))
    assert resolve(TERMS, Facts([add_on]), at=AT).features["sync"].value == "one_way"


@pytest.mark.parametrize(("wanted", "given_", "held", "comes_to"), [
    ("two_way", "off", "one_way", "one_way"), ("off", "two_way", "", "off"), ("two_way", "two_way", "", "two_way"),
])  # fmt: skip
def test_words_about_texts_stay_within(wanted: str, given_: str, held: str, comes_to: str) -> None:
    assert within(CHOICE, wanted, given=given_, held=held) == comes_to


def test_the_sources_of_all_example_manifests_resolve() -> None:
    for file in sorted(PRODUCTS.glob("*.toml")):
        manifest = parse_manifest_bytes(file.read_bytes(), file=file.name)
        terms = Terms(
            {f.key: f for f in manifest.features}, {m.key: m for m in manifest.meters},
            {s.key: s for s in manifest.managed_services},
        )  # fmt: skip
        for plan in manifest.plans:
            all_add_ons = [add_on_source(add_on, starts=None) for add_on in manifest.add_ons]
            found = resolve(terms, Facts([plan_source(plan, starts=None), *all_add_ons]), at=AT)
            assert set(found.features) == set(terms.features)
            assert found.plan is not None
