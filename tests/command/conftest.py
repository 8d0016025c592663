"""An installation with a running daemon and a few complaints, and the command beside it.

The command runs in this process, through its real way in, so a warning of ours is an error here too; the daemon is a
process of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from intake_daemon.command import main
from tests.services.place import until
from tests.walk.daemon import ROOT, Daemon, Installation

SAMPLES = ROOT / "samples"
ANN, PT, MACHINE = (
    SAMPLES / "mail" / name
    for name in (
        "01-en-welzo-charged-twice.eml",
        "02-pt-logoscon-portal-em-baixo.eml",
        "11-logoscon-mass-mailing.eml",
    )
)
FORM = SAMPLES / "form" / "18-ru-kontakt-spisali.yaml"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 -- JSON
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def intake(*typed: object, stdin: str = "") -> Said:
    """Run the command."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv, sys.stdin
    kept, journal = logging.getLogger().handlers[:], structlog.get_config()
    sys.argv, sys.stdin = ["intake", *map(str, typed)], io.StringIO(stdin)
    status: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        status = ended.code or 0
    finally:
        sys.argv, sys.stdin = before
        logging.getLogger().handlers[:] = kept
        structlog.configure(**journal)
    return Said(int(str(status)), out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Shop:
    """The installation and its daemon."""

    place: Installation
    daemon: Daemon

    @property
    def config(self) -> Path:
        """The configuration's folder."""
        return self.daemon.folder

    def ask(self, verb: str, *typed: object, stdin: str = "") -> Said:
        """A verb with this configuration; a verb of two words is one string."""
        return intake(*verb.split(), *typed, "-c", self.config, stdin=stdin)

    def settled(self, contacts: int) -> None:
        """Wait until so many contacts came in and nothing is on its way."""

        def done() -> bool:
            found = self.ask("status", "--json").json
            waits = {each["what"]: each["count"] for each in found["waiting"]}
            still = ("outbox", "notices due", "notices on their way", "notices deferred")
            ours = [depth for queue, depth in found["queues"].items() if queue.startswith("intake.")]
            moves = any(waits[what] for what in still) or any(any(depth.values()) for depth in ours)
            return found["balance"]["in"] >= contacts and not moves

        until(done, f"{contacts} contacts are settled", 180, self.daemon.log)

    def reference(self, brand: str) -> str:
        """The reference of the brand's newest case."""
        listed = self.ask("cases", "--json").json
        return str(next(each["reference"] for each in listed if each["brand"] == brand))


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Running, with four contacts from the front doors. Tests may add to it, and must not count on being alone."""
    place = Installation(tmp_path_factory.mktemp("shop"))
    daemon = place.add()
    daemon.start()
    found = Shop(place, daemon)
    said = found.ask("send", ANN, PT, MACHINE, FORM)
    assert said.status == 0, said
    found.settled(4)
    yield found
    place.end()


@pytest.fixture
def quiet_shop(tmp_path: Path) -> Iterator[Shop]:
    """One whose daemon runs only when a test starts it."""
    place = Installation(tmp_path)
    yield Shop(place, place.add())
    place.end()
