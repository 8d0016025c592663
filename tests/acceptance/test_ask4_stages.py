"""ASK4's rows: its three clocks in a chain, the second stage, the ombudsman."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.acceptance.office import Office
from tests.acceptance.test_ask4 import ANSWER, WORDS, answered, complaint
from tests.acceptance.test_welzo_receipt import LONDON
from tests.acceptance.test_welzo_stages import flat, reply


@pytest.mark.row("AT-A18", "AT-A21", "AT-A22")
async def test_three_clocks_in_a_chain(office: Office) -> None:
    """AT-A18 AT-A21 AT-A22: a form of Friday 20 November 23:10 is acknowledged then; the first news are due on the
    25th, warned of after two working days; told on the 24th, the answer is due on 3 December, and news of the 27th
    change nothing."""
    await office.at(datetime(2026, 11, 20, 23, 10, tzinfo=UTC))
    status, page = await office.form("ask4", description=WORDS, email="ann@customer.example")
    assert status == 200
    (case,) = await office.cases()
    assert case.reference in page
    assert "Wednesday 25 November 2026" in flat(office.told()[-1])
    assert (await office.due(case))["update"] == "2026-11-25 23:59:59"
    await office.at(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert "update" not in await office.clocks(case, "warned")
    await office.do(case, "progress", case.handler or "", text="An engineer comes on Thursday.")
    assert (await office.due(case))["result"] == "2026-12-03 23:59:59"
    await office.at(datetime(2026, 11, 27, 10, 0, tzinfo=UTC))
    await office.do(case, "progress", case.handler or "", text="The part is on its way.")
    assert [each for each in await office.types(case) if each == "progress.sent"] == ["progress.sent"] * 2
    assert (await office.due(case))["result"] == "2026-12-03 23:59:59"


@pytest.mark.row("AT-A18", "AT-A21")
async def test_nothing_leaves(office: Office) -> None:
    """AT-A18 AT-A21: held back for a person, it is late on Saturday at 23:10, to the second. Where the news do not
    come, they are warned of at the end of the second working day and late after the third."""
    await office.at(datetime(2026, 11, 20, 23, 10, tzinfo=UTC))
    plain = await complaint(office, sender="bob@customer.example")
    await office.holds_back("ask4")
    status, _ = await office.form("ask4", description=WORDS, email="ann@customer.example")
    assert status == 200
    held = await office.held_back()
    await office.at(datetime(2026, 11, 21, 23, 10, 0, tzinfo=UTC))
    assert "ack" not in await office.clocks(held, "breached")
    await office.at(datetime(2026, 11, 21, 23, 10, 1, tzinfo=UTC))
    assert (await office.clocks(held, "breached"))["ack"] == ["2026-11-21 23:10:00"]
    await office.at(datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC))
    assert await office.clocks(plain, "warned") == {"update": ["2026-11-24 23:59:59"]}
    assert await office.clocks(plain, "breached") == {}
    await office.at(datetime(2026, 11, 26, 0, 0, 0, tzinfo=UTC))
    assert await office.clocks(plain, "breached") == {"update": ["2026-11-25 23:59:59"]}


@pytest.mark.row("AT-A19")
async def test_over_the_change_of_the_clocks(office: Office) -> None:
    """AT-A19: a form of Saturday 24 October 12:00 summer time is due on Sunday at 11:00 winter time."""
    await office.at(datetime(2026, 10, 24, 12, 0, tzinfo=LONDON))
    await office.holds_back("ask4")
    status, _ = await office.form("ask4", description=WORDS, email="ann@customer.example")
    assert status == 200
    case = await office.held_back()
    assert (await office.due(case))["ack"] == "2026-10-25 11:00:00"


@pytest.mark.row("AT-A23")
async def test_no_extension(office: Office) -> None:
    """AT-A23: refused with the clause of the term; the answer that comes late shows as a breach."""
    case = await complaint(office)
    await office.do(case, "progress", case.handler or "", text="We are looking into it.")
    due = (await office.due(case))["result"]
    whole = {"reason": "complex", "progress": "We wait for a part.", "new_date": "2026-12-24", "clock": "result"}
    refused = await office.do(case, "extend", case.handler or "", **whole)
    assert (refused.disposition, refused.reason) == ("refused", "no_extension")
    assert "A-15" in refused.clause.split()
    assert (await office.due(case))["result"] == due
    await office.at(datetime(2026, 12, 10, 12, 0, tzinfo=UTC))
    assert (await office.clocks(case, "breached"))["result"] == [due]
    await office.do(case, "cause", case.handler or "", cause="equipment")
    await office.do(case, "answer", case.handler or "", **ANSWER)
    stopped = [each for each in await office.events(case) if each.type == "clock.stopped"]
    (mine,) = [each.data for each in stopped if each.data["clock"] == "result"]
    assert (mine["met"], mine["late"]) == (True, True)
    assert (await office.clocks(case, "breached"))["result"] == [due], "the breach stays"


@pytest.mark.row("AT-A24")
@pytest.mark.parametrize("words", ["I appeal against your decision.", "Please escalate my complaint."])
async def test_an_appeal(office: Office, words: str) -> None:
    """AT-A24: after the answer it opens the second stage, with a manager who did not give the first answer; no term is
    promised there, so none is printed, and the manager is warned after seven working days all the same."""
    case = await answered(office)
    await office.at(office.clock.now + timedelta(hours=1))
    await reply(office, words, brand="ask4")
    now = await office.case(case)
    assert (now.stage, now.handler) == (2, "hannah")
    assert now.handler != case.handler
    started = [each.data for each in await office.events(case) if each.type == "clock.started"]
    (mine,) = [each for each in started if each["clock"] == "result2"]
    assert (mine["due"], mine["basis"]) == (None, "policy")
    acknowledged = flat(office.told()[-1])
    assert "202" not in acknowledged.replace(case.reference, "").replace("20 November 2026", "")
    await office.at(datetime(2026, 12, 30, 12, 0, tzinfo=UTC))
    assert (await office.clocks(case, "warned"))["result2"] == ["2026-12-01 23:59:59"]
    assert "result2" not in await office.clocks(case, "breached")


@pytest.mark.row("AT-A25", "AT-A26")
async def test_the_ombudsman(office: Office) -> None:
    """AT-A25 AT-A26: forty-two days after receipt, a Friday that is a holiday, the letter about the ombudsman is due
    and not rolled; it and the last answer name the body by its name of today. What the body decides becomes tasks,
    and the case cannot close before they are done."""
    case = await complaint(office)
    handler = case.handler or ""
    await office.do(case, "triage", handler, severity="normal", urgency="normal", customer="consumer")
    assert (await office.due(case))["adr_letter"] == "2027-01-01 23:59:59"
    await office.at(datetime(2026, 12, 31, 12, 0, tzinfo=UTC))
    assert (await office.do(case, "signpost", handler)).disposition == "done"
    letter = flat(office.told()[-1])
    assert "has not been resolved yet" in letter
    assert "Communications Ombudsman" in letter
    assert "commsombudsman.org" in letter
    assert "adr_letter" not in await office.due(case)

    await office.do(case, "cause", handler, cause="equipment")
    await office.do(case, "answer", handler, **ANSWER)
    await reply(office, "I appeal against your decision.", brand="ask4")
    await office.do(case, "answer", "hannah", **ANSWER)
    assert "Communications Ombudsman" in flat(office.told()[-1])

    await office.do(case, "refer", "hannah", body="comms_ombudsman")
    decided = await office.do(
        case, "decide", "hannah", text="Pay her back and say sorry.", tasks=["Pay back 40 pounds.", "Say sorry."]
    )
    assert decided.disposition == "done", decided
    tasks = (await office.case(case)).tasks
    assert [each.kind for each in tasks] == ["carry_out", "carry_out"]
    refused = await office.do(case, "close", "hannah")
    assert (refused.disposition, refused.reason) == ("refused", "open_tasks")
    for task in tasks:
        assert (await office.do(case, "task_done", "hannah", task=task.id)).disposition == "done"
    assert (await office.do(case, "close", "hannah")).disposition == "done"
    assert (await office.case(case)).state == "closed"


@pytest.mark.row("AT-A25")
async def test_forty_two_days_unresolved(office: Office) -> None:
    """AT-A25: without any word from a person the letter that names the ombudsman leaves in the morning of the
    forty-second day, a Friday that is a holiday; the clock is met, and nothing is late."""
    case = await complaint(office)
    await office.do(case, "triage", case.handler or "", severity="normal", urgency="normal", customer="small_business")
    await office.at(datetime(2027, 1, 1, 8, 59, 58, tzinfo=UTC))
    assert "adr_letter.sent" not in await office.types(case)
    await office.at(datetime(2027, 1, 1, 9, 0, 0, tzinfo=UTC))
    assert (await office.types(case)).count("adr_letter.sent") == 1
    letter = flat(office.told()[-1])
    assert "has not been resolved yet" in letter
    assert "Communications Ombudsman" in letter
    assert "adr_letter" not in await office.due(case)
    await office.at(datetime(2027, 1, 3, 12, 0, 0, tzinfo=UTC))
    assert (await office.types(case)).count("adr_letter.sent") == 1
    assert "adr_letter" not in await office.clocks(case, "breached")
    assert office.clock.now - (case.received_at or office.clock.now) > timedelta(days=42)


async def test_an_imported_mailbox_writes_to_nobody(office: Office) -> None:
    """What was brought in is older than forty-two days at once: the letter waits for a person, like the first one."""
    long_ago = office.clock.now - timedelta(days=60)
    await office.imported(WORDS, brand="ask4", contact_at=long_ago)
    assert len(await office.cases()) == 1
    await office.at(office.clock.now + timedelta(days=1))
    assert office.told() == []


@pytest.mark.row("AT-A20")
async def test_a_bounced_acknowledgement(office: Office) -> None:
    """AT-A20: two hours later it comes back: it was not sent after all, the customer's next address is tried, the
    handler hears of it; the clock has twenty-four hours from receipt as before. The next one comes back, too: there is
    no third, and then it is late."""
    case = await office.mail(WORDS, brand="ask4", headers={"Reply-To": "old@customer.example"})
    assert case
    (first,) = office.told("old@customer.example")
    assert (await office.case(case)).acknowledged_at
    office.clock.now += timedelta(hours=2)
    await office.mail("", brand="ask4", raw=report(first, "old@customer.example"), sender="mx@mx.example")
    types = await office.types(case)
    assert types.index("acknowledgement.sent") < types.index("notice.failed")
    failed = next(each for each in await office.events(case) if each.type == "notice.failed")
    sent = [each for each in await office.events(case) if each.type == "acknowledgement.sent"]
    assert failed.data["withdraws"] == sent[0].id
    assert [each.time.hour for each in sent] == [12, 14]
    (second,) = office.told()
    assert case.reference in second["Subject"]
    handler = office.house.desk.rules.staff.handlers[case.handler or ""].address
    assert "It now goes to their next address" in flat(office.told(handler)[-1])
    assert (await office.case(case)).tasks == ()

    office.clock.now += timedelta(hours=2)
    await office.mail("", brand="ask4", raw=report(second, "ann@customer.example"), sender="mx@mx.example")
    assert len(office.told()) == len(office.told("old@customer.example")) == 1
    assert (await office.due(case))["ack"] == "2026-11-21 12:00:00"
    assert [each.kind for each in (await office.case(case)).tasks] == ["unreachable"]
    assert "find another way to reach the customer" in flat(office.told(handler)[-1])
    await office.at(datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC))
    assert (await office.clocks(case, "breached"))["ack"] == ["2026-11-21 12:00:00"]


def report(letter: EmailMessage, recipient: str) -> bytes:
    """What a mail server says of a letter that it could not deliver (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mx.example\nTo: complaints@ask4.example\nSubject: Undelivered\n"
        f"Message-ID: <{recipient.replace('@', '.')}@mx.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\n\n'
        "--r\nContent-Type: text/plain\n\nSorry.\n--r\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: {letter['Message-ID']}\nSubject: x\n\n--r--\n"
    ).encode()
