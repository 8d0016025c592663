"""The whole configuration, read at once: every fault of every file together, or what the house is built from.

Where it is looked for: `-c DIR`, then `INTAKE_CONFIG`, then `./config`, then `/etc/intake-daemon`; for the demo the one
that is shipped inside the package.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

from intake_daemon.contract import BrandFacts, Can, Connector, ConnectorSettings, Now, World
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Settings, installation_key, load_settings
from router.language import Detector
from router.notices import check_notices, load_notices
from router.policy import Policies, check_policies, load_policies
from router.routing import load_routing
from router.rules import Rules
from router.staff import load_staff
from router.words import load_words

GROUP = "intake_daemon.connectors"


@dataclass(frozen=True)
class Configuration:
    """Everything that was read, checked."""

    folder: Path
    settings: Settings
    rules: Rules
    connectors: Mapping[str, type[Connector]]
    warnings: tuple[Fault, ...] = ()

    @property
    def brands(self) -> dict[str, BrandFacts]:
        """What connectors may know of the brands."""
        return dict(self.rules.brands)

    def world(self, now: Now) -> World:
        """What connectors are built with."""
        return World(
            brands=self.rules.brands,
            now=now,
            pages=self.rules.notices.pages(),
            words=self.rules.notices.words(),
            base_url=self.settings.web.base_url,
        )


def find(given: Path | None) -> Path:
    """The configuration's folder. Raises BadSettings when there is none."""
    places = [given] if given else [Path(os.environ["INTAKE_CONFIG"])] if os.environ.get("INTAKE_CONFIG") else []
    places = places or [Path("config"), Path("/etc/intake-daemon")]
    for place in places:
        if (place / "intake.yaml").is_file():
            return place
    looked = ", ".join(str(place) for place in places)
    remedy = "Name it with -c DIR, or write one: intake init DIR."
    raise BadSettings(
        [Fault(str(places[0] / "intake.yaml"), 0, f"there is no configuration here (looked in {looked}).", remedy)]
    )


def shipped(what: str) -> Path:
    """`config` or `samples` as they are shipped: inside the wheel, or beside the checkout's packages."""
    inside = Path(__file__).parent.parent / "shipped" / what
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / what


def kind_class(kind: str) -> type[Connector]:
    """The connector of this kind, imported now. Raises LookupError."""
    for point in entry_points(group=GROUP, name=kind):
        loaded: type[Connector] = point.load()
        return loaded
    raise LookupError(kind)


def kinds() -> list[str]:
    """Every kind that is installed."""
    return sorted(point.name for point in entry_points(group=GROUP))


def settings_class(kind: str) -> type[ConnectorSettings]:
    """The Settings of a kind. Raises LookupError."""
    return kind_class(kind).Settings


def read(folder: Path, *, kept: Policies | None = None) -> Configuration:
    """Read and check everything in `folder`. Raises BadSettings with every fault that can be found at once."""
    settings = load_settings(folder, settings_class, kinds())
    faults: list[Fault] = []
    policies, staff, words, notices = None, None, None, None
    try:
        policies = load_policies(folder, settings.brands)
    except BadSettings as bad:
        faults += bad.faults
    try:
        staff = load_staff(folder, settings)
    except BadSettings as bad:
        faults += bad.faults
    try:
        words = load_words(folder)
    except BadSettings as bad:
        faults += bad.faults
    try:
        notices = load_notices(folder)
    except BadSettings as bad:
        faults += bad.faults
    if policies is None or staff is None or words is None or notices is None:
        raise BadSettings(faults)
    found = check_policies(
        policies,
        settings,
        filled=staff.filled(),
        topics={language: groups["topics"] for language, groups in notices.words().items()},
        today=datetime.now(UTC).date(),
    )
    faults += found.faults
    listed = {name: policy.topics for name, policy in policies.brands.items()}
    routing = None
    try:
        routing = load_routing(folder, words, topics=listed, teams=tuple(staff.teams))
    except BadSettings as bad:
        faults += bad.faults
    faults += check_notices(
        notices,
        policies.brands,
        names={name: brand.name for name, brand in settings.brands.items()},
        staff={handler.language for handler in staff.handlers.values()},
        folder=folder,
    )
    if faults or routing is None:
        raise BadSettings(faults)
    connectors = {name: kind_class(each.kind) for name, each in settings.connectors.items()}
    if kept is not None:
        policies = policies.remember(kept.texts().values())
    rules = Rules(
        key=installation_key(settings),
        brands={name: _facts(name, settings, policies) for name in settings.brands},
        policies=policies,
        routing=routing,
        words=words,
        staff=staff,
        notices=notices,
        detector=Detector(),
        senders={name: (brand.sender.name, brand.sender.address) for name, brand in settings.brands.items()},
        outgoing={name: brand.outgoing for name, brand in settings.brands.items()},
        brakes={name: brand.brake for name, brand in settings.brands.items()},
        replying=frozenset(name for name, each in connectors.items() if Can.REPLY in each.can),
        old_after_days=settings.old_after_days,
    )
    return Configuration(folder, settings, rules, connectors, tuple(found.warnings))


def _facts(name: str, settings: Settings, policies: Policies) -> BrandFacts:
    brand, policy = settings.brands[name], policies.brand(name)
    return BrandFacts(
        id=name,
        name=brand.name,
        prefix=brand.prefix,
        addresses=tuple(address.lower() for address in brand.addresses.email),
        languages=policy.offered,
        staff_domains=frozenset(brand.staff.domains),
        ask=policy.asks,
        topics=tuple(policy.topics),
        channels={channel: rule.accept for channel, rule in policy.channels.items()},
        sites=tuple(brand.sites),
        tz=policies.calendars[policy.calendar].tz,
    )
