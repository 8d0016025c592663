"""What had to be left out when a contact was read, or is not safe in it: told to the handler, in their language."""

from __future__ import annotations

import pytest

from intake_daemon.message import Command, Message, Notice
from router.ledger.record import StoredLedger
from router.letters.remarks import told
from tests.desk.letters import letter, rules
from tests.record.doing import leave, notices, route, sent

ANSWERS = ("first@customer.example",)


async def test_the_handler_hears_what_they_must_act_on(ledger: StoredLedger) -> None:
    """With the assignment and an addition, in Latvian; not of what was repaired. The customer hears nothing of it."""
    await route(ledger, letter(remarks=("bad_base64", "encrypted", "limit_parts", "limit_depth")))
    left = notices(await leave(ledger))
    assignment, acknowledgement = _parted(left, "assignment")
    assert "šifrēta" in assignment
    assert assignment.count("pārāk bojāta") == 1
    assert "encrypted" not in acknowledgement
    await route(ledger, *map(sent, left))
    await route(ledger, letter("More", message="2@x", answers=ANSWERS, remarks=("infected",)))
    addition, _ = _parted(notices(await leave(ledger)), "addition")
    assert "inficēts" in addition


async def test_most_mails_bring_no_remark(ledger: StoredLedger) -> None:
    """A letter about a mail that was read as it came has no such heading."""
    await route(ledger, letter(remarks=("bad_line_ends", "imported", "charset_repaired", "limit_html")))
    assert not any("ņemiet vērā" in each.text for each in notices(await leave(ledger)))


@pytest.mark.parametrize("language", ["en", "pt", "lv", "pl", "ru", "az"])
def test_every_remark_has_words_in_every_language(language: str) -> None:
    """Whole sentences, none of them the code."""
    say = rules().notices.say(language)
    codes = told(
        ("encrypted", "infected", "unscanned", "tnef_damaged", "limit_time", "unknown_content", "several_from")
    ) + told(("file_too_large", "telegram_too_big", "recording_failed", "files_missing"))
    assert len(codes) == 8
    assert all(say("remarks", code).endswith(".") and len(say("remarks", code)) > 40 for code in codes)


def _parted(left: list[Notice], purpose: str) -> tuple[str, str]:
    """The letter of this purpose, and all others."""
    return (
        "".join(each.text for each in left if each.purpose == purpose),
        "".join(each.text for each in left if each.purpose != purpose),
    )


async def test_a_file_that_was_let_out_is_told_no_more(ledger: StoredLedger) -> None:
    """The next letter about the same contact does not say that its file is locked away."""
    file = {"id": "a" * 64, "name": "bill.exe", "media_type": "application/zip", "size": 1, "verdict": "infected"}
    infected = letter().model_dump(by_alias=True) | {"attachments": [file], "remarks": ["infected"]}
    (first,) = await route(ledger, Message.model_validate(infected))
    left = notices(await leave(ledger))
    assert any("inficēts" in each.text for each in left)
    await route(ledger, *map(sent, left))
    for number, (name, data) in enumerate((("release_file", {"file": "a" * 64}), ("assign", {"handler": "oliver"}))):
        value = Command(id=str(number), reference=first.reference or "", command=name, actor="margaret", data=data)
        (outcome,) = await route(ledger, value)
        assert outcome.disposition == "done", outcome
    (assignment,) = notices(await leave(ledger))
    assert (assignment.purpose, "infected" in assignment.text) == ("assignment", False)
