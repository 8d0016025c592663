"""log.oscon's rows on the house around a complaint: what is seen of it, what is kept, what the files must say."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from prometheus_client import generate_latest

from intake_daemon import journal
from intake_daemon.command import issuing
from intake_daemon.contract import EVENTS, Letter
from intake_daemon.lines import open_journal
from router.configuration import Configuration, load_configuration
from router.ledger import tables, tokens
from router.ledger.lookup import waiting
from router.staff import Staff
from tests.acceptance.checking import checked
from tests.acceptance.office import Office
from tests.acceptance.test_logoscon import ANSWER, WORDS
from tests.config.reading import SHIPPED, settings


@pytest.mark.row("AT-L13")
async def test_nothing_is_dropped(office: Office) -> None:
    """AT-L13: what is surely no complaint lies where a person sees it; what is perhaps none, or marked as spam, is a
    case; nothing closes by itself."""
    await office.mail(
        "Candidato-me à vaga de técnico de suporte. Envio em anexo o meu curriculum vitae.",
        brand="logoscon",
        sender="candidato@cliente.example",
        subject="Candidatura",
    )
    aside = await office.house.store.read(lambda connection: waiting.asides(connection, brands=["logoscon"]))
    assert [each["reason"] for each in aside] == ["application"]
    assert aside[0]["reference"]
    doubtful = await office.mail("Boa tarde.", brand="logoscon", sender="eva@cliente.example")
    marked = await office.mail(
        WORDS, brand="logoscon", sender="ana@cliente.example", headers={"X-Spam-Flag": "YES", "X-Spam-Level": "**"}
    )
    assert doubtful
    assert marked
    await office.at(office.clock.now + timedelta(days=40))
    assert [case.state for case in await office.cases()] == ["investigating", "investigating"]
    still = await office.house.store.read(lambda connection: waiting.asides(connection, brands=["logoscon"]))
    assert still == aside


@pytest.mark.row("AT-L17")
async def test_the_customers_language(office: Office) -> None:
    """AT-L17: English in English, Portuguese in Portuguese, what is not offered in Portuguese."""
    for sender, text in (
        ("en@c.example", "The portal has been down since Monday and nobody has answered my three letters about it."),
        ("pt@c.example", WORDS),
        ("de@c.example", "Seit Montag ist das Portal nicht erreichbar, und niemand antwortet auf meine Schreiben."),
    ):
        assert await office.mail(text, brand="logoscon", sender=sender)
    found = [office.told(f"{name}@c.example")[0]["Content-Language"] for name in ("en", "pt", "de")]
    assert found == ["en", "pt", "pt"]
    assert "We have received your complaint" in office.told("en@c.example")[0].get_content()
    assert "Recebemos e registámos a sua reclamação" in office.told("de@c.example")[0].get_content()


@pytest.mark.row("AT-L22")
async def test_a_fifth_complaint_in_a_week(office: Office) -> None:
    """AT-L22: the fifth of one person in a week is a fifth case, acknowledged like the first."""
    for number in range(1, 6):
        words = f"A fatura número {number} foi cobrada em duplicado e ninguém me responde."
        case = await office.mail(words, brand="logoscon", sender="ana@cliente.example", subject=f"Fatura {number}")
        assert case
        assert "acknowledgement.sent" in await office.types(case)
        await office.at(office.clock.now + timedelta(hours=3))
    assert len(await office.cases()) == 5
    assert len({each["Subject"] for each in office.told("ana@cliente.example")}) == 5


@pytest.mark.row("AT-L03")
async def test_the_month_ends(office: Office) -> None:
    """AT-L03: a report is issued by itself, with counts by subject, channel, cause and repeat, and what was improved;
    no name, no address, no word of a complaint is in it."""
    first = await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example", name="Anabela")
    assert first
    again = "A fatura de novembro foi outra vez cobrada em duplicado."
    assert await office.mail(again, brand="logoscon", sender="ana@cliente.example", name="Anabela", subject="De novo")
    await office.form(
        "logoscon",
        description="O portal está em baixo e o servidor continua sem acesso.",
        customer_name="Evangelina",
        customer_contact="eva@cliente.example",
    )
    handler = first.handler or ""
    assert (await office.do(first, "cause", handler, cause="double_booking")).disposition == "done"
    assert (await office.do(first, "record_improvement", handler, text="Rever a faturação.")).disposition == "done"
    await office.at(datetime(2026, 12, 1, 1, 30, tzinfo=UTC))
    house = office.house
    folder = office.outbox.parent / "reports"
    work = issuing.Issuing(house.store, house.memory, lambda: house.desk.rules, office.clock, folder, house.holder)
    async with issuing.issued(work) as found:
        (ours,) = [each for each in found if each.report.brand == "logoscon"]
    figures = ours.report.figures
    assert {row.name: row.received for row in figures.topics} == {"billing": 2, "service": 1}
    assert {row.name: row.received for row in figures.channels} == {"email": 2, "web_form": 1}
    assert {row.name: row.received for row in figures.causes if row.name == "double_booking"} == {"double_booking": 1}
    assert figures.repeats.same_topic == 1
    assert [each.cases for each in figures.improvements] == [(first.reference,)]
    assert len(ours.files) == 3
    for file in ours.files:
        said = file.read_text(encoding="utf-8")
        assert not re.search("Anabela|Evangelina|cliente.example|fatura de|Rever", said), file
        assert not any(each.name in said for each in house.desk.rules.staff.handlers.values()), file


@pytest.fixture
def journal_at_debug() -> Iterator[io.StringIO]:
    """All that is logged, at debug level; afterwards logging is as before."""
    root, said = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    open_journal("json", level="debug", to=said)
    root.setLevel(logging.DEBUG)
    yield said
    structlog.reset_defaults()
    root.handlers = before
    root.setLevel(level)


def known(office: Office, **principals: dict[str, Any]) -> None:
    """Principals of log.oscon besides those of the demo."""
    rules = office.house.desk.rules
    people = rules.staff.model_dump(by_alias=True)
    staff = Staff.model_validate({**people, "handlers": dict(rules.staff.handlers), "principals": principals})
    office.house.desk.rules = replace(rules, staff=staff)


async def asked(office: Office, who: str, path: str) -> int:
    """What a principal gets of the API: the status."""
    store, now = office.house.store, office.clock.now
    token = (await store.write(lambda connection: tokens.create(connection, who, "test", now, 9))).token
    assert office.house.web is not None
    address = office.house.web.address("internal")

    def get() -> int:
        with closing(http.client.HTTPConnection(*address, timeout=60)) as line:
            line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            return line.getresponse().status

    return await asyncio.to_thread(get)


@pytest.mark.row("AT-L19", "AT-L20")
async def test_what_others_see(journal_at_debug: io.StringIO, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """AT-L19 AT-L20: with everything logged at debug level no name, address or word of a complaint stands in the log,
    in routing keys, headers or metrics. An event has reference, topic and dates; who may not read content is refused
    what it links to, and the refusal is written down."""
    published: list[Letter] = []
    publish: Callable[[Sequence[Letter]], Any] = office.house.broker.publish

    async def seen(letters: Sequence[Letter]) -> None:
        published.extend(letters)
        await publish(letters)

    monkeypatch.setattr(office.house.broker, "publish", seen)
    known(office, crm={"brands": ["logoscon"], "roles": ["case_system"]})
    planted = {"Zulmira", "zulmira@cliente.example", "cliente.example", "Oitavado", "zimbório"}
    words = f"{WORDS} No Oitavado disseram-me zimbório."
    case = await office.mail(
        words, brand="logoscon", sender="zulmira@cliente.example", name="Zulmira", subject="Oitavado"
    )
    assert case
    await office.form(
        "logoscon", description=words, customer_name="Zulmira", customer_contact="zulmira@cliente.example"
    )
    handler = case.handler or ""
    await office.do(case, "progress", handler, text="Zulmira, falámos com o Oitavado.")
    await office.do(case, "answer", handler, **{**ANSWER, "reasons": "O zimbório era nosso."})
    await office.mail("Continuo à espera, Zulmira.", brand="logoscon", sender="zulmira@cliente.example")
    assert await asked(office, "crm", "/api/v1/cases?q=zulmira@cliente.example") < 500

    log = journal_at_debug.getvalue()
    assert '"event": "routed"' in log
    metrics = generate_latest(journal.REGISTRY).decode()
    assert "intake_events_total" in metrics
    ways = [
        f"{each.exchange} {each.key} {dict(each.headers)} {each.message_id} {each.correlation_id}" for each in published
    ]
    events = [each.body.decode() for each in published if each.exchange == EVENTS]
    assert len(ways) > len(events) > 0
    for place in (log, metrics, *ways, *events):
        assert not any(word.lower() in place.lower() for word in planted), place

    received = next(json.loads(each) for each in events if "complaint.received" in each)
    assert received["subject"] == case.reference
    assert received["data"]["topic"] == case.topic
    assert received["data"]["contact_at"]
    assert await asked(office, "crm", "/api/v1/events?after=0") == 200
    assert await asked(office, "crm", received["dataref"]) == 403
    reads = sa.select(tables.reads.c.who, tables.reads.c.what)
    audited = await office.house.store.read(lambda connection: [tuple(row) for row in connection.execute(reads)])
    assert any(who == "crm" and "refused" in what for who, what in audited), audited


# --- the files --------------------------------------------------------------------------------------------------------


def loaded(folder: Path, today: date = date(2026, 11, 21)) -> Configuration:
    """The shipped configuration as it is in this folder."""
    return load_configuration(folder, settings(folder), today)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped configuration."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


def changed(file: Path, old: str, new: str) -> None:
    """Write something else there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.row("AT-L04")
