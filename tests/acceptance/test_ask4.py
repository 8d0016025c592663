"""ASK4's rows: what comes in writing, what its letters say, how a case ends. Other channels: test_ask4_channels.py;
clocks and stages: test_ask4_stages.py."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake_daemon.message import Message
from router.case import Case
from router.ledger import tables
from tests.acceptance.checking import checked
from tests.acceptance.office import Office
from tests.acceptance.test_welzo_file import seen
from tests.acceptance.test_welzo_stages import flat, having
from tests.config.reading import SHIPPED

WORDS = "The wifi in my room has been dropping every evening for three weeks and nobody helps."
ANSWER = {
    "decision": "You are right.",
    "reasons": "A switch in your building was faulty.",
    "actions_taken": "We have replaced it.",
    "next_step": "You need do nothing.",
    "outcome": "upheld",
}
DETAILS = ("ticket_refs", "staff_named", "dates_times", "caller_numbers", "emails_sent")
"""The five that A-10 lists."""


async def complaint(office: Office, text: str = WORDS, sender: str = "ann@customer.example") -> Case:
    """A complaint by mail."""
    case = await office.mail(text, brand="ask4", sender=sender)
    assert case
    return case


async def answered(office: Office, text: str = WORDS, sender: str = "ann@customer.example") -> Case:
    """A complaint by mail, with its cause and its answer."""
    case = await complaint(office, text, sender)
    await office.do(case, "cause", case.handler or "", cause="equipment")
    outcome = await office.do(case, "answer", case.handler or "", **ANSWER)
    assert outcome.disposition == "done", outcome
    return case


@pytest.mark.row("AT-A01")
async def test_no_answer_without_a_cause(office: Office) -> None:
    """AT-A01: refused until a cause is recorded, naming it and the clause; then it leaves."""
    case = await complaint(office)
    refused = await office.do(case, "answer", case.handler or "", **ANSWER)
    assert (refused.disposition, refused.missing, refused.clause) == ("refused", ("cause",), "A-01")
    assert "result.sent" not in await office.types(case)
    await office.do(case, "cause", case.handler or "", cause="equipment", text="A switch was faulty.")
    assert (await office.do(case, "answer", case.handler or "", **ANSWER)).disposition == "done"
    assert "result.sent" in await office.types(case)


@pytest.mark.row("AT-A02")
async def test_a_letter_says_what_the_record_says(office: Office) -> None:
    """AT-A02: reference and date of a letter come from the record when it leaves: the record changed, the letter
    follows, and carries the date that the clock then has."""
    await office.at(datetime(2026, 11, 19, 16, 0, tzinfo=UTC))
    await office.mail(WORDS, brand="ask4", sender="bob@customer.example")
    assert "Tuesday 24 November 2026" in flat(office.told("bob@customer.example")[-1])
    await office.holds_back("ask4")
    case = await complaint(office)
    assert office.told() == []
    other = "ASK-4T7K-Q9MX-2RH0"
    t = tables.cases
    body = sa.func.replace(t.c.body, case.reference, other)
    changed = sa.update(t).where(t.c.id == case.id).values(body=body)
    await office.house.store.write(lambda connection: connection.execute(changed).close())
    await office.at(office.clock.now + timedelta(hours=20))
    assert (await office.handed(case, "release", case.handler or "")).disposition == "done"
    (told,) = office.told()
    words = f"{told['Subject']} {flat(told)}"
    assert other in words
    assert case.reference not in words
    assert "Wednesday 25 November 2026" in words
    assert (await office.due(case))["update"] == "2026-11-25 23:59:59"


@pytest.mark.row("AT-A03")
def test_a_jargon_word_stops_the_start(tmp_path: Path) -> None:
    """AT-A03: a letter of ASK4 with a word of its list is a fault with file and line, by `intake check`; another
    brand's may have it."""
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder)
    lines = (folder / "policies" / "ask4-jargon.txt").read_text().splitlines()
    word = next(line for line in lines if line.strip() and not line.startswith("#"))
    own, theirs = (folder / "notices" / "en" / f"acknowledgement.{brand}.txt" for brand in ("ask4", "welzo"))
    for path in (own, theirs):
        path.write_text(path.read_text().replace("With kind regards,", f"Mind the {word}.\n\nWith kind regards,"))
    status, told = checked(folder)
    assert (status, told["well"]) == (1, False)
    assert {Path(fault["file"]) for fault in told["faults"]} == {own}
    assert all(word.casefold() in fault["problem"].casefold() for fault in told["faults"])
    lines = own.read_text().splitlines()
    assert all(word in lines[fault["line"] - 1] for fault in told["faults"])


