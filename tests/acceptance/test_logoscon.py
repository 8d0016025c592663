"""log.oscon's rows on the course of a complaint; the house around it is in test_logoscon_house.py."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from router.ledger.lookup import monthly, waiting
from router.reports import Asked, Month, Report
from tests.acceptance.office import Office
from tests.acceptance.town import Town

LISBON = ZoneInfo("Europe/Lisbon")
ANSWER = {
    "decision": "Tem razão.",
    "reasons": "A fatura foi emitida duas vezes.",
    "actions_taken": "Anulámos a segunda fatura.",
    "next_step": "Não precisa de fazer nada.",
    "outcome": "upheld",
}
WORDS = "A fatura de outubro foi cobrada em duplicado e continuo sem a nota de crédito."
VOUCHED = {"Authentication-Results": "mx.demo.example; dkim=pass header.d=logoscon.example"}
"""What our border says of a colleague's mail."""


async def report(office: Office, month: Month | None = None) -> Report:
    """The month's report, as it stands."""
    local = office.clock.now.astimezone(LISBON)
    asked = Asked("logoscon", "log.oscon", month or Month(local.year, local.month), LISBON)
    return await office.house.store.read(lambda connection: monthly.monthly(connection, asked, office.clock.now))


@pytest.mark.row("AT-L01", "AT-L02", "AT-L05", "AT-L14", "AT-L15")
async def test_from_receipt_to_the_end(office: Office) -> None:
    """AT-L01 AT-L02 AT-L05 AT-L14 AT-L15: received, recorded, investigated, resolved, each with time and actor; who has
    it follows the receipt; no answer without what was done, no end without an outcome; no letter promises a date, no
    clock of the policy has one; the report shows how long it took."""
    start = office.clock.now
    first = await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example")
    second = await office.mail(f"Também aqui: {WORDS}", brand="logoscon", sender="rita@cliente.example")
    third = await office.mail(f"E aqui: {WORDS}", brand="logoscon", sender="eva@cliente.example")
    assert first
    assert second
    assert third
    types = await office.types(first)
    assert types.index("complaint.received") < types.index("handler.assigned")
    handler = first.handler or ""

    refused = await office.do(first, "close", handler)
    assert (refused.disposition, refused.missing, refused.clause) == ("refused", ("outcome",), "L-02 L-04")
    bare = {name: said for name, said in ANSWER.items() if name != "actions_taken"}
    refused = await office.do(first, "answer", handler, **bare)
    assert (refused.disposition, refused.missing, refused.clause) == ("refused", ("actions_taken",), "L-12")

    for command, data in (
        ("ask", {"text": "Qual é o número da fatura?"}),
        ("progress", {"text": "Falámos com a contabilidade."}),
        ("review_completed", {"text": "A fatura saiu duas vezes."}),
        ("assign", {"handler": "carolina"}),
    ):
        assert (await office.do(first, command, handler, **data)).disposition == "done", command
        await office.at(office.clock.now + timedelta(minutes=2))
    for case, after in ((first, 1), (second, 2), (third, 8)):
        await office.at(start + timedelta(days=after))
        assert (await office.do(case, "answer", "teresa", **ANSWER)).disposition == "done"
    assert (await office.do(first, "close", "teresa")).disposition == "done"

    events = await office.events(first)
    told = {event.type: event for event in events}
    assert told["complaint.received"].actor == "customer"
    assert told["contact.stored"].time == start
    assert told["review.completed"].actor == handler
    assert told["case.closed"].actor == "teresa"
    resolved = told["result.sent"]
    assert resolved.time == start + timedelta(days=1)
    assert resolved.actor
    steps = [
        "contact.stored",
        "complaint.received",
        "handler.assigned",
        "review.completed",
        "result.sent",
        "case.closed",
    ]
    assert [event.type for event in events if event.type in steps] == [
        *steps[:3],
        "review.completed",
        *steps[2:3],
        *steps[4:],
    ]

    letters = office.told("ana@cliente.example")
    assert len(letters) >= 6, [each["Subject"] for each in letters]
    for letter in letters:
        said = [line for line in letter.get_content().splitlines() if not line.startswith("Recebida em:")]
        assert not re.search(r"202[67]|\d+ de [a-z]+ de \d|\bdias? úteis|\bprazo de", "\n".join(said)), letter
    for case in (first, second, third):
        for event in await office.events(case):
            assert not event.data.get("printed"), event
            if event.type == "clock.started" and event.data["basis"] == "policy":
                assert event.data["due"] is None, event

    taken = next(each for each in (await report(office)).figures.times if each.name == "answer")
    assert (taken.number, taken.median, taken.longest) == (3, 2 * 86_400, 8 * 86_400)
    assert taken.longest_case == third.reference


