"""Who may act, who is asked, which contacts and cases belong together; what every command refuses alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import router.commands as room
from intake_daemon.message import Address, Command, Person, ReplyTo
from router.commands import TABLE
from router.ledger import tables
from router.notices.words import load_tongues
from tests.commands.office import Office
from tests.desk.letters import letter, rules


async def test_whom_the_complaint_names_does_nothing(office: Office) -> None:
    """AT-A07 L-09 K-22: no command at all, nor may the case be given to them."""
    await office.open("kontakt", text="Aysel Quliyeva was rude to me.")
    case = await office.folded()
    assert case.staff_named == ("aysel",)
    assert case.handler != "aysel"
    before = case.sequence
    for name in TABLE:
        outcome = await office.do(name, "aysel")
        assert (outcome.reason, outcome.clause) == ("not_allowed", "K-22"), name
    outcome = await office.do("assign", "elnur", handler="aysel")
    assert (outcome.reason, outcome.clause) == ("named_in_complaint", "K-22")
    assert (await office.folded()).sequence == before
    await office.sound()


async def test_strangers_and_other_brands_do_nothing(office: Office) -> None:
    """Nobody of another brand, nobody unknown, whatever the command."""
    await office.open("welzo", acknowledged=False)
    for name in TABLE:
        for who in ("aysel", "nobody", "kontakt_crm"):
            assert (await office.do(name, who)).reason == "not_allowed", (name, who)


async def test_what_cannot_be_read_is_told(office: Office) -> None:
    """Unknown commands, fields and values are told with what may be written instead; nothing happens to the case."""
    await office.open("welzo")
    before = (await office.folded()).sequence
    dance = await office.do("dance")
    assert (dance.reason, set(dance.instead)) == ("unknown_command", set(TABLE))
    strange = await office.do("extend", new_dat="2026-12-18", reason="complex", progress="x")
    assert (strange.reason, strange.missing) == ("unknown_key", ("new_dat",))
    assert "new_date" in strange.instead
    dated = await office.do("extend", new_date="soon", reason="complex", progress="x")
    assert (dated.reason, dated.missing, dated.instead) == ("bad_value", ("new_date",), ("2026-12-18",))
    worded = await office.do("triage", severity="huge", urgency="low")
    assert (worded.reason, worded.instead) == ("bad_value", ("low", "normal", "high"))
    untold = await office.do("resolve_at_once", text="Done.", agreed_at="2026-11-20T08:00:00")
    assert (untold.reason, untold.missing) == ("bad_value", ("agreement",))
    assert (await office.do("triage")).missing == ("severity", "urgency")
    assert (await office.do("note", text="  ")).reason == "text_missing"
    assert (await office.do("correct_topic", topic="weather")).instead == rules().policies.brand("welzo").topics
    assert (await office.folded()).sequence == before


def test_every_refusal_has_its_words() -> None:
    """Every code that the commands refuse with, and every part that they miss, is known in every language."""
    source = "\n".join(path.read_text() for path in Path(room.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'Refused\(\s*"([a-z_]+)"', source)) | {"text_missing", "no_such_case", "not_allowed"}
    parts = {name for each in TABLE.values() for name in _needed(each.takes.model_json_schema(), each.takes.parts)}
    said = load_tongues(Path(__file__).parents[2] / "config" / "notices").words["en"]
    for group, wanted in (("refusals", codes), ("parts", parts)):
        known = said[group]
        for code in wanted:
            assert code in known, (group, code)


def _needed(schema: dict[str, Any], parts: Mapping[str, str]) -> set[str]:
    return {str(parts.get(name, name)) for name in schema.get("required", [])}


async def test_steps_are_the_policys(office: Office) -> None:
    """AT-K20 K-25: a step of the list without a command of its own; no other, and none where there is no list."""
    await office.open("kontakt")
    assert (await office.do("step", step="dance")).reason == "not_in_policy"
    assert (await office.do("step", step="review")).instead == ("review_completed",)
    await office.ok("step", step="act", text="We changed the till.")
    assert (await office.folded()).steps == ("act",)
    await office.ok("accept")
    assert (await office.do("accept")).reason == "done_before"
    await office.open("welzo")
    assert (await office.do("accept")).reason == "not_in_policy"


async def test_the_actions_log_only_grows(office: Office) -> None:
    """AT-L18 L-15: a correction is another entry; the old one stays readable."""
    await office.open("logoscon")
    await office.ok("action", text="Rang the carrier.")
    (first,) = (await office.folded()).actions
    assert (await office.do("action", text="x", corrects="nothing")).reason == "not_known"
    await office.ok("action", text="Wrote to the carrier.", corrects=first)
    assert [each["text"] for each in await office.contents("action")] == ["Rang the carrier.", "Wrote to the carrier."]
    assert (await office.last("action.recorded")).data["corrects"] == first


async def test_improvements_are_shared(office: Office) -> None:
    """AT-W28 AT-K19: one improvement, named by several cases."""
    await office.open("welzo")
    await office.ok("record_improvement", text="A second test of the kit.")
    (improvement,) = (await office.folded()).improvements
    assert (await office.do("record_improvement")).missing == ("text",)
    assert (await office.do("record_improvement", improvement=improvement)).reason == "done_before"
    await office.open("welzo")
    await office.ok("record_improvement", improvement=improvement)
    assert (await office.folded()).improvements == (improvement,)


async def test_a_consultation_shows_the_chosen_fields(office: Office) -> None:
    """AT-W11: the laboratory gets question and chosen fields only; a colleague by mail; both end with an answer."""
    await office.open("welzo")
    assert "laboratory" in (await office.do("consult", whom="nobody", text="?")).instead
    await office.ok("consult", whom="kristaps", text="Is the kit known for this?", fields=["topic", "received_at"])
    (mail,) = [each for each in await office.post() if each.purpose == "consultation"]
    assert "Is the kit known for this?" in mail.text
    assert "card twice" not in mail.text
    assert "ann@customer.example" not in mail.text
    await office.ok("consult", whom="laboratory", text="Please test again.", fields="description")
    case = await office.folded()
    assert len(case.consultations) == 2
    assert [task.kind for task in case.tasks] == ["consult"]
    assert "card twice" in (await office.contents("task"))[0]["words"]
    assert (await office.do("consulted")).instead == case.consultations
    for each in case.consultations:
        await office.ok("consulted", consultation=each, text="It is not.")
    assert (await office.folded()).consultations == ()
    assert "consultation" not in office.to_customer()
    await office.sound()


async def test_links_go_both_ways(office: Office) -> None:
    """Two cases of one matter name each other, under the locks of both; none of another brand, not itself."""
    await office.open("welzo")
    first, reference = office.case, office.reference
    await office.open("welzo")
    await office.ok("link", reference=reference)
    assert (await office.folded(first)).links == (office.reference,)
    assert (await office.folded()).links == (reference,)
    assert (await office.do("link", reference=reference)).reason == "done_before"
    assert (await office.do("link", reference=office.reference)).reason == "same_case"
    welzo = office.reference
    await office.open("kontakt")
    assert (await office.do("link", reference=welzo)).reason == "not_known"
    office.reference, known = "WLZ-0000-0000-0000", welzo
    office.brand = "welzo"
    assert (await office.do("link", reference=known)).reason == "no_such_case", "not taken for the one that it names"
    await office.sound()


async def test_a_second_complaint_in_one_contact(office: Office) -> None:
    """Parted into a case of its own: the words that are its complaint, a reference of its own, clocks and the received
    date of the same contact, an acknowledgement of its own; the first case stays as it is, and each names the other.
    Nobody else's words can be put in, and the same ones part once."""
    await office.open("welzo", text="My parcel never came. Besides, your courier shouted at my mother.", new_text=())
    first, reference, was = office.case, office.reference, await office.folded()
    await office.post()
    assert (await office.do("part", words="He also broke the door.")).reason == "bad_value"
    await office.later(days=2)
    await office.ok("part", words="Besides,  your courier shouted at my mother.")
    assert (await office.do("part", words="Besides, your courier shouted at my mother.")).reason == "done_before"
    now = await office.folded()
    assert (now.contacts, now.clocks, now.received_at) == (was.contacts, was.clocks, was.received_at)
    (other,) = now.links
    case = next(each for each in await office.every() if each.reference == other)
    assert case.id != first
    assert (case.received_at, case.links, case.contacts) == (was.received_at, (reference,), 1)
    assert case.handler
    mails = {each.purpose: each for each in await office.post()}
    assert other in mails["acknowledgement"].subject
    assert mails["acknowledgement"].to.value == "ann@customer.example"
    assert "shouted at my mother" in mails["assignment"].text
    assert "never came" not in mails["assignment"].text
    await office.sound()
    office.case = case.id
    await office.sound()


