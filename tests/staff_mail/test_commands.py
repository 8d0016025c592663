"""The first line of a handler's answer is a command, as from every other door."""

from __future__ import annotations

import pytest

from intake_daemon.message import Automatic
from router.case import fold
from tests.commands.office import Office
from tests.desk.letters import rules
from tests.staff_mail.answering import answered, reply, to_staff

HEADED = """answer upheld

Decision: We were wrong.
Reasons: The card was charged twice.
Actions taken:
We have paid it back.

Next step: You need do nothing.
"""


async def opened(office: Office, brand: str = "welzo") -> str:
    """A case; its handler."""
    await office.open(brand)
    handler = next(event.data["handler"] for event in await office.history() if event.type == "handler.assigned")
    return str(handler)


async def test_words_below_the_line_go_to_the_customer(office: Office) -> None:
    """AT-X27: `progress` and words below are the command: the customer is told, and it counts; no new complaint."""
    who = await opened(office)
    case = office.case
    outcome = await answered(office, "assignment", who, "progress\n\nWe have found your parcel in Leeds.")
    assert (outcome.disposition, outcome.reason, outcome.case) == ("joined", "command progress", case)
    (told,) = await office.post()
    assert told.purpose == "progress"
    assert "We have found your parcel in Leeds." in told.text
    types = await office.types()
    assert types.count("progress.sent") == 1
    assert "note.added" not in types


async def test_an_answer_in_parts(office: Office) -> None:
    """The parts of an answer stand under their headings, and leave as the answer of the handler."""
    who = await opened(office)
    assert (await answered(office, "assignment", who, HEADED)).reason == "command answer"
    assert [each.purpose for each in await office.post()] == ["result"]
    event = next(event for event in await office.history() if event.type == "result.sent")
    assert event.data["outcome"] == "upheld"


async def test_parts_in_the_handlers_language(office: Office) -> None:
    """Headings are read in every language of ours, with or without what a mail client makes of them."""
    who = await opened(office)
    text = (
        "answer\n*Lēmums:* Mums nebija taisnība.\nPamatojums: Karte\nVeiktie pasākumi: Atmaksāts.\n"
        "Nākamais solis: Nekas.\nIznākums: partly upheld"
    )
    assert (await answered(office, "assignment", who, text)).reason == "command answer"


async def test_a_refusal_comes_back_at_once(office: Office) -> None:
    """An answer without its parts is refused: by mail, naming the parts and the clause; the words stay as a note. The
    answer to the refusal is a command again."""
    who = await opened(office)
    outcome = await answered(office, "assignment", who, "answer\n\nWe have paid it back.")
    assert outcome.reason == "refused missing"
    refused = await to_staff(office, "refusal", who)
    clause = refused.text
    for said in ("answer", "W-15", "…"):
        assert said in clause
    assert "note.added" in await office.types()
    assert "result" not in {each.purpose for each in office.left}
    assert (await answered(office, "refusal", who, HEADED)).reason == "command answer"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("cause: the price list was old", "cause.recorded"),
        ("Not a complaint.", "contact.set_aside"),
        ("assign Margaret", "handler.assigned"),
        ("extend 2026-12-29\nReason: Third party.\nProgress: The laboratory has it.", "extension.told"),
        ("note\nThe shop is closed on Mondays.", "note.added"),
    ],
)
async def test_other_commands(office: Office, text: str, what: str) -> None:
    """Arguments on the line, a colon, a name, several words: each is the command that it says."""
    who = await opened(office)
    before = len(await office.history())
    outcome = await answered(office, "assignment", who, text)
    assert outcome.reason.startswith("command "), outcome
    await office.post()
    assert what in [event.type for event in (await office.history())[before:]]


@pytest.mark.parametrize(
    "text",
    [
        "Ask Maria, she knows the customer.",
        "Answer the customer tomorrow, please",
        "I rang them.\n\nprogress",
        "Noted.",
        "Close to done, more on Monday",
    ],
)
async def test_what_is_no_command_is_a_note(office: Office, text: str) -> None:
    """AT-X27: anything else is a note of the case, and nobody is told anything."""
    who = await opened(office)
    outcome = await answered(office, "assignment", who, text)
    assert (outcome.disposition, outcome.reason, outcome.case) == ("joined", "staff", office.case)
    assert await office.post() == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Progress: I rang the laboratory", "refused missing"),
        ("progess\n\nWe are looking into it.", "refused unknown_command"),
        ("erase", "refused not_allowed"),
        ("extend tomorrow", "refused bad_value"),
        ("task done 4711", "refused not_known"),
    ],
)
async def test_what_is_refused_tells_nobody_else(office: Office, text: str, why: str) -> None:
    """Doubtful words never reach the customer: whoever wrote them hears of it, and nothing is lost."""
    who = await opened(office)
    assert (await answered(office, "assignment", who, text)).reason == why
    assert [each.purpose for each in await office.post()] == ["refusal"]
    assert "note.added" in await office.types()


async def test_a_machine_of_ours_does_nothing(office: Office) -> None:
    """AT-X27: a handler's out-of-office reply changes nothing, whatever it says."""
    who = await opened(office)
    before = await office.history()
    away = Automatic(kind="auto_reply", evidence=("auto_submitted",))
    outcome = await answered(office, "assignment", who, "progress\n\nI am away.", automatic=away)
    assert outcome.disposition == "machine"
    assert await office.history() == before


async def test_only_who_got_the_letter_may_act(office: Office) -> None:
    """A colleague who answers a letter of somebody else's is refused, a stranger with its token only adds words."""
    who = await opened(office)
    margaret = rules_address("margaret")
    outcome = await answered(office, "assignment", who, "close upheld", sender=margaret)
    assert outcome.reason == "refused not_allowed"
    assert [each.to.value for each in await office.post()] == [margaret]
    outcome = await answered(office, "assignment", who, "close upheld", sender="eve@other.example")
    assert (outcome.case, outcome.reason) == (office.case, "token")
    assert "case.closed" not in await office.types()


async def test_who_is_named_may_do_nothing(office: Office) -> None:
    """AT-A07: whom the complaint names gets no letter of the case; with another's token they do nothing."""
    await office.open("welzo", text="Oliver Hartnell hung up on me, he is a very rude man.")
    case = fold(await office.history())
    assert case.staff_named == ("oliver",)
    named = rules_address("oliver")
    assert named not in {each.to.value for each in office.left}
    letter = await to_staff(office, "assignment", case.handler or "")
    outcome = await office.take(reply(office, letter, "close not upheld", sender=named))
    assert (outcome.reason, fold(await office.history()).state) == ("refused not_allowed", case.state)


def rules_address(who: str) -> str:
    """Where a handler is reached."""
    return rules().staff_address(who) or ""


@pytest.mark.parametrize("language", ["az", "en", "lv", "pl", "pt", "ru"])
def test_the_letters_print_what_is_read(language: str) -> None:
    """The headings that the letters name in a language are those that are read in it."""
    notices = rules().notices
    texts = [notices.sources[language, name, ""].text for name in ("assignment", "addition", "warning", "breach")]
    headings = notices.words()[language]["headings"]
    for text in texts:
        for part in ("decision", "reasons", "actions_taken", "next_step"):
            assert f"{headings[part]}:" in text
