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
from tests.pressure.playing import DEAF, arrange, decided, hastened, locked, lying, the_last
from tests.pressure.pouring import Shown, pour, visit
from tests.pressure.seeing import memory, needs, raised, said, scrape, series
from tests.services.place import until
from tests.walk.account import letters_in, maildir, read_ledger, reckon, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.daemon import CRM, Installation
from tests.walk.doors import Told, by_form, by_smtp, send_all

KEEPS = 60
MORE = 40.0
"""Megabytes by which a process may grow, however much waits: batches, caches, the allocator's own."""


class Small:
    """An installation whose `var` is a disk of its own, and a mail server that is away until it is started."""

    def __init__(self, home: Path, size: str) -> None:
        self.receiver = Receiver()
        self.place = Installation(home, next_mta=self.receiver.port)
        self._usual, disk._SIZE = disk._SIZE, size
        self.disk = disk.Disk(self.place.var)
        disk._SIZE = self._usual
        if not self.disk.real:
            pytest.skip("a disk of its own needs the right to mount one")
        self.daemon = self.place.add()
        arrange(self.daemon, str(self.place.outbox), keeps=KEEPS)
        self.told = Told()
        self.waiting: list[Complaint] = []
        self.measured: dict[str, float] = {}

    def end(self) -> None:
        """Nothing of it runs."""
        self.place.end()
        if self.receiver._controller.server is not None:
            self.receiver.end()
        self.disk.end()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Callable[[str], Small]]:
    """Of a size, such as `64m`."""
    made: list[Small] = []

    def make(size: str) -> Small:
        made.append(Small(tmp_path / "place", size))
        return made[-1]

    (tmp_path / "place").mkdir()
    yield make
    for each in made:
        each.end()


def fill(one: Small, coming: list[Complaint], folder: Path, size: int) -> set[str]:
    """More and more comes and nothing is decided, until a mail server is asked to come again: then every door says so.
    Which alerts it raises."""
    daemon = one.daemon
    tenth = len(coming) // 10
    with locked(one.place):
        one.waiting = pour(daemon.smtp, coming[:tenth], one.told, size=size)
        assert one.waiting == []
        one.measured["MB at a tenth"], before = memory(daemon), scrape(daemon)
        one.waiting = pour(daemon.smtp, coming[tenth:], one.told, size=size)
        one.measured["MB at the end"] = memory(daemon)
        assert one.waiting, "the disk was never too small"
        assert set(one.told.answers) == {"smtp 451"}
        assert not by_smtp(daemon.smtp, one.waiting[0], one.told)
        assert daemon.health()[1]["parts"]["broker"] == "disk_low"
        for program in (True, False):
            truthful(visit(daemon.public, one.waiting[0], program=program), one.waiting[0], program=program)
        status, sentences = needs(daemon)
        assert (status, "disk is down (disk_low)" in sentences) == (1, True)
        return raised(before, scrape(daemon), folder)


def truthful(shown: Shown, complaint: Complaint, *, program: bool) -> None:
    """Not ours, when to come again, what to do, and nothing typed is lost."""
    assert (shown.status, shown.retry_after) == (503, "30")
    assert '"reference"' not in shown.said
    assert WHAT_TO_DO[complaint.language] in shown.said
    if not program:
        assert complaint.text.splitlines()[0].split("'")[0] in shown.said


WHAT_TO_DO = {
    "en": "please try again in a moment",
    "pt": "tente de novo dentro de instantes",
    "lv": "lūdzu, pēc brīža mēģiniet vēlreiz",
    "pl": "prosimy za chwilę spróbować ponownie",
    "ru": "попробуйте ещё раз через минуту",
    "az": "bir azdan yenidən cəhd edin",
}


