"""One machine whose disk is small: intake outruns routing, a subscriber reads nothing, the next mail server is away.

One life of one process, so that all of it is shown together: each is bounded, in the metrics and alerts, said once and
once when it is over; the doors tell the truth; and in the end each complaint has its case and its one letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import disk
from tests.faults.receivers import Receiver
from tests.pressure.playing import (
    DEAF,
    Stage,
    arrange,
    decided,
    everything,
    locked,
    lying,
    over,
    pour_in,
    refused_everywhere,
    spoken,
    unread_and_unsent,
)
from tests.pressure.seeing import needs, raised
from tests.services.place import until
from tests.walk.complaints import Complaint, complaints
from tests.walk.daemon import CRM, Installation
from tests.walk.doors import by_form, by_smtp, send_all

Small = Callable[[str], Stage]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    """An installation whose `var` is a disk of its own, of a size such as `64m`."""
    receiver = Receiver()
    place = Installation(tmp_path / "place", next_mta=receiver.port)
    place.home.mkdir()
    disks: list[disk.Disk] = []

    def make(size: str) -> Stage:
        monkeypatch.setattr(disk, "_SIZE", size)
        disks.append(disk.Disk(place.var))
        daemon = place.add()
        if not disks[0].real:  # a container without that right: there it is counted
            daemon.before = [("tests.pressure.counted:small", {"folder": str(place.var), "size": size})]
        arrange(daemon, str(place.outbox))
        return Stage(place, receiver, daemon, daemon)

    yield make
    place.end()
    receiver.end()
    for each in disks:
        each.end()


def play(stage: Stage, coming: list[Complaint], folder: Path, *, size: int, seconds: float) -> None:
    """The whole of it; what must hold is asserted on the way."""
    daemon = stage.doors
    daemon.start()
    with locked(stage.place):
        before = pour_in(stage, coming, size)
        assert stage.waiting, "the disk was never too small"
        refused_everywhere(stage, stage.waiting[0])
        assert daemon.health()[1]["parts"]["broker"] == "disk_low"
        status, sentences = needs(daemon)
        assert (status, "disk is down (disk_low)" in sentences) == (1, True)
        alerts = raised(before, stage.seen(), folder)
    assert not alerts or alerts >= {"IntakeDiskFull", "IntakeNotHeld"}
    assert "IntakeBrokerAway" not in alerts
    assert "IntakeDatabaseAway" in alerts or "IntakeLoopDown" not in alerts  # who holds the record for long is told of
    held = len(stage.told.references)
    # nothing else is done until all that was confirmed is decided, on the room that was kept for it
    until(lambda: decided(stage.place) == held, "all that was taken is decided", seconds, daemon.log)
    until(lambda: daemon.health()[0] == 200, "its doors are open", 120, daemon.log)
    send_all(lambda each: by_smtp(daemon.smtp, each, stage.told), stage.waiting[0::2][:10])
    send_all(lambda each: by_form(daemon.public, each, stage.told), stage.waiting[1::2][:10])
    contacts = len(stage.answered(coming))
    unread_and_unsent(stage, contacts, seconds)
    over(stage, contacts, seconds)
    daemon.stop()
    spoken(daemon, "down disk", "up disk", "not_held smtp-in", "not_held form", f"waiting {DEAF}")
    spoken(daemon, "down sending mail", "up sending mail")
    everything(stage, coming, lying(stage.place, CRM), lying(stage.place, DEAF))


def test_more_than_a_small_disk_can_hold(small: Small, tmp_path: Path) -> None:
    """More than a hundred mails of 40 KB on a disk of 40 MB."""
    play(small("40m"), complaints(900, 31), tmp_path, size=30_000, seconds=120)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_an_hours_worth(small: Small, tmp_path: Path) -> None:
    """Mails of 1 KiB until a disk of 800 MB takes no more: some ten thousand."""
    stage = small("800m")
    play(stage, complaints(60_000, 37), tmp_path, size=0, seconds=3000)
    print(stage.measured)  # noqa: T201 -- the figures
