"""The rehearsal: a copy under traffic, brought back elsewhere."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from router.ledger import tables
from tests.command.conftest import Said, intake
from tests.services.place import until
from tests.walk.account import acknowledged, folds, one_case_each, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.daemon import Daemon, Installation
from tests.walk.doors import Told, by_form, by_smtp
from tests.walk.search import files_with, planted

SOURCES = 2


@contextmanager
def traffic(daemon: Daemon, told: Told, kept: list[Complaint]) -> Iterator[None]:
    """Complaints without end, one after the other from each of two sources, for as long as it lasts."""
    stopped = threading.Event()

    def source(number: int) -> None:
        for each in itertools.count():
            place = 1000 * (number + 1) + each
            (complaint,) = complaints(1, place, first=place)
            if stopped.is_set():
                return
            kept.append(complaint)
            while not by_smtp(daemon.smtp, complaint, told) and not stopped.is_set():
                pass

    threads = [threading.Thread(target=source, args=(number,)) for number in range(SOURCES)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def test_a_copy_under_traffic(alone: Ground, tmp_path: Path) -> None:
    """What was confirmed before the copy began is in it; what was erased after it stays erased; the sources read
    again bring what came later, each once; the ledger folds to the same, and the balance is whole."""
    place, told, sent = alone.place, Told(), complaints(6, 41)
    daemon = place.add()
    daemon.start()
    gone, formed, *_ = sent
    for complaint in sent:
        assert (by_form if complaint is formed else by_smtp)(
            daemon.public if complaint is formed else daemon.smtp, complaint, told
        )
    until_settled(place, len(sent))
    busy: list[Complaint] = []
    with traffic(daemon, told, busy):
        until(lambda: len(told.references) >= len(sent) + 6, "there is traffic", log=daemon.log)
        before = dict(told.references)
        said = typed("backup", "--to", tmp_path / "copies", "--json", "-c", daemon.folder).json
        after = len(told.references)
        until(lambda: len(told.references) > after, "it goes on", log=daemon.log)
    assert after > len(before), "nothing came while it was copied: nothing was proved"
    everything = [*sent, *(each for each in busy if each.number in told.references)]
    until_settled(place, len(everything))
    late = next(each for each in reversed(everything) if each.number not in before)
    for complaint in (gone, late):
        typed("do", told.references[complaint.number], "erase", "--yes", "--as", "ops", "-c", daemon.folder)
    listed = place.var / "erasures.jsonl"
    until(lambda: listed.exists() and len(listed.read_text().splitlines()) == 2, "both are listed", log=daemon.log)
    assert not any(word.decode() in listed.read_text() for word in planted([gone, late]))
    daemon.stop()

    copy = Path(said["backup"])
    back = Installation(tmp_path / "back")
    back.home.mkdir()
    there = back.add()
    bring = ("restore", "--from", copy, "-c", there.folder)
    assert "would come back" in intake(*bring).err
    restored = typed(*bring, "--erasures", listed, "--json").json
    assert (restored["erased_again"], restored["kept_out"]) == (1, 1 if late.number not in _numbers(back, told) else 0)
    assert "is not empty" in intake(*bring, "--no-erasures").err
    there.start()
    until_settled(back, said["rows"]["contacts"])
    references = set(before.values())
    with back.reading().connect() as connection:
        until(
            lambda: references <= set(connection.execute(sa.select(tables.contacts.c.reference)).scalars()),
            "every contact that was confirmed before is here",
            log=there.log,
        )
    for complaint in everything:  # the mailbox is read from its beginning, and the form's browser tries again
        attempt = by_form if complaint is formed else by_smtp
        port = there.public if complaint is formed else there.smtp
        assert attempt(port, complaint, told), "the reference is the one that was told"
    until_settled(back, len(everything))
    assert typed("ledger", "rebuild", "--json", "-c", there.folder).json["mended"] == 0
    there.stop()
    assert not files_with(back, planted([gone, late])), "what was erased has come back"
    ledger = read_ledger(back)
    folds(ledger)
    rest = [each for each in everything if each not in (gone, late)]
    cases = one_case_each(rest, told, ledger)
    counted = {name: ledger.balance[name] for name in ("in", "aside", "parked", "unaccounted")}
    assert counted["in"] == len(everything)
    assert (counted["parked"], counted["unaccounted"]) == (0, 0)
    shown = set(cases.values())
    letters = [each for each in (*alone.letters(), *Ground(back).letters()) if each.reference in shown]
    copies, without = acknowledged(rest, cases, ledger, letters)
    assert without == {}
    assert copies <= len(everything)


def typed(*words: object) -> Said:
    """The command, which goes well."""
    said = intake(*words)
    assert said.status == 0, said.err
    return said


def _numbers(place: Installation, told: Told) -> set[int]:
    with place.reading().connect() as connection:
        known = set(connection.execute(sa.select(tables.cases.c.reference)).scalars())
    return {number for number, reference in told.references.items() if reference in known}
