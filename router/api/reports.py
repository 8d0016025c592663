"""A brand's month, for who has the brand: counts without words, so nothing is written into the audit."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from router.api.answers import Refusal, said
from router.api.office import Office
from router.api.who import Caller
from router.ledger.lookup import monthly
from router.reports import Asked, Month
from router.rules import Rules


async def monthly_report(office: Office, who: Caller, request: Request) -> Response:
    """`intake.report/1` of `?month=`, or of the last month that is over."""
    brand, rules, now = request.path_params["brand"], office.rules(), office.now()
    if brand not in who.brands or brand not in rules.brands:
        known = ", ".join(sorted(set(who.brands) & set(rules.brands)))
        raise Refusal(404, "no_such_brand", f"There is no brand {brand!r}. There are: {known}.")
    asked = wanted(rules, brand, asked_month(request.query_params.get("month", ""), zone_of(rules, brand), now))
    found = await office.store.read(lambda connection: monthly.monthly(connection, asked, now))
    return said(found.model_dump(mode="json", by_alias=True))


def wanted(rules: Rules, brand: str, month: Month) -> Asked:
    """What a report of this brand needs to know of its policy of today."""
    policy = rules.policies.brand(brand)
    return Asked(brand, policy.legal_name, month, zone_of(rules, brand), policy.report.show)


def zone_of(rules: Rules, brand: str) -> ZoneInfo:
    """Where the brand's midnight is."""
    return ZoneInfo(rules.policies.calendars[rules.policies.brand(brand).calendar].tz)


def asked_month(written: str, zone: ZoneInfo, now: datetime) -> Month:
    """The month that is asked for; the last one that is over for "". Raises Refusal for none, and for one to come."""
    this = Month.of(now, zone)
    if not written:
        return this.before
    try:
        month = Month.parse(written)
    except ValueError as error:
        raise Refusal(422, "bad_month", str(error)) from None
    if month > this:
        raise Refusal(422, "month_to_come", f"{month} has not begun. Ask for {this} or earlier.")
    return month