def play(one: Small, coming: list[Complaint], folder: Path, *, size: int, seconds: float) -> None:
    """The whole of it; what must hold is asserted on the way."""
    one.daemon.start()
    alerts = fill(one, coming, folder, size)
    assert not alerts or alerts >= {"IntakeDiskFull", "IntakeNotHeld"}
    assert not alerts & {"IntakeBrokerAway", "IntakeLoopDown"}
    held = len(one.told.references)
    # nothing else is done until all that was confirmed is decided, on the room that was kept for it
    until(lambda: decided(one.place) == held, "all that was taken is decided", seconds, one.daemon.log)
    until(lambda: one.daemon.health()[0] == 200, "its doors are open", 120, one.daemon.log)
    send_all(lambda each: by_smtp(one.daemon.smtp, each, one.told), one.waiting[0::2][:10])
    send_all(lambda each: by_form(one.daemon.public, each, one.told), one.waiting[1::2][:10])
    answered = [each for each in coming if each.number in one.told.references]
    unread_and_unsent(one, len(answered), seconds)
    one.receiver.start()
    until(lambda: hastened(one.place), "what was put off has left", seconds, one.daemon.log)
    until_settled(one.place, len(answered), seconds)
    one.measured["MB after it"] = memory(one.daemon)
    one.daemon.stop()
    spoken(one)
    everything(one, answered)
    assert one.measured["MB at the end"] < one.measured["MB at a tenth"] + MORE


def unread_and_unsent(one: Small, contacts: int, seconds: float) -> None:
    """While nobody reads and the mail server is away: both are told of, and neither holds up anybody."""
    daemon = one.daemon
    until(lambda: decided(one.place) == contacts, "they are decided", seconds, daemon.log)
    kontakts = [each for each in one.told.references.values() if each.startswith("KON")]

    def quiet() -> bool:
        letters = [each for each in letters_in(maildir(one.place.outbox)) if each.to_customer]
        seen = scrape(daemon)
        return (
            len(letters) == len(kontakts)
            and series(seen, "intake_queue_letters", queue=DEAF, state="ready") == KEEPS
            and series(seen, "intake_queue_limit", queue=DEAF) == KEEPS
            and series(seen, "intake_waiting", step="notices_deferred") > 0
            and series(seen, "intake_waiting", step="outbox") == 0
            and series(seen, "intake_ill", part="sending mail", code="not_connected") == 1
        )

    until(quiet, "the others have their letters, and it is told who reads and takes nothing", seconds, daemon.log)
    one.measured["tasks"] = series(scrape(daemon), "intake_tasks")
    assert one.measured["tasks"] < 150, "one for each letter that waits?"
    status, sentences = needs(daemon)
    assert status == 1
    assert any(each.startswith(f"{DEAF} is full and drops its oldest events") for each in sentences)
    assert "sending mail is down (not_connected)" in sentences


def spoken(one: Small) -> None:
    """Said once, and once when it was over; no attempt has a line of its own."""
    heard = said(one.daemon)
    once = {"down disk", "up disk", "not_held smtp-in", "not_held form", "down sending mail", "up sending mail"}
    assert {each: heard[each] for each in once} == dict.fromkeys(once, 1)
    assert heard[f"waiting {DEAF}"] == 1
    lines = [each for each in one.daemon.entries() if each.get("outcome") == "deferred" and each["level"] != "debug"]
    assert len(lines) < 30


def everything(one: Small, answered: list[Complaint]) -> None:
    """Each complaint that was confirmed has one case and one letter; one subscriber has all events, in order; the other
    has the last of them."""
    events = lying(one.place, CRM)
    last = lying(one.place, DEAF)
    assert (len(last), the_last(last, events)) == (KEEPS, True)
    letters = letters_in([*one.receiver.mails, *maildir(one.place.outbox)])
    counts = reckon(answered, one.told, read_ledger(one.place), events, letters)
    assert (counts.cases, counts.copies, counts.unacknowledged) == (len(answered), 0, {})


def test_more_than_a_small_disk_can_hold(small: Callable[[str], Small], tmp_path: Path) -> None:
    """Some two hundred mails of 25 KB on a disk of 40 MB."""
    one = small("40m")
    play(one, complaints(600, 31), tmp_path, size=18_000, seconds=120)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_an_hours_worth(small: Callable[[str], Small], tmp_path: Path) -> None:
    """Mails of 1 KiB until a disk of 1,600 MB takes no more: some twenty thousand."""
    one = small("1600m")
    play(one, complaints(60_000, 37), tmp_path, size=0, seconds=3000)
    print({"held": len(one.told.references), **one.measured})  # noqa: T201 -- the figures
