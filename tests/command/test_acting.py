"""Acting: notes and erasure, who may, what is refused and with which words; parked, events, ledger."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from intake_daemon import life
from intake_daemon.command import configuration, mails, office
from intake_daemon.command.asking import quiet
from intake_daemon.command.building import build
from intake_daemon.command.house import House
from intake_daemon.contract import Letter, Parked
from intake_daemon.message import message_id
from router.ledger.lookup import parking
from tests.command.conftest import SAMPLES, Shop, intake
from tests.services.place import until
from tests.walk.daemon import ROOT


def test_note_is_done_and_read_again(shop: Shop) -> None:
    """A note from --text or standard input is an event; its words are for readers."""
    reference = shop.reference("kontakt")
    said = shop.ask("do", reference, "note", "--as", "aysel", "--text", "Rang her at noon.", "--json").json
    assert (said["disposition"], said["reference"], said["events"]) == ("done", reference, 1)
    assert shop.ask("do", reference, "note", "--as", "aysel", stdin="And again at six.\n").status == 0
    told = shop.ask("case", reference, "--as", "aysel").out
    assert "| Rang her at noon." in told
    assert "| And again at six." in told
    assert "note by aysel" in shop.ask("case", reference).out


def test_refusals_say_what_to_do(shop: Shop) -> None:
    """Each refusal is a sentence and exit 1; nothing happens to the case."""
    shop.settled(4)  # or an event that was on its way would be taken for a refused command's
    reference = shop.reference("welzo")
    before = shop.ask("case", reference, "--json").json["sequence"]
    for typed, words in (
        ((reference, "note", "--text", "x"), "Write --as WHO"),
        ((reference, "note", "--as", "aysel", "--text", "x"), "no case of this reference"),
        ((reference, "note", "--as", "margaret"), "A note needs its words"),
        ((reference, "dance", "--as", "margaret"), "There is no such command"),
        ((reference, "erase", "--as", "ilze", "--yes"), "may not do this"),
        ((reference, "erase", "--as", "margaret"), "--yes"),
        ((reference, "note", "--as", "margaret", "--text", "x", "--expects", "1"), "Look at it again"),
        ((reference, "note", "--as", "margaret", "wörds!"), "neither a command"),
        ((reference, "note", "--as", "margaret", "--data", "words"), "no name=value"),
    ):
        said = shop.ask("do", *typed)
        assert said.status == 1, typed
        assert words in said.err, typed
    assert shop.ask("case", reference, "--json").json["sequence"] == before


def test_erasure_takes_words_and_leaves_the_timeline(shop: Shop) -> None:
    """After `erase` no word can be read, by nobody; events stay; a second one is refused."""
    reference = shop.reference("logoscon")
    assert "portal" in shop.ask("case", reference, "--as", "teresa").out.lower()
    assert shop.ask("do", reference, "erase", "--as", "teresa", "--yes").status == 0
    told = shop.ask("case", reference, "--as", "teresa")
    assert "contents erased by teresa" in told.out
    assert "| " not in told.out
    assert "erased" in shop.ask("do", reference, "note", "--as", "teresa", "--text", "x").err
    assert shop.ask("ledger rebuild", "--json").json["mended"] == 0


def test_feed_one_event_a_line(shop: Shop) -> None:
    """Every line is a CloudEvent with its position; --after goes on from there; a brand sees its own."""
    shop.settled(4)  # what earlier tests set going has left: the feed is listed twice
    events = shop.ask("events").lines
    assert [event["position"] for event in events] == sorted(event["position"] for event in events)
    assert events[0]["type"].endswith(".v1")
    assert events[0]["specversion"] == "1.0"
    middle = events[len(events) // 2]["position"]
    assert shop.ask("events", "--after", middle).lines == [each for each in events if each["position"] > middle]
    assert {each["source"] for each in shop.ask("events", "--as", "kontakt_crm").lines} == {"/walk/kontakt"}
    assert "for case systems and operators" in shop.ask("events", "--as", "aysel").err


def test_follow_goes_on_until_it_is_told_to_stop(shop: Shop, tmp_path: Path) -> None:
    """`events --follow --new` prints what happens from now on, as it happens; Ctrl-C ends it quietly."""
    log = tmp_path / "followed"
    here = ["env", "--default-signal=INT"]  # a suite that runs in the background of a shell hears no Ctrl-C
    typed = [*here, sys.executable, "-m", "intake_daemon", "events", "--follow", "--new", "-c", str(shop.config)]
    with log.open("w") as out, subprocess.Popen(typed, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT) as following:
        number = 0

        def heard() -> bool:
            nonlocal number
            number += 1
            shop.ask("do", shop.reference("kontakt"), "note", "--as", "aysel", "--text", f"note {number}")
            return "note.added.v1" in log.read_text()

        try:
            until(heard, "a note is heard of", 60)
            following.send_signal(signal.SIGINT)
            assert following.wait(30) == 0
        finally:
            following.kill()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert {event["type"] for event in events} == {"note.added.v1"}


def test_replay_goes_to_a_subscriber_only(shop: Shop) -> None:
    """A replay fills the queue again; a queue of ours, or one that nobody has, is refused."""
    shop.settled(4)  # the notes of the test before this one are events that still leave
    before = shop.ask("status", "--json").json["queues"]["crm"]["ready"]
    said = shop.ask("events replay", "--to", "crm")
    published = int(said.out.split()[0])
    assert published == len(shop.ask("events").lines)
    assert shop.ask("status", "--json").json["queues"]["crm"]["ready"] == before + published
    for queue in ("intake.router", "intake.parked", "crn"):
        refused = shop.ask("events replay", "--to", queue)
        assert refused.status == 1
        assert "It has: crm" in refused.err


def test_nothing_parked(shop: Shop) -> None:
    """An empty list says so; an unknown id is told; a retry without a name is refused."""
    assert shop.ask("parked list").out == "nothing is parked\n"
    assert "intake parked list" in shop.ask("parked show", "nothing").err
    assert shop.ask("parked retry").status == 1


def test_parked_goes_back_to_its_queue(quiet_shop: Shop) -> None:
    """A letter of a newer version is listed with its reason, shown, and goes back to the queue that it came from."""
    letter = Letter("intake.messages", "welzo.email", b'{"schema": "intake.message/9"}', message_id("newer"))

    async def park(house: House) -> None:
        await house.ledger.park([Parked(letter.message_id, "intake.router", "newer", letter, 1, house.now())])

    within(quiet_shop, park)
    listed = quiet_shop.ask("parked list", "--json").json
    assert [(each["id"], each["reason"]) for each in listed] == [(letter.message_id, "newer")]
    assert "intake.message/9" in quiet_shop.ask("parked show", letter.message_id).out
    assert "back to intake.router" in quiet_shop.ask("parked retry", "--reason", "newer").out
    assert quiet_shop.ask("parked list").out == "nothing is parked\n"
    within(quiet_shop, one_waits)


def test_parked_original_is_read_again(quiet_shop: Shop) -> None:
    """A mail that our parser could not read comes through the parser of today when it is retried."""
    content = (SAMPLES / "mail" / "04-pl-ask4-wolny-internet.eml").read_bytes()
    source = life.Source("smtp-in", "smtp", frozenset())

    async def park(house: House) -> None:
        for reason in ("unreadable", "imap_too_large"):
            raw = mails.raw(content + reason.encode(), "ask4", None)
            await life.park_raw(office.intake_of(house), source, raw, reason)
        async with contextlib.aclosing(house.broker.consume("intake.parked")) as batches:
            batch = await anext(batches)
            kept = [
                Parked(
                    each.letter.message_id,
                    each.letter.key,
                    each.letter.headers["intake-reason"],
                    each.letter,
                    5,
                    house.now(),
                )
                for each in batch
            ]
            await house.ledger.park(kept)
            await house.broker.settle(batch)

    within(quiet_shop, park)
    assert "back to smtp-in" in quiet_shop.ask("parked retry", "--reason", "unreadable").out
    stays = quiet_shop.ask("parked retry", "--reason", "imap_too_large")
    assert (stays.status, "Only its beginning is here" in stays.out) == (1, True)
    within(quiet_shop, one_waits)


def test_what_stays_does_not_hide_what_is_behind_it(quiet_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """More letters than one answer lists stand at the front and are refused: all that are parked on that day are tried,
    once each."""
    monkeypatch.setattr(parking, "LISTED", 2)
    named = [message_id(f"parked {number}") for number in range(6)]
    broken = b'{"raw": "", "content": "", "kind": "smtp", "envelope": {}}'

    async def park(house: House) -> None:
        for number, each in enumerate(named):
            queue, body = ("smtp-in", broken) if number < 5 else ("intake.router", b'{"schema": "intake.message/9"}')
            letter = Letter("intake.parked", queue, body, each)
            await house.ledger.park([Parked(each, queue, "imap_too_large", letter, 1, house.now())])

    within(quiet_shop, park)
    told = quiet_shop.ask("parked retry", "--reason", "imap_too_large")
    assert [told.out.count(each) for each in named] == [1] * len(named)
    assert told.out.count("stays: ") == 5
    assert f"{named[5]}  back to intake.router" in told.out


def within(shop: Shop, work: Callable[[House], Awaitable[None]]) -> None:
    """Do something in a house of this shop that was built, and not started."""

    async def done() -> None:
        quiet()
        house = await build(configuration.read(shop.config))
        try:
            await house.broker.start()
            await work(house)
        finally:
            await house.close()

    asyncio.run(done())


async def one_waits(house: House) -> None:
    """One message waits for the router."""
    assert (await house.broker.depth("intake.router")).ready == 1


def test_ledger_is_up_to_date(quiet_shop: Shop) -> None:
    """`ledger migrate` makes the schema where nothing has run yet; then there is nothing to rebuild."""
    assert quiet_shop.ask("ledger migrate").out == "the ledger's schema is up to date\n"
    assert quiet_shop.ask("ledger rebuild", "--json").json == {"same": 0, "mended": 0, "broken": []}


def test_running_daemon_has_migrated(shop: Shop) -> None:
    """Beside a running daemon `ledger migrate` does nothing, and says so."""
    assert "the daemon runs" in shop.ask("ledger migrate").out


def test_typed_wrong() -> None:
    """A missing command or option is told by its name, without a traceback."""
    for typed in (("do",), ("dance",), ("cases", "--nonsense")):
        said = intake(*typed)
        assert said.status == 2
        assert "Traceback" not in said.err