@pytest.mark.row("AT-L06")
async def test_a_colleague_passes_a_letter_on(office: Office) -> None:
    """AT-L06: inline and as an attachment: one case, whose complainant is the customer and whose forwarder is the
    colleague; only the customer gets the acknowledgement."""
    inline = (
        "Olá, isto é para vocês.\n\nDuarte\n\n---------- Forwarded message ---------\n"
        "From: Ana Reis <ana@cliente.example>\nDate: Fri, 20 Nov 2026 at 11:30\nSubject: Fatura\n"
        f"To: Duarte Meireles <duarte.meireles@logoscon.example>\n\n{WORDS}\n"
    )
    duarte: dict[str, Any] = {
        "sender": "duarte.meireles@logoscon.example",
        "name": "Duarte Meireles",
        "headers": VOUCHED,
    }
    case = await office.mail(inline, brand="logoscon", subject="Fwd: Fatura", **duarte)
    assert case
    enclosed = EmailMessage()
    enclosed["From"] = "Rita Paz <rita@cliente.example>"
    enclosed["To"] = "duarte.meireles@logoscon.example"
    enclosed["Date"] = "Fri, 20 Nov 2026 11:40:00 +0000"
    enclosed["Subject"] = "Fatura"
    enclosed["Message-ID"] = "<rita-1@cliente.example>"
    enclosed.set_content(f"Comigo também. {WORDS}")
    outer = EmailMessage()
    outer["From"] = "Duarte Meireles <duarte.meireles@logoscon.example>"
    outer["To"] = "reclamacoes@logoscon.example"
    outer["Subject"] = "Fwd: Fatura"
    outer["Message-ID"] = "<forward-2@logoscon.example>"
    outer["Authentication-Results"] = VOUCHED["Authentication-Results"]
    outer.set_content("Segue em anexo.")
    outer.add_attachment(enclosed)
    other = await office.mail("", brand="logoscon", sender=duarte["sender"], raw=outer.as_bytes())
    assert other
    assert len(await office.cases()) == 2
    for found, customer in ((case, "ana@cliente.example"), (other, "rita@cliente.example")):
        received = next(each for each in await office.events(found) if each.type == "complaint.received")
        assert received.data["channel"] == "staff"
        assert received.data["forwarded"] is True
        assert "staff.first_contact" in await office.types(found)
        (letter,) = office.told(customer)
        assert found.reference in letter["Subject"]
    to_duarte = [each["Subject"] for each in office.told("duarte.meireles@logoscon.example")]
    assert not any("Recebemos" in subject for subject in to_duarte), to_duarte