async def test_a_joined_contact_begins_a_case_of_its_own(office: Office) -> None:
    """A further contact that is another complaint leaves its case with its words, and the reference that its customer
    was told means the new case."""
    await office.open("welzo", **_sender("bea"))
    first = office.case
    second = letter(
        "Another matter: my invoice is wrong.", brand="welzo", sender="bea@customer.example", message="3@c.example",
        answers=("1@customer.example",),
    )  # fmt: skip
    assert (await office.take(second)).case == first
    third = letter(
        "And I still wait.", brand="welzo", sender="bea@customer.example", message="4@c.example",
        answers=("1@customer.example",),
    )  # fmt: skip
    await office.take(third)
    await office.ok("part", message=second.id)
    case = next(each for each in await office.every() if each.reference == second.reference)
    assert (case.id, case.received_at) == (second.id, second.contact_at)
    assert (await office.folded(first)).contacts == 2
    aliases = sa.select(tables.aliases.c.case_id).where(tables.aliases.c.reference == second.reference)
    assert await office.store.read(lambda connection: connection.execute(aliases).scalar_one()) == case.id
    held = sa.select(tables.content.c.case_id).where(tables.content.c.id == second.id)
    assert await office.store.read(lambda connection: connection.execute(held).scalar_one()) == case.id
    await office.sound()
    office.case = case.id
    await office.sound()


