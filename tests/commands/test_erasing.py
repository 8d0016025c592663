"""What an erasure takes along: letters about a contact that was another case's before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from intake_daemon.message import Address, Person, ReplyTo
from intake_daemon.reference import token
from router.ledger import forgetting, tables
from router.ledger.batch import Batch
from tests.commands.office import Office
from tests.desk.letters import KEY, letter

SECRET = "xylophone"


def _sender(name: str) -> dict[str, Any]:
    address = Address(kind="email", value=f"{name}@customer.example")
    return {
        "sender": Person(name=name, addresses=(address,)),
        "reply_to": ReplyTo(connector="smtp-in", address=address),
    }


async def rows(office: Office) -> str:
    """Everything that the ledger keeps."""
    every = tables.metadata.tables.values()
    return await office.store.read(
        lambda connection: "\n".join(str(tuple(row)) for t in every for row in connection.execute(sa.select(t)))
    )


async def opened(office: Office, name: str) -> tuple[str, str]:
    """A case of this customer's: its id and reference. The office goes on with it."""
    await office.open("welzo", **_sender(name))
    return office.case, office.reference


async def test_letters_of_the_case_in_which_it_was_go_with_a_contact(office: Office) -> None:
    """It was given from one case to another and on to a third, and is erased with that: no letter to staff shows its
    words any more. What those cases have of their own stays."""
    first = await opened(office, "ann")
    third = await opened(office, "cyd")
    second = await opened(office, "bea")
    said = letter(
        f"A secret word: {SECRET}.",
        brand="welzo",
        sender="bea@customer.example",
        message="9@c.example",
        answers=("3@customer.example",),
    )
    assert (await office.take(said)).case == second[0]
    await office.post()
    told = [each for each in office.left if SECRET in each.text]
    assert told, "a letter shows it to staff"
    marks = (token(KEY, told[0].id),)
    quoting = f"I have seen it.\n\nA secret word: {SECRET}."
    note = letter(quoting, brand="welzo", sender=told[0].to.value, message="s@welzo.example", tokens=marks)
    assert (await office.take(note)).reason == "staff"
    await office.ok("part", message=said.id, reference=third[1])
    office.case, office.reference = third
    await office.ok("part", message=said.id, reference=first[1])
    office.case, office.reference = first
    await office.post()
    await office.ok("erase", "margaret")
    left = await rows(office)
    assert SECRET not in left
    assert "complaint 1." not in left
    assert "complaint 2." in left
    assert "complaint 3." in left
    assert "I have seen it." in left, "what staff said of it stays, as a note"
    await office.sound()


async def test_letters_of_a_case_that_was_merged_after_the_copy_are_erased_too(office: Office) -> None:
    """A copy of the ledger is back in which a case still stands by itself, whose contact was given to another one
    later, and erased with that: nothing is left of its customer, in no letter of its own either."""
    first, _ = await opened(office, "ann")
    await opened(office, "bea")
    second = letter(f"{SECRET}", brand="welzo", sender="bea@customer.example", message="9@c.example")
    await office.take(second)
    await office.post()
    mine = sa.select(tables.contacts).where(tables.contacts.c.case_id != first)
    found = await office.store.read(lambda connection: connection.execute(mine).mappings().all())
    kept = "id brand connector channel external reference received_at contact_at decided_at raw".split()
    contacts = [{name: row[name] for name in kept} for row in found]
    line = {"case": first, "brand": "welzo", "at": "2026-11-21T00:00:00Z", "contacts": contacts}
    batch = Batch(office.now, KEY, "test")
    done = await office.store.write(lambda c: forgetting.forget(c, [line], batch, sqlite=office.store.sqlite))
    assert done == (1, len(contacts))
    left = await rows(office)
    for word in (SECRET, "bea@customer.example", "complaint 2.", "complaint 1.", "Dear bea"):
        assert word not in left
    await office.sound()
