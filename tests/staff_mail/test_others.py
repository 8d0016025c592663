"""What else staff write: to the customer, in answer to a colleague, about a customer."""

from __future__ import annotations

from intake_daemon.message import Address, Automatic, Message, Person
from tests.commands.office import Office
from tests.desk.letters import letter, rules
from tests.staff_mail.answering import answered, reply, to_staff
from tests.staff_mail.test_commands import opened, rules_address


async def test_a_mail_to_the_customer_is_correspondence(office: Office) -> None:
    """A handler writes to the customer with us in copy: kept with the case, never an acknowledgement, no
    `progress.sent` and no command, even if it begins like one."""
    await office.open("welzo", acknowledged=False)
    customer = Address(kind="email", value="ann@customer.example")
    text = "progress\n\nDear Ann, we have found your parcel."
    person = Person(
        name="Oliver", addresses=(Address(kind="email", value="oliver.hartnell@welzo.example"),), verified="dkim"
    )
    mail = letter(text, sender=person.addresses[0].value, message="o@welzo.example", recipients=(customer,))
    tied = mail.model_copy(update={"sender": person, "subject": f"Your complaint {office.reference}"})
    outcome = await office.take(tied)
    assert (outcome.disposition, outcome.reason, outcome.case) == ("joined", "correspondence", office.case)
    types = await office.types()
    assert "note.added" in types
    assert not {"progress.sent", "acknowledgement.sent"} & set(types)


async def test_a_consultation_from_question_to_answer(office: Office) -> None:
    """AT-W11: whom a handler asks gets the question and the chosen fields only; the answer ends it and goes to the
    handler, not to the customer, whatever it begins with."""
    who = await opened(office)
    text = "consult priya\nfields: topic\n\nIs this batch known?"
    assert (await answered(office, "assignment", who, text)).reason == "command consult"
    asked = await to_staff(office, "consultation", "priya")
    assert "Is this batch known?" in asked.text
    assert "charged my card" not in asked.text
    asker = reply(office, asked, "Priya, can you look today?", sender=rules_address(who))
    assert (await office.take(asker)).reason == "staff", "who asks does not answer"
    outcome = await office.take(reply(office, asked, "close upheld\nYes, since May."))
    assert (outcome.reason, outcome.case) == ("consulted", office.case)
    told = await office.post()
    assert [(each.purpose, each.to.value) for each in told] == [("addition", rules_address(who))]
    assert "Yes, since May." in told[0].text
    types = await office.types()
    assert types.count("consultation.closed") == 1
    assert "case.closed" not in types
    again = await office.take(reply(office, asked, "And since June in Riga."))
    assert (again.reason, (await office.types()).count("consultation.closed")) == ("consulted", 1)


async def test_a_supplier_is_asked_by_mail(office: Office) -> None:
    """AT-W11: whom the policy consults outside the company gets the question and the chosen fields by mail; whoever
    answers it ends the consultation: a note of the case that the handler hears of, never a complaint, and nothing for
    the customer. A question that comes back is a task."""
    who = await opened(office)
    await answered(office, "assignment", who, "consult supplier\nfields: topic\n\nIs this batch known?")
    (asked,) = [each for each in await office.post() if each.purpose == "consultation"]
    assert asked.to.value == "quality@supplier.example"
    assert "Is this batch known?" in asked.text
    assert "charged my card" not in asked.text
    assert "ann@customer.example" not in asked.text
    colleague = reply(office, asked, "I am not happy: escalate. Yes, since May.", sender="lab@supplier.example")
    outcome = await office.take(colleague)
    assert (outcome.disposition, outcome.reason, outcome.case) == ("joined", "consulted", office.case)
    told = await office.post()
    assert [(each.purpose, each.to.value) for each in told] == [("addition", rules_address(who))]
    case = await office.folded()
    assert (case.consultations, case.state) == ((), "investigating")
    again = letter(f"About {office.reference}: it is closed.", sender="quality@supplier.example", message="q@s.example")
    assert (await office.take(again)).reason == "staff"
    assert len(await office.every()) == 1
    await office.ok("consult", whom="supplier", text="And this one?")
    (asked,) = [each for each in await office.post() if each.purpose == "consultation"]
    report = Automatic(
        kind="bounce", evidence=("action_failed",), status="5.1.1", original_message_id=f"{asked.token}@x"
    )
    await office.take(letter("", sender=None, message="b@s.example", tokens=(asked.token,), automatic=report))
    assert [each.kind for each in (await office.folded()).tasks] == ["consult"]
    await office.ok("consulted", text="They rang: yes.")
    assert ((await office.folded()).tasks, (await office.folded()).consultations) == ((), ())


def report(text: str) -> Message:
    """An employee who is no handler writes to us; our border vouches for them."""
    address = Address(kind="email", value="bo@welzo.example")
    mail = letter(text, sender=address.value, message="bo@welzo.example")
    return mail.model_copy(update={"sender": Person(name="Bo", addresses=(address,), verified="dkim")})


async def test_a_colleague_reports(office: Office) -> None:
    """AT-W01: an employee who writes about a customer is the reporter: the case has no customer address, nobody is
    acknowledged, and the employee gets the reference and is asked for it; their answer is a note."""
    outcome = await office.take(report("A customer in the shop complained that her card was charged twice."))
    office.case = outcome.case or ""
    assert outcome.disposition == "case"
    left = await office.post()
    told = {each.purpose: each for each in left}
    assert {"reported", "assignment"} <= set(told)
    assert "acknowledgement" not in told
    assert told["reported"].to.value == "bo@welzo.example"
    assert (outcome.reference or "-") in told["reported"].text
    assert "how we can reach you" in told["reported"].text
    events = {event.type: event for event in await office.history()}
    assert events["complaint.received"].data["forwarded"] is True
    assert events["acknowledgement.withheld"].data["reason"] == "no_address"
    assert "staff.first_contact" in events
    answer = reply(office, told["reported"], "Her address is ann@customer.example.")
    vouched = answer.model_copy(update={"sender": answer.sender.model_copy(update={"verified": "dkim"})})
    after = await office.take(vouched)
    assert (after.case, after.reason) == (office.case, "staff")


async def test_a_colleague_reports_and_names_the_customer(office: Office) -> None:
    """AT-L06: where one address is named that is no colleague's, the complaint is theirs; the employee gets the
    reference, and the acknowledgement waits, with a task, until a person has confirmed the address."""
    outcome = await office.take(report("Ann (ann@customer.example) was charged twice, she told me and my boss."))
    assert outcome.disposition == "case"
    office.case, office.reference, office.brand = outcome.case or "", outcome.reference or "", "welzo"
    told = {each.purpose: each.to.value for each in await office.post()}
    assert "acknowledgement" not in told
    assert told["reported"] == "bo@welzo.example"
    case = await office.folded()
    assert [(each.kind, each.owner) for each in case.tasks] == [("named_address", case.handler)]
    assert case.withheld == "named_address"
    assert (await office.do("release", str(case.handler))).disposition == "done"
    assert [(each.purpose, each.to.value) for each in await office.post()] == [
        ("acknowledgement", "ann@customer.example")
    ]
    assert (await office.folded()).tasks == ()
    hers = await office.take(
        letter("And once more today!", sender="ann@customer.example", message="a@customer.example")
    )
    assert hers.disposition == "case", "what she writes herself, without the thread, is hers"
    assert rules().staff.by_address("bo@welzo.example") is None
