"""Looking: status, cases, case, trace; and who may see what."""

from __future__ import annotations

import http.client
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from intake_daemon.command.standing import needs
from intake_daemon.command.telling import age, happened, safe
from tests.command.conftest import Shop, intake


def test_status_in_one_screen(shop: Shop) -> None:
    """Doors, what waits, the balance, on one screen; the machine mail is machine."""
    shop.settled(4)
    said = shop.ask("status")
    assert len(said.out.splitlines()) < 40
    assert f"127.0.0.1:{shop.daemon.smtp}" in said.out
    assert "+ 0 unaccounted" in said.out
    found = shop.ask("status", "--json").json
    assert found["running"]
    assert found["parts"] == {"broker": None, "database": None}
    assert found["doors"]["smtp-in"]["machine"] == 1
    assert found["listening"]["smtp-in"]["down"] is None
    assert found["queues"]["intake.router"] == {"ready": 0, "unsettled": 0}


def test_status_needs_a_person() -> None:
    """Whatever waits for a person is said; nothing else is."""
    nothing = {"count": 0, "reasons": {}, "since": None}
    well = {
        "parts": {"broker": None},
        "down": {},
        "waiting": [{"what": "outbox", "count": 3, "since": "2026-11-20T12:00:00Z"}],
        "withheld": nothing,
        "parked": nothing,
        "spool": 0,
        "balance": {"unaccounted": 0},
    }
    noon = datetime(2026, 11, 20, 12, 1, tzinfo=UTC)
    assert list(needs(well, noon)) == []
    assert list(needs(well, noon.replace(minute=5))) == ["outbox: 3 waiting, the oldest for 5 min"]
    ill = {
        **well,
        "parts": {"broker": "not_connected"},
        "down": {"connector inbox": "imap_login"},
        "waiting": [{"what": "notices perhaps sent", "count": 1, "since": "2026-11-20T12:00:00Z"}],
        "withheld": {"count": 2, "reasons": {"imported": 2}, "since": None},
        "parked": {"count": 1, "reasons": {"newer": 1}, "since": None},
        "spool": 4,
        "balance": {"unaccounted": 1},
        "answered": {"bot": "2026-11-20T11:00:00+00:00", "inbox": "2026-11-20T11:30:00+00:00"},
    }
    said = list(needs(ill, noon))
    assert len(said) == 8
    assert any("bot was asked and has not answered for" in each for each in said)
    seldom = {**ill, "asked_every": {"bot": 2400.0}}
    assert not any("has not answered" in each for each in needs(seldom, noon)), (
        "asked every 40 minutes, and an hour ago"
    )
    for word in ("broker is down (not_connected)", "connector inbox is down", "perhaps sent", "2 imported", "1 newer"):
        assert any(word in each for each in said), word


def test_cases_of_a_brand_only(shop: Shop) -> None:
    """A handler of one brand sees its cases and no other's."""
    everybody = shop.ask("cases", "--json").json
    assert {"welzo", "logoscon", "kontakt"} <= {each["brand"] for each in everybody}
    theirs = shop.ask("cases", "--json", "--as", "aysel").json
    assert {each["brand"] for each in theirs} == {"kontakt"}
    assert shop.reference("welzo") in shop.ask("cases").out


def test_unknown_principal(shop: Shop) -> None:
    """A name that handlers.yaml does not have is told, with those that it has."""
    said = shop.ask("cases", "--as", "nobody")
    assert said.status == 1
    assert "'nobody'" in said.err
    assert "margaret" in said.err


def test_case_as_a_person_reads_it(shop: Shop) -> None:
    """The reference as a customer says it; the timeline in order; no words without a reader."""
    reference = shop.reference("welzo")
    said = shop.ask("case", reference.lower().replace("-", " "))
    assert said.status == 0
    order = [said.out.index(each) for each in ("complaint received", "assigned to", "acknowledgement sent by mail")]
    assert order == sorted(order)
    assert "t.whitcombe" not in said.out
    assert "vitamin D" not in said.out