async def test_a_contact_goes_to_its_case(office: Office) -> None:
    """Parted: its words belong to the other case, and go with that one's erasure; both say so."""
    await office.open("welzo")
    first, reference = office.case, office.reference
    await office.open("welzo", **_sender("bea"))
    second = letter(
        "Also this.", brand="welzo", sender="bea@customer.example", message="3@c.example",
        answers=("2@customer.example",),
    )  # fmt: skip
    assert (await office.take(second)).case == office.case
    assert (await office.do("part", message="nothing", reference=reference)).reason == "not_known"
    assert (await office.do("part", message=office.case, reference=reference)).reason == "first_contact"
    await office.ok("part", message=second.id, reference=reference)
    assert (await office.last("contact.moved")).data["away"] is True
    assert ((await office.folded()).contacts, (await office.folded(first)).contacts) == (1, 2)
    table = tables.content
    query = sa.select(table.c.case_id).where(table.c.id == second.id)
    assert await office.store.read(lambda connection: connection.execute(query).scalar_one()) == first
    await office.sound()


def _sender(name: str) -> dict[str, Any]:
    address = Address(kind="email", value=f"{name}@customer.example")
    return {
        "sender": Person(name=name, addresses=(address,)),
        "reply_to": ReplyTo(connector="smtp-in", address=address),
    }


