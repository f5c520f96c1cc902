"""When will a limit be reached?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sublet.core.quota import FORECAST_DAYS, forecast
from sublet.core.usage import ADDITIVE
from sublet.entitlements.queries.standing import AccountStanding, MeterStanding
from sublet.metering.queries import days_of


def forecast_day(account: AccountStanding, there: MeterStanding, at: datetime) -> date | None:
    """The day on which use reaches the limit if it goes on as on the last days; None when it does not, or already has."""
    limit = there.standing.limit
    if limit is None or there.meter.aggregation not in ADDITIVE or not 0 < there.standing.used < limit:
        return None
    zone = ZoneInfo(account.place.timezone)
    today = at.astimezone(zone).date()
    first = today - timedelta(days=FORECAST_DAYS)
    if there.period.start is not None:
        first = max(first, there.period.start.astimezone(zone).date())
    days = {each.day: each.quantity for each in days_of(account.place.id, there.meter.key, first, today)}
    ends = there.period.end.astimezone(zone).date() if there.period.end is not None else None
    return forecast(days, used=there.standing.used, limit=limit, today=today, period_end=ends)
