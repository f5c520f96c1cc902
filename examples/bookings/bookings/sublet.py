"""Sublet, by its SDK and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bookings.platform import Brand, Held, Lapsed, Plan, Standing, Unreachable, WayOut
from bookings.settings import Settings
from sublet_client import Reservation, Sublet, errors
from sublet_client.oidc import SignOn
from sublet_client.values import Entitlements

log = logging.getLogger(__name__)
SOURCE = "bookings"
#: Long enough for the slowest disk, short enough that a place which nobody took is free again soon.
HELD_SECONDS = 300
#: So many that are not settled yet are known by more than their reference.
MOST_HELD = 1_000
#: What goes on while Sublet cannot be asked. Appointments do, by `counting`; text messages cost money, and do not.
FAIL_OPEN = frozenset({"calendar_feed"})


def connect(settings: Settings) -> Sublet:
    """The client of this process. Its copy and its spool lie beside the database."""
    host = settings.vendor_host
    return Sublet(
        f"{settings.scheme}://{host}" if host else settings.sublet,
        settings.api_key,
        hot_url=settings.hot or None,
        fail_open=FAIL_OPEN,
        cache_path=settings.folder / "sublet-cache.sqlite3",
        spool_path=settings.folder / "sublet-spool.sqlite3",
        source=SOURCE,
        timeout=settings.patience,
        connect_to=settings.sublet if host else None,
    )


class SubletPlatform:
    """`Platform` by the SDK."""

    def __init__(self, sublet: Sublet) -> None:
        self._sublet = sublet
        self._held: dict[str, Reservation] = {}

    def _of(self, account: str) -> Entitlements | None:
        try:
            return self._sublet.entitlements.of(account)
        except errors.SubletError as fault:
            log.info("What %s may do is not known: %s", account, fault)
            return None

    def feature(self, account: str, key: str) -> Any:
        """As `Platform.feature`."""
        decision = self._sublet.entitlements.check(account, key)
        return decision.value if decision.value is not None else decision.allowed

    def standing(self, account: str, meter: str) -> Standing | None:
        """As `Platform.standing`. Asked anew: the change stream tells what an account may do, not each single use of it."""
        self._ask_anew(account)
        found = self._of(account)
        told = found.meters.get(meter) if found is not None else None
        if told is None:
            return None
        # What is counted here is whole: an SDK tells meters with decimals as well.
        limit, left = (None if each is None else int(each) for each in (told.limit, told.remaining))
        return Standing(int(told.used), limit, left, told.state)

    def _ask_anew(self, account: str) -> None:
        try:
            self._sublet.entitlements.refresh(account)
        except errors.SubletError as fault:
            log.info("How %s stands is as last heard: %s", account, fault)

    def plan(self, account: str) -> Plan:
        """As `Platform.plan`."""
        found = self._of(account)
        if found is None:
            return Plan()
        return Plan(
            name=found.plan.name if found.plan is not None else "",
            trial_ends=found.trial.ends_at if found.trial is not None else None,
            advertising=found.advertising,
            notice=found.notice.text if found.notice is not None else {},
            notice_address=(found.notice.address if found.notice is not None else None) or "",
        )

    def can_try(self, account: str) -> bool:
        """As `Platform.can_try`."""
        try:
            told = self._sublet.call("GET", f"/accounts/{account}/subscription")
        except errors.SubletError:
            return False
        return bool(told.get("trial_available", False)) if isinstance(told, dict) else False

    def reserve(self, account: str, meter: str, *, id: str) -> Held:
        """As `Platform.reserve`. Begun and not within one block: this one outlives the process."""
        try:
            held = self._sublet.begin_reservation(account, meter, seconds=HELD_SECONDS, id=id)
        except errors.LimitReached as no:
            return Held(False, ways_out=tuple(WayOut(each.kind, each.text) for each in no.next))
        except errors.SubletError as fault:
            # An account that is gone, a meter that is none: nothing to wait for.
            if isinstance(fault, (errors.NotFound, errors.Conflict, errors.Invalid)):
                log.error("Sublet takes no reservation: %s", fault)
            raise Unreachable(str(fault)) from fault
        self._held[held.ref] = held
        while len(self._held) > MOST_HELD:  # those whose process did not come to settle them
            self._held.pop(next(iter(self._held)), None)
        return Held(True, held.ref)

    def commit(self, ref: str) -> None:
        """As `Platform.commit`. One of this process tells the client's copy as well how the meter stands then."""
        self._settled(ref, lambda held: held.commit())

    def release(self, ref: str) -> None:
        """As `Platform.release`."""
        self._settled(ref, lambda held: held.release())

    def _settled(self, ref: str, settle: Callable[[Reservation], None]) -> None:
        try:
            settle(self._held.get(ref) or self._sublet.reservation(ref))
        except (errors.NotFound, errors.Conflict, errors.Invalid) as fault:
            self._held.pop(ref, None)
            raise Lapsed(str(fault)) from fault
        except errors.SubletError as fault:
            raise Unreachable(str(fault)) from fault
        self._held.pop(ref, None)

    def consume(self, account: str, meter: str, *, id: str) -> bool:
        """As `Platform.consume`."""
        try:
            return self._sublet.consume(account, meter, id=id).allowed
        except errors.Unreachable as fault:
            raise Unreachable(str(fault)) from fault
        except errors.SubletError as fault:
            log.warning("%s of %s were refused: %s", meter, account, fault)
            return False

    def record(self, account: str, meter: str, quantity: int = 1, *, id: str = "") -> None:
        """As `Platform.record`."""
        self._sublet.record(account, meter, quantity, id=id or None)

    def signal(self, account: str, key: str, value: Any) -> None:
        """As `Platform.signal`."""
        told = value.isoformat() if isinstance(value, datetime) else value
        try:
            self._sublet.signal(account, key, told)
        except errors.Unreachable as fault:
            raise Unreachable(str(fault)) from fault
        except errors.SubletError as fault:
            log.info("The signal %s of %s was not taken: %s", key, account, fault)

    def brand(self, host: str) -> Brand:
        """As `Platform.brand`."""
        try:
            told = self._sublet.brand(host.partition(":")[0])
        except errors.SubletError as fault:
            log.info("How %s looks is not known: %s", host, fault)
            return Brand("")
        texts = told.texts
        return Brand(
            name=told.name,
            account=told.account,
            logo=told.logo,
            logo_dark=told.pictures.get("logo_dark", ""),
            icon=told.pictures.get("favicon", "") or told.pictures.get("icon", ""),
            sender_name=texts.get("sender_name", ""),
            support_name=texts.get("support_name", ""),
            support_mail=texts.get("support_email", ""),
            support_phone=texts.get("support_phone", ""),
            color=told.colors.get("color", ""),
        )

    def forget_brand(self) -> None:
        """As `Platform.forget_brand`."""
        self._sublet.forget_brand()

    def report(self, kept: str, *, section: str, text: str, place: str, key: str) -> bool:
        """As `Platform.report`."""
        sign_on = SignOn.unpacked(kept)
        try:
            self._sublet.report_change(sign_on, section, text, place=place, id=key)
        except (errors.Unreachable, errors.TooManyRequests, errors.ServerFault) as fault:
            raise Unreachable(str(fault)) from fault
        except errors.SubletError as fault:
            log.info("A change was not taken: %s", fault)
        return True