async def test_a_strangers_case_joins_the_one_it_is_about(office: Office) -> None:
    """AT-X24: verified by a person, the contact joins; the case that it had begun is none of its own, and nothing of
    it leaves any more."""
    await office.open("welzo")
    first, reference = office.case, office.reference
    await office.open("welzo", acknowledged=False, remarks=("imported",), **_sender("bea"))
    await office.ok("verify_sender", reference=reference, text="Rang her.")
    assert (await office.folded()).state == "aside"
    joined = await office.folded(first)
    assert (joined.contacts, joined.answers_to) == (2, office.case)
    await office.later(days=1)
    assert office.to_customer() == ["acknowledgement"], "the first case's alone"
    await office.sound()


async def test_what_joined_by_mistake_is_a_case_again(office: Office) -> None:
    """The contact had begun a case, was given to another one, and belongs to neither: its complaint begins a third one,
    with a copy, for the first one is still there under its id."""
    await office.open("welzo")
    first, reference = office.case, office.reference
    await office.open("welzo", acknowledged=False, remarks=("imported",), **_sender("bea"))
    await office.ok("verify_sender", reference=reference, text="Rang her.")
    contact, office.case, office.reference = office.case, first, reference
    await office.ok("part", message=contact)
    (third,) = (each for each in await office.every() if each.id not in {first, contact})
    assert (third.contacts, third.links) == (1, (reference,))
    await office.sound()


async def test_a_contact_begins_a_case_in_each_case_that_it_was_in(office: Office) -> None:
    """Its second complaint was parted off, the contact was given to another case, and is parted off there, too: whoever
    says so is obeyed, not refused for a case that they do not see; said once more there it is refused."""
    await office.open("welzo")
    first, reference = office.case, office.reference
    await office.open("welzo", acknowledged=False, remarks=("imported",), **_sender("bea"))
    await office.ok("part")
    await office.ok("verify_sender", reference=reference, text="Rang her.")
    contact, office.case, office.reference = office.case, first, reference
    await office.ok("part", message=contact)
    assert len({each.reference for each in await office.every()}) == 4
    assert (await office.do("part", "oliver", message=contact)).reason == "done_before"
    await office.sound()


async def test_a_verified_sender_is_answered(office: Office) -> None:
    """What waited for it leaves; later contacts from the address are the customer's."""
    await office.open("welzo", acknowledged=False, remarks=("imported",))
    await office.ok("verify_sender")
    await office.post()
    assert office.to_customer() == ["acknowledgement"]
    assert (await office.last("sender.verified")).data["by"] == "person"
    await office.sound()


async def test_twice_is_once(office: Office) -> None:
    """A command of one id is done once, and answered alike; one that expects less is refused."""
    await office.open("welzo")
    value = Command(
        id="x", reference=office.reference, command="progress", actor="oliver", data={"text": "Soon."}, at=office.now
    )
    outcomes = [await office.take(value) for _ in range(3)]
    assert outcomes[0] == outcomes[1] == outcomes[2]
    await office.post()
    assert (await office.types()).count("progress.sent") == 1
    late = value.model_copy(update={"id": "y", "expects": 1})
    assert (await office.take(late)).reason == "case_has_moved_on"


async def test_no_command_is_of_the_future(office: Office) -> None:
    """A time that its sender states counts only up to now: nobody meets a term beforehand, nor in the case's past."""
    await office.open("kontakt")
    for number, at in enumerate((office.now + timedelta(days=9), office.now - timedelta(days=9))):
        value = Command(
            id=f"t{number}", reference=office.reference, command="action", actor="aysel", data={"text": "x"}, at=at
        )
        await office.take(value)
        assert (await office.last("action.recorded")).time == office.now


def test_the_table_is_whole() -> None:
    """Every command of the procedure is there, and each says what it does."""
    wanted = (
        "accept triage assign note consult ask progress cause review_completed extend answer resolve_at_once escalate "
        "refer decide decline_help record_improvement withdraw close reopen flag_conduct correct_topic not_a_complaint "
        "link part verify_sender task_done dispatch_letter release erase deadlock step action back"
    )
    assert set(wanted.split()) <= set(TABLE)
    assert all(each.do.__doc__ for each in TABLE.values())