@pytest.mark.row("AT-L07", "AT-L08", "AT-L24")
async def test_every_channel_is_open(town: Town) -> None:
    """AT-L07 AT-L08 AT-L24: the same words on six ways are six complaints, none is sent elsewhere; what is no channel
    of the policy (a text, a fax) is taken by its rule for `other`; the complaints book has the law's fifteen working
    days beside the answer without any."""
    office = town
    assert await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example")
    status, _ = await office.form("logoscon", description=WORDS, customer_name="Eva", customer_contact="eva@c.example")
    assert status in {200, 201, 303}
    await town.calls.says(WORDS, who="+351910000001", brand="logoscon")
    await town.chat.says(WORDS, brand="logoscon")
    await town.social.says(WORDS, who="351910000002", brand="logoscon", name="Ana Reis")
    await town.papers.says(WORDS, brand="logoscon", name="Ana Reis", address="Rua Um 1\nLisboa")
    await town.texts.says(WORDS, who="+351910000003", brand="logoscon")
    await town.posts.says(WORDS, door="fax", brand="logoscon", email="fax@cliente.example")
    await town.posts.says(WORDS, door="book", brand="logoscon", name="Rui Paz", email="rui@cliente.example")
    await town.pause()
    cases = await office.cases()
    received = [
        event.data["channel"]
        for case in cases
        for event in await office.events(case)
        if event.type == "complaint.received"
    ]
    channels = ["email", "web_form", "phone", "chat", "social", "letter", "sms", "other", "livro"]
    assert sorted(received) == sorted(channels)
    assert not any(case.state == "redirected" for case in cases)
    fax = await town.posts.says(
        "Die Rechnung stimmt nicht, bitte pruefen.", door="fax", brand="ask4", email="k@c.example"
    )
    (sent_on,) = [case for case in await office.cases() if case.reference == fax]
    assert sent_on.state == "redirected", "where the rule for others says no"
    livro = next(case for case in cases if case.channel == "livro")
    clocks = {mark.clock: mark.due for mark in livro.clocks}
    assert clocks["result"] is None
    assert (await office.due(livro))["livro"] == "2026-12-15 23:59:59"
    assert not any(mark.clock == "livro" for case in cases if case.channel != "livro" for mark in case.clocks)


@pytest.mark.row("AT-L09")
async def test_forwarded_on_thursday(office: Office) -> None:
    """AT-L09: written on Monday, passed on on Thursday: clocks from Monday, three days in the report, the handler is
    told."""
    await office.at(datetime(2026, 11, 19, 10, 30, tzinfo=UTC))
    text = (
        "Para tratar.\n\n---------- Forwarded message ---------\n"
        "From: Ana Reis <ana@cliente.example>\nDate: Mon, 16 Nov 2026 at 10:30\nSubject: Fatura\n"
        f"To: Carolina <carolina.nogueira@logoscon.example>\n\n{WORDS}\n"
    )
    sender: dict[str, Any] = {"sender": "carolina.nogueira@logoscon.example", "name": "Carolina", "headers": VOUCHED}
    case = await office.mail(text, brand="logoscon", subject="Fwd: Fatura", **sender)
    assert case
    monday = datetime(2026, 11, 16, 10, 30, tzinfo=UTC)
    assert case.received_at == monday
    started = await office.clocks(case, "started")
    assert started["result"] == ["2026-11-16 10:30:00"]
    assert (await office.clocks(case, "breached"))["forward"] == ["2026-11-16 11:30:00"]
    taken = next(each for each in (await report(office)).figures.times if each.name == "forward")
    assert (taken.number, taken.longest) == (1, 3 * 86_400)
    handler = office.house.desk.rules.staff.handlers[case.handler or ""]
    forward = office.house.desk.rules.notices.say(handler.language)("promises", "complaint.received")
    late = [each for each in office.told(handler.address) if forward in each.get_content()]
    assert [case.reference in each["Subject"] for each in late] == [True]
    soon = text.replace("Mon, 16 Nov 2026 at 10:30", "Thu, 19 Nov 2026 at 10:10").replace("ana@", "rita@")
    assert await office.mail(soon, brand="logoscon", subject="Fwd: Fatura", **sender)
    assert len([each for each in office.to_staff() if forward in each.get_content()]) == 1, "within the hour: nothing"


@pytest.mark.row("AT-L10")
async def test_no_name(office: Office) -> None:
    """AT-L10: stored and acknowledged at once; the name is asked for there; no clock stops."""
    case = await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example", name="")
    assert case
    assert case.missing == ("customer.name",)
    types = await office.types(case)
    assert "acknowledgement.sent" in types
    assert "information.requested" in types
    (letter,) = office.told("ana@cliente.example")
    assert office.house.desk.rules.notices.say("pt")("fields", "customer.name") in letter.get_content()
    stopped = await office.clocks(case, "stopped")
    assert set(stopped) == {"ack"}