@pytest.mark.row("AT-A04", "AT-A05")
async def test_abusive_words(office: Office) -> None:
    """AT-A04 AT-A05: recorded, acknowledged at once and flagged, and nobody refuses it by machine. A manager, and no
    handler, declines further help: in writing, with the reasons and the outside body; that closes the case."""
    case = await complaint(office, "You idiots, the wifi is dropping again. You are useless idiots.")
    types = await office.types(case)
    assert {"complaint.received", "acknowledgement.sent", "conduct.flagged"} <= set(types)
    assert (case.state, case.flagged) == ("investigating", True)
    await office.at(office.clock.now + timedelta(days=30))
    assert (await office.case(case)).state == "investigating"
    assert (await office.do(case, "decline_help", case.handler or "", text="No.")).reason == "not_allowed"
    assert (await office.do(case, "decline_help", "hannah")).missing == ("reasons",)
    done = await office.do(case, "decline_help", "hannah", text="You have threatened our people.")
    assert done.disposition == "done", done
    text = flat(office.told()[-1])
    assert "You have threatened our people." in text
    assert "Communications Ombudsman" in text
    closed = next(each for each in await office.events(case) if each.type == "case.closed")
    assert (closed.actor, closed.data["outcome"]) == ("hannah", "declined")


@pytest.mark.row("AT-A06")
async def test_who_is_asked_how_it_was(office: Office) -> None:
    """AT-A06: after closing: not who opted out, has another open case or was flagged; others once in a period."""
    asked = {}
    for name in ("plain", "opted", "open", "flagged"):
        sender = f"{name}@customer.example"
        case = await answered(office, sender=sender)
        if name == "opted":
            await office.do(case, "triage", case.handler or "", severity="low", urgency="low", survey="opted_out")
        if name == "open":
            another = await office.mail("You charged my card twice.", brand="ask4", sender=sender, subject="Money")
            assert another
            assert another.id != case.id
        if name == "flagged":
            await office.do(case, "flag_conduct", case.handler or "")
            for task in (await office.case(case)).tasks:
                await office.do(case, "task_done", "hannah", task=task.id)
        assert (await office.do(case, "close", case.handler or "")).disposition == "done"
        asked[name] = "survey.due" in await office.types(case)
    assert asked == {"plain": True, "opted": False, "open": False, "flagged": False}
    assert "How satisfied are you" in flat(office.told("plain@customer.example")[-1])
    office.clock.now += timedelta(days=2)
    again = await answered(office, "You charged my card twice.", "plain@customer.example")
    assert (await office.do(again, "close", again.handler or "")).disposition == "done"
    assert "survey.due" not in await office.types(again)


@pytest.mark.row("AT-A07")
async def test_about_a_member_of_the_team(office: Office) -> None:
    """AT-A07: whom it names does not own it, gets no letter about it, reads none of it, and cannot be given it."""
    case = await complaint(office, "Gareth Pugh-Ellis was rude to me on the phone and hung up.")
    assert case.topic == "staff"
    assert case.staff_named == ("gareth",)
    assert case.handler not in {"gareth", None}
    assert not any(case.reference in each["Subject"] for each in office.told("gareth.pugh-ellis@ask4.example"))
    assert (await seen(office, case, "gareth"))[0] == 403
    refused = await office.do(case, "assign", "hannah", handler="gareth")
    assert (refused.disposition, "A-07" in refused.clause.split()) == ("refused", True)
    assert (await office.do(case, "note", "gareth", text="Me?")).reason == "not_a_reader"


@pytest.mark.row("AT-A08")
async def test_a_form_without_a_summary(office: Office) -> None:
    """AT-A08: 400, the field named, and everything that was typed stands in the form that comes back."""
    status, page = await office.form("ask4", ticket_refs="T-4711", email="ann@customer.example", staff_named="Gareth")
    assert status == 400
    assert 'aria-invalid="true"' in page
    for typed in ("T-4711", "ann@customer.example", "Gareth"):
        assert typed in page
    assert await office.cases() == []


