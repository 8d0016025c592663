"""The whole configuration, read at once: every fault of every file together, or what the house is built from.

Where it is looked for: `-c DIR`, then `INTAKE_CONFIG`, then `./config`, then `/etc/intake-daemon`; for the demo the one
that is shipped inside the package.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path

from intake_daemon.contract import BrandFacts, Can, Connector, ConnectorSettings, Now, World
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Breaker as BreakerSettings
from intake_daemon.settings import Settings, installation_key, load_settings
from router.breaker import Breaker
from router.calendar import WorkCalendar
from router.configuration import load_configuration
from router.rules import Rules
from router.turn import Pause

GROUP = "intake_daemon.connectors"


@dataclass(frozen=True, repr=False)  # it holds everything that was read, secrets too
class Configuration:
    """Everything that was read, checked."""

    folder: Path
    settings: Settings
    rules: Rules
    connectors: Mapping[str, type[Connector]]
    warnings: tuple[Fault, ...] = ()
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    """Working days by name, as they are today."""

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


def _breaker(written: BreakerSettings) -> Breaker:
    to_them, in_case = (
        tuple((each.letters, timedelta(minutes=each.minutes)) for each in limits)
        for limits in (written.correspondent, written.case)
    )
    return Breaker(to_them, in_case)


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
    """`config`, `samples` or `ops` as they are shipped: inside the wheel, or beside the checkout's packages."""
    inside = Path(__file__).parent.parent / "shipped" / what
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / what


@functools.cache
def installed() -> EntryPoints:
    """Of every kind, in whatever package; looked for once in a process."""
    return entry_points(group=GROUP)


def kind_class(kind: str) -> type[Connector]:
    """The connector of this kind, imported now. Raises LookupError."""
    for point in installed().select(name=kind):
        loaded: type[Connector] = point.load()
        return loaded
    raise LookupError(kind)


def kinds() -> list[str]:
    """Every kind that is installed."""
    return sorted(point.name for point in installed())


def settings_class(kind: str) -> type[ConnectorSettings]:
    """The Settings of a kind. Raises LookupError."""
    return kind_class(kind).Settings


def read(folder: Path, *, settings: Settings | None = None, letters: bool = True) -> Configuration:
    """Read and check everything in `folder`. Raises BadSettings with every fault that can be found at once.

    `settings`: those of a running house, in place of what `intake.yaml` says by now. `letters`: whether each is tried
    in every language, as whoever may send one must.
    """
    settings = settings or load_settings(folder, settings_class, kinds())
    loaded = load_configuration(folder, settings, datetime.now(UTC).date(), letters=letters)
    connectors = {name: kind_class(each.kind) for name, each in settings.connectors.items()}
    rules = Rules(
        key=installation_key(settings),
        brands=loaded.brands,
        policies=loaded.policies,
        routing=loaded.routing,
        words=loaded.words,
        staff=loaded.staff,
        notices=loaded.notices,
        detector=loaded.detector,
        senders={name: (brand.sender.name, brand.sender.address) for name, brand in settings.brands.items()},
        outgoing={name: brand.outgoing for name, brand in settings.brands.items()},
        brakes={name: brand.brake for name, brand in settings.brands.items()},
        breakers={name: _breaker(brand.breaker) for name, brand in settings.brands.items()},
        pauses={name: Pause(brand.pause.silence, brand.pause.longest) for name, brand in settings.brands.items()},
        replying=frozenset(name for name, each in connectors.items() if Can.REPLY in each.can),
        copies_are_one=frozenset(name for name, each in connectors.items() if Can.COPIES_ARE_ONE in each.can),
        calendars=loaded.calendars,
        traits={name: brand.traits() for name, brand in settings.brands.items()},
        consults={name: brand.consults for name, brand in settings.brands.items()},
        canaries=(settings.canaries.address or "") if settings.canaries else "",
        old_after_days=settings.old_after_days,
        base_url=settings.web.base_url,
        postal={name: brand.addresses.letter[0] for name, brand in settings.brands.items() if brand.addresses.letter},
    )
    return Configuration(folder, settings, rules, connectors, loaded.warnings, loaded.calendars)
