"""Poison of every kind parks within its attempts, says why, delays nothing else, and goes back when it is put right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.routing import Router

from intake_daemon import life
from intake_daemon.broker import notices_queue
from intake_daemon.command.asking import _call
from intake_daemon.contract import (
    COMMANDS,
    MESSAGES,
    NOTICES,
    PARKED,
    RECEIPTS,
    REPLIES,
    ROUTER_QUEUE,
    Draft,
    Input,
    Letter,
    Parked,
    Raw,
)
from intake_daemon.message import Receipt
from router import api
from router.desk import ComplaintsDesk
from router.ledger import lives, outgoing, tables
from router.ledger.lookup import parking, reasons
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter, rules
from tests.life.conftest import MAIL, OUT, Machine, until
from tests.life.doing import Way, a_notice, hand_over, raw, taken


async def rows(machine: Machine) -> dict[str, tuple[str, str, int]]:
    """What is parked: from where, why, after how many attempts."""
    found = await machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).all())
    return {row.id: (row.queue, row.reason, row.attempts) for row in found}


def office(machine: Machine, **changes: Any) -> Router:  # noqa: ANN401 -- fields of an Office
    """The API over it, as the command on this machine asks it."""
    nobody: Any = None
    built = api.Office(
        store=machine.store,
        ledger=machine.ledger,
        desk=ComplaintsDesk(rules()),
        broker=machine.broker,
        vault=machine.vault,
        rules=rules,
        installation="test",
        now=machine.clock,
        subscribers={},
        condition=nobody,
        take=nobody,
        read=nobody,
        read_again=nobody,
        reconcile=nobody,
        bring=nobody,
    )
    return Router(api.routes(replace(built, **changes)))


async def asked(router: Router, method: str, target: str) -> tuple[int, Mapping[str, Any]]:
    """Status and JSON."""
    status, body = await _call(router, method, f"/api/v1{target}", b"", {})
    return status, json.loads(body)


async def test_every_kind_in_one_house(machine: Machine) -> None:
    """Among good things one house gets what no parser reads, a message of no schema and one that fails each time, a
    notice that is none, a receipt of nothing, a command that is none, and what a stranger put among the parked. Each is
    parked with its reason; every good thing goes its way, and who asked hears of the refusal."""

    def breaks(_raw: Raw) -> list[Draft]:
        raise ZeroDivisionError

    await life.accept(machine.intake, MAIL, raw(b"no parser reads this"), breaks)
    fails = letter("poison").model_copy(update={"brand": "no_such_brand"})
    good = [letter(f"Complaint {n}", message=f"{n}@x", sender=f"{n}@x.example") for n in range(3)]
    lost = Receipt(notice="00000000-0000-4000-8000-000000000000", connector="mail", outcome="sent", at=NOON)
    await machine.broker.publish(
        [
            Letter(MESSAGES, "welzo.email", b"\xff no json", "no-schema"),
            Letter(MESSAGES, "welzo.email", fails.to_json(), fails.id),
            *(Letter(MESSAGES, "welzo.email", each.to_json(), each.id) for each in good),
            Letter(NOTICES, "mail", b'{"id": 7}', "no-notice"),
            Letter(RECEIPTS, "mail", lost.to_json(), "no-receipt"),
            Letter(RECEIPTS, "mail", b"[]", "bad-receipt"),
            Letter(COMMANDS, "welzo.close", b'{"command": []}', "no-command", reply_to="asker"),
            Letter(PARKED, "odd\x00queue", b"\x00\xff", "stranger", headers={"intake-reason": "a\x00b" + "x" * 999}),
        ]
    )
    way = Way(machine)
    await hand_over(machine, a_notice())
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS):
        machine.keep(life.route(machine.router, queue))
    machine.keep(life.keep_parked(machine.router))
    said: list[dict[str, Any]] = []

    async def everything() -> bool:
        found = await rows(machine)
        balance = await machine.store.read(lives.balance)
        return len(found) == 9 and balance["cases"] == len(good) and bool(way.sent)

    machine.router.broker.publish, published = _overheard(machine, said), machine.router.broker.publish  # type: ignore[method-assign]
    await until(everything)
    machine.router.broker.publish = published  # type: ignore[method-assign]
    found = await rows(machine)
    by_reason = {
        key: value
        for key, value in found.items()
        if key in {"no-schema", "no-notice", "no-receipt", "bad-receipt", "no-command"}
    }
    assert by_reason == {
        "no-schema": (ROUTER_QUEUE, "unreadable", 1),
        "no-notice": (notices_queue("mail"), "unreadable", life.ATTEMPTS),
        "no-receipt": (RECEIPTS, "unknown_notice", 1),
        "bad-receipt": (RECEIPTS, "unreadable", 1),
        "no-command": (COMMANDS, "unreadable", 1),
    }
    assert found[fails.id] == (ROUTER_QUEUE, "failed_repeatedly", life.ATTEMPTS)
    assert sum(queue == "smtp-in" and reason == "unreadable" for queue, reason, _ in found.values()) == 1
    assert "\x00" not in "".join(f"{queue}{reason}" for queue, reason, _ in found.values())
    assert said == [{"disposition": "refused", "reason": "unreadable"}]
    assert len(way.sent) == 1
    balance = await machine.store.read(lives.balance)
    assert (balance["in"], balance["parked"], balance["unaccounted"]) == (7, 4, 0)


def _overheard(machine: Machine, said: list[dict[str, Any]]) -> Any:  # noqa: ANN401 -- the broker's publish
    """The broker's own, and what goes straight to somebody's queue besides."""
    publish = machine.broker.publish

    async def heard(letters: Any) -> None:  # noqa: ANN401 -- letters
        for each in letters:
            if each.exchange == REPLIES and each.key == "asker":
                answer = json.loads(each.body)
                said.append({name: answer[name] for name in ("disposition", "reason")})
        await publish(letters)

    return heard


class Broken(ComplaintsDesk):
    """A desk whose template for one letter to the customer is broken, until it is mended."""

    broken = True

    def render(self, case: Any, intent: Any, *rest: Any) -> Any:  # noqa: ANN401 -- the desk's
        """Fails for every acknowledgement to Ann's case."""
        if self.broken and intent.staff is None and case.contact == letter().id:
            raise KeyError("no such value")
        return super().render(case, intent, *rest)