@pytest.mark.row("AT-L11")
async def test_who_is_named_does_not_have_it(office: Office) -> None:
    """AT-L11: whom the complaint names gets neither the case nor a word of it; the manager is told."""
    plain = await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example")
    assert plain
    await office.do(plain, "withdraw", plain.handler or "")
    again = await office.mail(f"Também eu: {WORDS}", brand="logoscon", sender="rita@cliente.example")
    assert again
    assert again.handler == plain.handler, "whose turn it is"
    await office.do(again, "withdraw", plain.handler or "")
    named = office.house.desk.rules.staff.handlers[plain.handler or ""]
    words = f"{named.name} cobrou-me a fatura duas vezes e foi malcriado ao telefone."
    case = await office.mail(words, brand="logoscon", sender="eva@cliente.example")
    assert case
    assert plain.handler in case.staff_named
    assert case.handler not in {plain.handler, None}
    told = {each["To"] for each in office.to_staff() if case.reference in each["Subject"]}
    assert named.address not in told
    handlers = office.house.desk.rules.staff.handlers.values()
    assert told & {each.address for each in handlers if "manager" in each.roles}


@pytest.mark.row("AT-L12", "AT-L16", "AT-L18")
async def test_asked_answered_and_told_of_every_change(office: Office) -> None:
    """AT-L12 AT-L16 AT-L18: an answer in the thread is the same case; each change is one notice, two within a minute
    are one, none goes beside the acknowledgement; an entry of the actions log that is corrected stays readable."""
    case = await office.mail(WORDS, brand="logoscon", sender="ana@cliente.example")
    assert case
    handler = case.handler or ""
    await office.at(office.clock.now + timedelta(minutes=5))
    assert len(office.told("ana@cliente.example")) == 1, "none beside the acknowledgement"
    await office.do(case, "ask", handler, text="Qual é o número da fatura?")
    question = office.told("ana@cliente.example")[-1]
    reply = {"In-Reply-To": question["Message-ID"], "References": question["Message-ID"]}
    again = await office.mail(
        "É a fatura 2026/117.", brand="logoscon", sender="ana@cliente.example", subject="Re: Fatura", headers=reply
    )
    assert again
    assert again.id == case.id
    types = await office.types(case)
    assert types.index("information.requested") < types.index("information.received")

    count = len(office.told("ana@cliente.example"))
    await office.do(case, "assign", handler, handler="carolina")
    office.clock.now += timedelta(seconds=30)
    await office.do(case, "assign", handler, handler="teresa")
    await office.at(office.clock.now + timedelta(minutes=2))
    assert len(office.told("ana@cliente.example")) == count + 1, "owner, twice within a minute"
    await office.do(case, "answer", "teresa", **ANSWER)
    await office.at(office.clock.now + timedelta(minutes=2))
    assert len(office.told("ana@cliente.example")) == count + 2, "outcome"
    await office.do(case, "close", "teresa")
    await office.at(office.clock.now + timedelta(minutes=2))
    assert len(office.told("ana@cliente.example")) == count + 3, "state"
    await office.do(case, "reopen", "teresa")
    await office.at(office.clock.now + timedelta(minutes=2))
    assert len(office.told("ana@cliente.example")) == count + 4, "state"

    await office.do(case, "action", "teresa", text="Nota de crédito enviada.")
    (entry,) = (await office.case(case)).actions
    await office.do(case, "action", "teresa", text="Nota de crédito enviada a 3.", corrects=entry)
    actions = (await office.case(case)).actions
    assert actions[0] == entry
    assert len(actions) == 2
    found = await office.house.store.read(lambda connection: waiting.words(connection, actions))
    assert [found[each]["body"]["text"] for each in actions] == [
        "Nota de crédito enviada.",
        "Nota de crédito enviada a 3.",
    ]
    recorded = [each for each in await office.events(case) if each.type == "action.recorded"]
    assert [each.data.get("corrects") for each in recorded] == [None, entry]
