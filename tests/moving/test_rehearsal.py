"""The rehearsal: a copy under traffic, brought back elsewhere."""

from __future__ import annotations

import itertools
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from router.ledger import tables
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


def copied(place: Installation, copies: Path, told: Told) -> tuple[list[Complaint], dict[str, Any], list[Complaint]]:
    """Six complaints, then traffic while the house is copied; one from before the copy and one from after it are
    erased. What was confirmed before it began, what it said, and what came later."""
    daemon, sent = place.daemons[0], complaints(6, 41)
    daemon.start()
    for complaint in sent:
        assert brought(daemon, complaint, told)
    until_settled(place, len(sent))
    busy: list[Complaint] = []
    with traffic(daemon, told, busy):
        until(lambda: len(told.references) >= len(sent) + 6, "there is traffic", log=daemon.log)
        while True:
            shutil.rmtree(copies, ignore_errors=True)
            before = dict(told.references)
            said = json.loads(daemon.ask("backup", "--to", str(copies), "--json"))
            after = len(told.references)
            if after > len(before):  # else nothing came while it was copied, and nothing is proved: once more
                break
        until(lambda: len(told.references) > after, "it goes on", log=daemon.log)
    everything = [*sent, *(each for each in busy if each.number in told.references)]
    until_settled(place, len(everything))
    late = next(each for each in reversed(everything) if each.number not in before)
    for complaint in (sent[0], late):
        daemon.ask("do", told.references[complaint.number], "erase", "--yes", "--as", "ops")
    listed = place.var / "erasures.jsonl"
    until(lambda: listed.exists() and len(listed.read_text().splitlines()) == 2, "both are listed", log=daemon.log)
    assert not any(word.decode() in listed.read_text() for word in planted([sent[0], late]))
    daemon.stop()
    first = [each for each in everything if each.number in before]
    return first, said, [each for each in everything if each.number not in before]


def brought(daemon: Daemon, complaint: Complaint, told: Told) -> bool:
    """One of them by the form, all others by mail; whether it was confirmed, under the reference that was told."""
    if complaint.number == 1:
        return by_form(daemon.public, complaint, told)
    return by_smtp(daemon.smtp, complaint, told)


def test_a_copy_under_traffic(alone: Ground, tmp_path: Path) -> None:
    """What was confirmed before the copy began is in it; what was erased after it stays erased; the sources read
    again bring what came later, each once; the ledger folds to the same, and the balance is whole."""
    place, told = alone.place, Told()
    place.add()
    before, said, later = copied(place, tmp_path / "copies", told)
    gone = [before[0], later[-1]]
    back = Installation(tmp_path / "back")
    back.home.mkdir()
    there = back.add()
    listed = str(place.var / "erasures.jsonl")
    restored = json.loads(there.ask("restore", "--from", said["backup"], "--erasures", listed, "--json"))
    assert (restored["erased_again"], restored["kept_out"]) == (1, 1)
    there.start()
    references = {told.references[each.number] for each in before}
    until(lambda: references <= contacts(back), "every contact that was confirmed before is here", log=there.log)
    for complaint in (*before, *later):  # the mailbox is read from its beginning, and the form's browser tries again
        assert brought(there, complaint, told)
    everything = len(before) + len(later)
    until_settled(back, everything)
    assert json.loads(there.ask("ledger", "rebuild", "--json"))["mended"] == 0
    there.stop()
    assert not files_with(back, planted(gone)), "what was erased has come back"
    ledger = read_ledger(back)
    folds(ledger)
    rest = [each for each in (*before, *later) if each not in gone]
    cases = one_case_each(rest, told, ledger)
    assert [ledger.balance[name] for name in ("in", "parked", "unaccounted")] == [everything, 0, 0]
    shown = set(cases.values())
    letters = [each for each in (*alone.letters(), *Ground(back).letters()) if each.reference in shown]
    _, without = acknowledged(rest, cases, ledger, letters)
    assert without == {}


def contacts(place: Installation) -> set[str]:
    """References of the contacts that are here."""
    with place.reading().connect() as connection:
        return set(connection.execute(sa.select(tables.contacts.c.reference)).scalars())