@pytest.mark.row("AT-A09")
async def test_a_form_with_files(office: Office) -> None:
    """AT-A09: photo and PDF are kept under names of ours and typed by what is in them; the program is refused, the page
    says which and why, and the complaint is taken."""
    photo, pdf = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64, b"%PDF-1.7\n" + b"x" * 64
    files = (("photo.png", photo), ("bill.pdf", pdf), ("setup.exe", b"MZ\x90\0" + b"\0" * 64))
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (("description", WORDS), ("email", "ann@customer.example"))
    ]
    for name, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    web = office.house.web
    assert web is not None

    def post() -> tuple[int, str]:
        with contextlib.closing(http.client.HTTPConnection(*web.address("public"), timeout=60)) as line:
            line.request("POST", "/forms/ask4", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
            answer = line.getresponse()
            return answer.status, answer.read().decode()

    status, page = await asyncio.to_thread(post)
    await office.settled()
    assert status == 200
    assert "setup.exe" in page
    (case,) = await office.cases()
    kept = (await stored(office, case)).attachments
    assert [(each.name, each.media_type) for each in kept] == [
        ("photo.png", "image/png"),
        ("bill.pdf", "application/pdf"),
    ]
    assert all(len(each.id) == 64 and each.verdict in {"clean", "unscanned"} for each in kept)
    assert await office.house.vault.get(kept[0].id) == photo
    assert case.attachments == 2
    assert "2 files" in flat(office.told()[-1])


async def stored(office: Office, case: Case) -> Message:
    """The contact with which a case began."""
    table = tables.content
    query = sa.select(table.c.body).where(table.c.case_id == case.id, table.c.kind == "message")
    body = await office.house.store.read(lambda connection: connection.execute(query).scalars().first())
    assert body is not None
    return Message.model_validate_json(body)


@pytest.mark.row("AT-A10")
async def test_what_would_help_is_asked_once(office: Office) -> None:
    """AT-A10: without tickets, names, dates, numbers and e-mails it is acknowledged; the five are asked for there, as
    what need not be, and never again."""
    case = await complaint(office)
    (told,) = office.told()
    text = flat(told)
    say = office.house.desk.rules.notices.say("en")
    assert all(flat_words(say("fields", field)) in text for field in DETAILS)
    assert "Without them, we deal with your complaint just the same." in text
    assert "information.requested" not in await office.types(case)
    office.clock.now += timedelta(days=2)
    thread = {"In-Reply-To": told["Message-ID"], "References": told["Message-ID"]}
    await office.mail("It was down on Tuesday, too.", brand="ask4", subject="Re: Complaint", headers=thread)
    await office.do(case, "progress", case.handler or "", text="We have sent an engineer.")
    later = [flat(each) for each in office.told()[1:]]
    assert later
    assert not any(flat_words(say("fields", "ticket_refs")) in each for each in later)


def flat_words(text: str) -> str:
    """Words in one line."""
    return " ".join(text.split())


@pytest.mark.row("AT-A11")
async def test_about_personal_data(office: Office) -> None:
    """AT-A11: its topic is found, the acknowledgement names the Information Commissioner, a clock of thirty days runs;
    of another complaint neither."""
    await office.at(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    rules = office.house.desk.rules
    await office.holds_back("ask4")
    held = await complaint(office, "You shared my details with another tenant. This is a data breach.")
    assert held.topic == "data_protection"
    assert (await office.due(held))["dp_ack"] == "2026-12-21 23:59:59", "the thirtieth day is a Sunday"
    office.house.desk.rules = rules
    case = await complaint(
        office, "You passed my personal data to my neighbour. This is a data breach.", "bob@customer.example"
    )
    assert case.topic == "data_protection"
    assert "ico.org.uk" in flat(office.told("bob@customer.example")[-1])
    assert "dp_ack" in await office.clocks(case, "started")
    plain = await complaint(office, sender="eve@customer.example")
    assert "ico.org.uk" not in flat(office.told("eve@customer.example")[-1])
    assert "dp_ack" not in await office.clocks(plain, "started")


@pytest.mark.row("AT-A16")
@pytest.mark.parametrize("accepted", [True, False])
async def test_whether_mail_is_taken_is_a_setting(office: Office, *, accepted: bool) -> None:
    """AT-A16: by `channels.email.accept` a mail to the complaints address is a complaint with twenty-four hours, or is
    sent to form and letter."""
    if not accepted:
        rules = office.house.desk.rules
        ask4 = rules.policies.brand("ask4")
        channels = {**ask4.channels, "email": ask4.channels["email"].model_copy(update={"accept": False})}
        changed = ask4.model_copy(update={"channels": channels})
        office.house.desk.rules = replace(rules, policies=having(rules.policies, changed))
    case = await office.mail(WORDS, brand="ask4")
    assert case
    types = await office.types(case)
    (told,) = office.told()
    assert ("complaint.received" in types) is accepted
    assert ("contact.redirected" in types) is not accepted
    assert ("/forms/ask4" in flat(told)) is not accepted
    started = next((each for each in await office.events(case) if each.type == "clock.started"), None)
    if accepted:
        assert started is not None
        assert started.data["due"] == "2026-11-21T12:00:00Z"
    else:
        assert started is None
        assert "1 Example Street" in flat(told)
