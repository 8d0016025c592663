"""RabbitMQ and PostgreSQL: an hour's worth comes in while no router runs at all, then RabbitMQ's disk is full.

A subscriber reads nothing, and the next mail server is away, as on one machine. Then RabbitMQ is well, a router
is begun, and the mail server is back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.receivers import Receiver
from tests.faults.servers import starved, taken
from tests.pressure.playing import (
    DEAF,
    Stage,
    arrange,
    everything,
    over,
    pour_in,
    refused_everywhere,
    spoken,
    unread_and_unsent,
)
from tests.pressure.seeing import raised, series
from tests.services.rabbit import Rabbit
from tests.walk.account import events_of_queue
from tests.walk.complaints import Complaint, complaints
from tests.walk.daemon import Installation
from tests.walk.doors import by_form, by_smtp

MANY = 3_000


@pytest.fixture
def stage(tmp_path: Path, virtual_host: str, database: str) -> Iterator[Stage]:
    """An `intake` and a router, neither of which runs yet."""
    receiver = Receiver()
    place = Installation(tmp_path, broker=virtual_host, store=database, vault="database", next_mta=receiver.port)
    doors, routing = place.add("intake"), place.add("router")
    for each in (doors, routing):
        arrange(each, str(place.outbox), spool_limit_mb=1)
    yield Stage(place, receiver, doors, routing)
    place.end()
    receiver.end()


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_no_router_for_an_hour(stage: Stage, rabbitmq: Rabbit, tmp_path: Path) -> None:
    """All is taken, in the same memory; then, on a full disk of the broker's, forms as long as the spool takes them."""
    doors, coming = stage.doors, complaints(MANY, 41)
    doors.start()
    before = pour_in(stage, coming)
    assert stage.waiting == []

    def shown() -> bool:
        return series(stage.seen(), "intake_queue_letters", queue="intake.router", state="ready") == MANY

    stage.until(shown, "the queue is in the metrics", 120)
    assert not (alerts := raised(before, stage.seen(), tmp_path)) or "IntakeQueueGrows" in alerts
    before = stage.seen()
    late = complaints(1500, 43, first=MANY)
    with starved(rabbitmq, "disk_free_limit", "100000GB", "50MB"):
        spooled = _until_refused(stage, late)
        assert doors.health()[1]["parts"]["broker"] == "blocked"  # RabbitMQ says so to who publishes
        refused_everywhere(stage, late[spooled])
        assert stage.measured["taken"] + spooled == len(stage.told.references)
        alerts = raised(before, stage.seen(), tmp_path)
        assert not alerts or alerts >= {"IntakeBrokerBlocked", "IntakeNotHeld", "IntakeSpool"}
        assert "IntakeBrokerAway" not in alerts
    stage.until(lambda: doors.health()[0] == 200, "its doors are open", 120)
    assert by_smtp(doors.smtp, late[spooled], stage.told)
    coming += late[: spooled + 1]
    stage.measured["spooled"] = spooled
    stage.routing.start()
    unread_and_unsent(stage, len(coming), 3000)
    over(stage, len(coming), 3000)
    for each in (doors, stage.routing):
        each.stop()
    spoken(doors, "down broker", "up broker")
    spoken(doors, "not_held smtp-in", "not_held form", f"waiting {DEAF}", "down sending mail", "up sending mail")
    everything(stage, coming, events_of_queue(rabbitmq, stage.place.broker), taken(stage.place.broker, DEAF))
    print(stage.measured)  # noqa: T201 -- the figures


def _until_refused(stage: Stage, late: list[Complaint]) -> int:
    """Forms are held on disk, one after another, until one is refused; how many are."""
    for number, each in enumerate(late):
        if not by_form(stage.doors.public, each, stage.told):
            return number
    raise AssertionError("the spool was never full")
