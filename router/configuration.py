"""Everything that the router half reads from the configuration folder, checked together.

Faults of all files are told at once: a wrong policy, a letter that cannot be rendered, a rule whose example no longer
holds. Warnings (a policy whose review is overdue) do not stop the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from intake_daemon.contract import BrandFacts
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Settings
from router.calendar import WorkCalendar, load_calendars
from router.language import Detector
from router.notices import Notices, check_notices, load_notices
from router.policy import Policies, check_policies, load_policies
from router.routing import Routing, load_routing
from router.staff import Staff, load_staff
from router.words import Words, load_words

_T = TypeVar("_T")


@dataclass(frozen=True)
class Configuration:
    """What the desk judges by."""

    policies: Policies
    staff: Staff
    words: Words
    routing: Routing
    notices: Notices
    detector: Detector
    brands: Mapping[str, BrandFacts]
    """What connectors may know of each brand."""
    warnings: tuple[Fault, ...]
    calendars: Mapping[str, WorkCalendar]
    """Working days by name, as they are today: common.yaml with the changes of holidays.yaml."""


def load_configuration(folder: Path, settings: Settings, today: date, *, letters: bool = True) -> Configuration:
    """Read and check policies, handlers, routing, words and notices. Raises BadSettings with every fault.

    `today`: against which a policy's `review_by` is held. `letters`: whether each is tried in every language; who only
    looks sends none, and waits half as long.
    """
    faults: list[Fault] = []
    staff = _tried(faults, lambda: load_staff(folder, settings))
    words = _tried(faults, lambda: load_words(folder))
    notices = _tried(faults, lambda: load_notices(folder))
    policies = _tried(faults, lambda: load_policies(folder, settings.brands))
    calendars: dict[str, WorkCalendar] | None = None
    if (known := policies) is not None:
        calendars = _tried(faults, lambda: load_calendars(folder, known.calendars, known.documents[""]))
    warnings: list[Fault] = []
    routing: Routing | None = None
    if policies is not None and staff is not None:
        topics = {name: policy.topics for name, policy in policies.brands.items()}
        if words is not None:
            routing = _tried(faults, lambda: load_routing(folder, words, topics=topics, teams=staff.teams))
        if notices is not None:
            named = {language: groups["topics"] for language, groups in notices.words().items()}
            filled = staff.filled()
            found, warnings = check_policies(policies, settings, filled=filled, topics=named, today=today)
            faults += found
            names = {name: brand.name for name, brand in settings.brands.items()}
            written = {handler.language for handler in staff.handlers.values()}
            if letters:
                faults += check_notices(notices, policies.brands, names=names, staff=written, folder=folder)
    if (
        faults
        or policies is None
        or staff is None
        or words is None
        or routing is None
        or notices is None
        or calendars is None
    ):
        raise BadSettings(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    offered = {language for policy in policies.brands.values() for language in policy.offered}
    detector = Detector(tuple(sorted(offered)))
    brands = brand_facts(settings, policies)
    return Configuration(policies, staff, words, routing, notices, detector, brands, tuple(warnings), calendars)


def brand_facts(settings: Settings, policies: Policies) -> dict[str, BrandFacts]:
    """What connectors may know of each brand: from intake.yaml and its policy of today."""
    facts: dict[str, BrandFacts] = {}
    for name, brand in settings.brands.items():
        policy = policies.brand(name)
        facts[name] = BrandFacts(
            id=name,
            name=brand.name,
            prefix=brand.prefix,
            addresses=brand.addresses.email,
            languages=policy.offered,
            staff_domains=frozenset(brand.staff.domains),
            ask=policy.asks,
            topics=policy.topics,
            channels={channel: rule.accept for channel, rule in policy.channels.items()},
            sites=brand.sites,
            tz=policies.calendars[policy.calendar].tz,
        )
    return facts


def _tried(faults: list[Fault], load: Callable[[], _T]) -> _T | None:
    try:
        return load()
    except BadSettings as bad:
        faults += bad.faults
        return None