async def test_a_letter_that_cannot_be_written(machine: Machine) -> None:
    """Its template is broken: it is tried again each hour, and after five hours it is parked, with its case and purpose
    and no word of anybody; all other letters leave meanwhile. Mended, one command brings it back, and it leaves."""
    desk = Broken(rules())
    ledger = StoredLedger(machine.store, desk, key=machine.intake.key, installation="test")
    other = letter("Another one.", message="2@x", sender="bob@x.example")
    await ledger.decide([Input(letter(), NOON), Input(other, NOON)], NOON)
    now = NOON
    for hour in range(1, 7):
        assert len(await rows(machine)) == (hour > 5)
        now = NOON + timedelta(hours=hour, minutes=hour)
        await ledger.due(now, 100)
    ((parked, where),) = (await rows(machine)).items()
    assert where == (outgoing.LETTERS, "unwritable", 5)
    purposes = {row.purpose for row in await _left(machine)}
    assert purposes == {"acknowledgement", "assignment"}  # Bob's, and both handlers'
    shown = await machine.store.read(lambda connection: parking.shown(connection, parked))
    assert shown is not None
    assert "acknowledgement" in shown["letter"]
    assert "charged" not in shown["letter"]
    balance = await machine.store.read(lives.balance)
    assert (balance["in"], balance["parked"]) == (2, 0)
    desk.broken = False
    status, _ = await asked(office(machine), "POST", f"/parked/{parked}/retry")
    assert status == 200
    assert await rows(machine) == {}
    machine.clock.now = now
    before = len(await _left(machine))
    assert await ledger.due(now + timedelta(seconds=1), 100) >= 1
    assert len(await _left(machine)) == before + 1


async def _left(machine: Machine) -> list[Any]:
    """Notices that have left."""
    t = tables.notices
    query = sa.select(t).where(t.c.state == "released")
    return list(await machine.store.read(lambda connection: connection.execute(query).all()))


async def test_which_of_all_that_is_parked(machine: Machine) -> None:
    """By reason, by door, by day; each reason says why and how it is put right; a whole kind goes back in one go,
    straight to the queues that it came from, and what is not of it stays."""
    body = letter("Parked.").model_copy(update={"connector": "form"}).to_json()
    days = [NOON, NOON, NOON + timedelta(days=1)]
    await machine.ledger.park(
        [
            Parked(f"m{n}", ROUTER_QUEUE, "failed_repeatedly", Letter(MESSAGES, "welzo.email", body, f"m{n}"), 5, day)
            for n, day in enumerate(days)
        ]
    )
    away = Parked("c", COMMANDS, "unreadable", Letter("intake.commands", "welzo.x", b"{}", "c"), 1, NOON)
    await machine.ledger.park([away])
    router = office(machine)

    async def ids(query: str) -> list[str]:
        status, found = await asked(router, "GET", f"/parked?{query}")
        assert status == 200
        return [each["id"] for each in found["parked"]]

    assert await ids("reason=unreadable") == ["c"]
    assert await ids("door=form") == ["m0", "m1", "m2"]
    assert await ids(f"day={NOON.date() + timedelta(days=1)}") == ["m2"]
    assert await ids(f"door=form&day={NOON.date()}") == ["m0", "m1"]
    assert (await asked(router, "GET", "/parked?day=soon"))[0] == 422
    _, found = await asked(router, "GET", "/parked")
    assert {group["reason"]: group["count"] for group in found["reasons"]} == {"failed_repeatedly": 3, "unreadable": 1}
    assert all(group["why"] and group["remedy"] for group in found["reasons"])
    for each in await ids("door=form"):
        assert (await asked(router, "POST", f"/parked/{each}/retry"))[1]["to"] == ROUTER_QUEUE
    assert await ids("") == ["c"]
    assert {each.message_id for each in await taken(machine, ROUTER_QUEUE)} == {"m0", "m1", "m2"}


@pytest.mark.parametrize("code", [*reasons.REASONS, "a_reason_of_somebodys_connector"])
def test_every_reason_says_what_to_do(code: str) -> None:
    """Whatever the code: why, and what to do next."""
    told = reasons.reason(code)
    assert told.why.endswith(".")
    assert len(told.remedy) > 10
