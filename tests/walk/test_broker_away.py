"""RabbitMQ goes away during intake: mail is asked to come again, the form is held on disk, and all arrive once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.services.place import until
from tests.services.rabbit import Rabbit
from tests.walk.account import until_settled
from tests.walk.complaints import complaints
from tests.walk.conftest import Ground
from tests.walk.doors import Told, by_form, by_smtp, send_all


def away(ground: Ground, rabbit: Rabbit, each: int) -> None:
    """Intake by SMTP and form; the broker stops, the daemon is killed meanwhile, and the broker comes back."""
    place, told = ground.place, Told()
    daemon = place.add()
    mails, forms = complaints(each, 19), complaints(each, 23, first=10_000)
    third = each // 3
    by_mail, by_page = partial(by_smtp, daemon.smtp, told=told), partial(by_form, daemon.public, told=told)
    daemon.start()
    with ThreadPoolExecutor(4) as sources:
        before = [sources.submit(send_all, by_mail, mails[:third]), sources.submit(send_all, by_page, forms[:third])]
        until(lambda: len(told.references) >= third // 2, "intake is under way", 120, daemon.log)
        rabbit.stop_app()
        try:
            # the servers that we told to come again do so until it is back
            later = sources.submit(send_all, by_mail, mails[third:])
            until(lambda: told.answers["smtp 451"] >= 3, "SMTP says 451", 120, daemon.log)
            send_all(by_page, forms[third : 2 * third])
            assert list((place.var / "spool").glob("*/*.letters"))
            daemon.kill()
            daemon.launch()
            daemon.until_open()
            assert daemon.health()[1]["parts"]["broker"] == "not_connected"
            send_all(by_page, forms[2 * third :])
            assert not later.done()
        finally:
            rabbit.start_app()
        for source in (*before, later):
            source.result()
    until_settled(place, 2 * each)
    daemon.until_ready()
    assert not list((place.var / "spool").glob("*/*.letters"))
    daemon.stop()
    assert told.answers["form 503"] == 0
    counts = ground.reckon([*mails, *forms], told)
    assert (counts.cases, counts.unacknowledged) == (2 * each, {})


@pytest.mark.row("AT-X12")
def test_broker_away(shared: Ground, rabbitmq: Rabbit) -> None:
    """Twice 12 complaints, and a kill -9 while the broker is away: 451, a reference, and each arrives once."""
    away(shared, rabbitmq, 12)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_broker_away_for_many(shared: Ground, rabbitmq: Rabbit) -> None:
    """The same with twice 300."""
    away(shared, rabbitmq, 300)