def test_case_with_words_for_who_may_read(shop: Shop) -> None:
    """Who has it reads what was said and answered, a colleague of the brand does not; both are written down."""
    reference = shop.reference("welzo")
    handler = shop.ask("case", reference, "--json").json["handler"]
    said = shop.ask("case", reference, "--as", handler)
    assert "vitamin D" in said.out
    assert "To: t.whitcombe@harbourmail.example" in said.out
    outsider = "dace" if handler != "dace" else "ilze"
    refused = shop.ask("case", reference, "--as", outsider)
    assert (refused.status, refused.out) == (1, "")
    assert "Only who works on this case" in refused.err
    assert "vitamin D" not in shop.ask("case", reference, "--as", handler, "--no-words").out
    listed = shop.ask("cases", "--as", outsider)
    assert "not yours" in listed.out
    assert handler not in listed.out
    with closing(sqlite3.connect(shop.place.var / "ledger.db")) as ledger:
        read = ledger.execute("SELECT who, what FROM reads").fetchall()
    assert (handler, "case") in read
    assert (outsider, "refused case") in read


def test_case_of_another_brand_does_not_exist(shop: Shop) -> None:
    """404, not 403: whether there is one is nobody else's business."""
    said = shop.ask("case", shop.reference("welzo"), "--as", "aysel")
    assert said.status == 1
    assert "no case of this reference" in said.err


@pytest.mark.parametrize(
    "query", ["t.whitcombe@harbourmail.example", "9b1f3f0e-6a52-4f0b-8a4e-1c1f6a7d20c1@harbourmail.example"]
)
def test_trace_from_door_to_letter(shop: Shop, query: str) -> None:
    """By address or Message-ID: the door, each finding, the events, the letter with its receipt; no word of anybody."""
    said = shop.ask("trace", query)
    assert said.status == 0
    for step in (
        "smtp-in: received",
        "topic: billing",
        "complaint received",
        "acknowledgement to customer by mail: sent",
    ):
        assert step in said.out
    assert "vitamin D" not in said.out
    assert "Whitcombe" not in said.out


def test_trace_of_what_nobody_knows(shop: Shop) -> None:
    """Nothing found is exit 1, and says where else to look."""
    said = shop.ask("trace", "nobody@nowhere.example")
    assert said.status == 1
    assert "journal" in said.out
    assert shop.ask("trace", "2026-02-31").err == "intake: There is no such day.\n"


def test_traces_are_written_down(shop: Shop) -> None:
    """Who traced is in the audit; what they looked for is not."""
    shop.ask("trace", "t.whitcombe@harbourmail.example", "--as", "margaret")
    with closing(sqlite3.connect(shop.place.var / "ledger.db")) as ledger:
        rows = ledger.execute("SELECT who, what FROM reads").fetchall()
        dump = "\n".join(ledger.iterdump())
    assert ("margaret", "trace") in rows
    reads = [line for line in dump.splitlines() if 'INTO "reads"' in line]
    assert reads
    assert not any("whitcombe" in line for line in reads)


def test_strangers_from_the_network_get_nothing(shop: Shop) -> None:
    """On the TCP listener everything under /api is 401, whatever a stranger says of himself."""
    for path in ("/api/v1/cases", "/api/v1/status", "/api/v1/events"):
        with closing(http.client.HTTPConnection("127.0.0.1", shop.daemon.internal, timeout=30)) as connection:
            connection.request("GET", path, headers={"Intake-As": "margaret", "X-Forwarded-For": "127.0.0.1"})
            answer = connection.getresponse()
            said = answer.read()
        assert answer.status == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert b"WLZ" not in said


def test_words_cannot_command_a_terminal() -> None:
    """Escapes, bells and marks that turn text around are shown as dots; letters of all languages are not."""
    assert safe("\x1b[31mred\x07\u202egnp.exe") == "·[31mred··gnp.exe"
    assert safe("Здравствуйте, Çağrı!\r\nрядом\tтут") == "Здравствуйте, Çağrı!\nрядом\tтут"


def test_an_event_of_a_newer_version_is_told() -> None:
    """By its type and its data: nothing is left out."""
    assert happened({"type": "moon.risen", "data": {"phase": "full"}}) == "moon.risen phase=full"


def test_age_as_people_say_it() -> None:
    """Seconds, minutes, hours, days."""
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    for moment, said in (("11:59:20", "40 s"), ("11:48:00", "12 min"), ("09:00:00", "3 h")):
        assert age(f"2026-11-20T{moment}Z", noon) == said
    assert age("2026-11-18T12:00:00Z", noon) == "2 d"
    assert age(None) == "-"


def test_help_names_every_verb() -> None:
    """`intake --help` lists the verbs that operators are promised."""
    said = intake("--help")
    verbs = (
        "run init check status trace parse explain send import cases case do parked aside tasks token events".split()
    )
    for verb in verbs:
        assert f" {verb} " in said.out, verb