def test_nobody_is_named(folder: Path) -> None:
    """AT-L04: where nobody of the brand is a handler, or the brand's file does not ask for one, `intake check` (and the
    start) refuses, and the key is named with its file and line."""
    file = folder / "policies" / "logoscon.yaml"
    line = next(
        n for n, each in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if each.startswith("roles:")
    )
    changed(file, "roles: {handler: required", "roles: {legal: required")
    status, told = checked(folder)
    assert status == 1
    faults = {(Path(each["file"]).name, each["line"]): each["problem"] for each in told["faults"]}
    assert "'legal'" in faults["logoscon.yaml", line]
    changed(file, "roles: {legal: required, manager: required}", "")
    status, told = checked(folder)
    assert status == 1
    assert any("roles" in each["problem"] and each["file"].endswith("logoscon.yaml") for each in told["faults"])


@pytest.mark.row("AT-L23")
def test_a_channel_without_address(folder: Path) -> None:
    """AT-L23: an accepted channel for which no address is configured: refused by `intake check`, and the channel is
    named."""
    changed(folder / "intake.yaml", '      phone: ["+351 21 000 00 00"]\n', "")
    status, told = checked(folder)
    assert status == 1
    (fault,) = told["faults"]
    assert fault["file"].endswith("logoscon.yaml")
    assert fault["line"]
    assert "the policy accepts 'phone', but no address" in fault["problem"]


@pytest.mark.row("AT-L21")
async def test_a_review_that_is_overdue(office: Office, folder: Path) -> None:
    """AT-L21: the start warns, a metric tells, and the daemon takes complaints all the same."""
    assert loaded(folder).warnings == ()
    warned = [each for each in loaded(folder, date(2027, 7, 1)).warnings if "logoscon" in each.file]
    assert ["was to be reviewed by 2027-06-30" in each.problem for each in warned] == [True]
    await office.at(datetime(2027, 7, 1, 12, 0, tzinfo=UTC))
    assert 'intake_policy_review_days{brand="logoscon"} -1.0' in generate_latest(journal.REGISTRY).decode()
    case = await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example")
    assert case
    assert "acknowledgement.sent" in await office.types(case)
