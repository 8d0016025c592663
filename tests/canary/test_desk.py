"""What the router makes of a canary, and of everything that only looks like one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_daemon import canary
from intake_daemon.command.canaries import swept
from intake_daemon.contract import NOBODY, Input, Outcome
from intake_daemon.message import Address, Attachment, Message, Notice, Person, Receipt, ReplyTo
from intake_daemon.store import Store
from router.case import Case
from router.desk import ComplaintsDesk
from router.ledger import balance, canaries, gauges, lives, tables
from router.ledger.lookup.standing import standing
from router.ledger.record import StoredLedger
from router.turn import Knowledge
from tests.desk.letters import KEY, NOON, PREFIXES, letter, rules
from tests.record.conftest import store, url

__all__ = ["store", "url"]  # fixtures of the record

ID = str(uuid.UUID(int=7))
SAID = canary.said(KEY, ID, "smtp-in", "welzo")


def a_canary(text: str = SAID, **changes: Any) -> Message:  # noqa: ANN401 -- fields of Message
    """As the mail door reads it."""
    somebody = Person(addresses=(Address(kind="email", value=canary.NOWHERE),))
    return letter(
        text,
        **{"sender": canary.NOWHERE, "message": f"{ID}@canary.invalid", "subject": canary.SUBJECT, "original": ""}
        | changes,
    ).model_copy(update={"sender": changes.get("sender_person", somebody)})


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[StoredLedger]:
    """An empty one."""
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    yield StoredLedger(store, ComplaintsDesk(rules()), key=KEY, installation="test")
    await store.close()


@pytest.fixture
def either(store: Store) -> StoredLedger:
    """An empty one on each of the two databases."""
    return StoredLedger(store, ComplaintsDesk(rules()), key=KEY, installation="test")


async def meet(ledger: StoredLedger, *values: Message | Receipt) -> list[Outcome]:
    """Let them meet their cases."""
    return await ledger.decide([Input(each, NOON) for each in values], NOON)


async def rows(ledger: StoredLedger, table: str) -> int:
    """How many a table has."""
    query = sa.select(sa.func.count()).select_from(tables.metadata.tables[table])
    return int(await ledger.store.read(lambda connection: connection.execute(query).scalar_one()))


async def test_it_passes_everything_and_leaves_nothing(either: StoredLedger) -> None:
    """It becomes a contact of its own kind, and a letter with the words of an acknowledgement; no case, no event, no
    key, no count has it; and after some days it is gone."""
    ledger = either
    (outcome,) = await meet(ledger, a_canary())
    assert (outcome.disposition, outcome.case, outcome.handler != "") == ("canary", None, True)
    assert await ledger.due(NOON, 10) == 1
    (waiting,) = await ledger.outbox(10)
    notice = Notice.model_validate_json(waiting.letter.body)
    assert (notice.purpose, notice.to.value, notice.case) == (canary.PURPOSE, canary.NOWHERE, "")
    assert a_canary().reference in notice.text
    for table in (
        "cases",
        "events",
        "aliases",
        "threads",
        "correspondents",
        "signs",
        "clocks",
        "holdings",
        "gatherings",
    ):
        assert await rows(ledger, table) == 0, table
    assert (await ledger.store.read(lives.balance))["in"] == 0
    (line,) = await ledger.store.read(lambda connection: balance.lines(connection, (NOON.date(),)))
    assert (line["in"], line["canaries"], line["unaccounted"]) == (0, 1, 0)
    await meet(ledger, a_canary())
    door = (await ledger.store.read(lambda connection: standing(connection, NOON)))["doors"]["smtp-in"]
    assert (door["in"], door["canaries"], door["repeats"]) == (0, 1, 0)
    assert (await ledger.store.read(gauges.waiting))["notices_released"].many == 0
    since = (NOON - timedelta(hours=1)).timestamp()

    async def seen() -> str:
        found = await ledger.store.read(lambda connection: canaries.seen(connection, [ID], since))
        return found[ID].letter

    assert await seen() == "released"
    await meet(ledger, Receipt(notice=notice.id, connector="mail", outcome="sent", at=NOON))
    assert await seen() == "sent"
    assert await ledger.store.write(lambda connection: canaries.sweep(connection, NOON.timestamp() + 1)) == 1
    for table in ("contacts", "content", "notices", "outbox", "cases", "events"):
        assert await rows(ledger, table) == 0, table


async def test_all_that_are_old_go(ledger: StoredLedger) -> None:
    """However many there are, and whether or not canaries are still sent; nobody else's contact does."""
    await meet(ledger, a_canary(), letter("It broke."))
    contacts = tables.contacts

    def copied(connection: sa.Connection) -> None:
        ours = sa.select(contacts).where(contacts.c.disposition == canary.PURPOSE)
        row = connection.execute(ours).mappings().one()
        connection.execute(sa.insert(contacts), [{**row, "id": str(uuid.uuid4())} for _ in range(700)])

    await ledger.store.write(copied)
    assert await swept(ledger.store, lambda: NOON + timedelta(days=7)) == 0
    assert await swept(ledger.store, lambda: NOON + timedelta(days=9)) == 701
    assert await rows(ledger, "contacts") == 1


async def test_they_are_looked_for_among_canaries_only(ledger: StoredLedger) -> None:
    """Every two seconds while a door is silent, among the contacts of years: by an index that has nobody else."""
    asked: list[tuple[str, Any]] = []
    engine = ledger.store._engine
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _x, said, given, *_: asked.append((said, given)))
    since = NOON.timestamp()
    await ledger.store.write(lambda connection: canaries.seen(connection, [ID], since))
    await ledger.store.write(lambda connection: canaries.sweep(connection, since))
    looked = [(said, given) for said, given in asked if "FROM contacts" in said]
    assert len(looked) == 2

    def plans(connection: sa.Connection) -> list[str]:
        return [str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given).all()) for said, given in looked]

    for plan in await ledger.store.read(plans):
        assert "contacts_canaries" in plan


def test_its_provider_is_asked_for_nobody() -> None:
    """Whoever says it from a number or an account of their own hears nothing; nobody is who it comes from."""
    desk = ComplaintsDesk(replace(rules(), replying=frozenset({"smtp-in"})))
    for kind, nobody in NOBODY.items():
        for value, letters in ((nobody, 1), ("+447700900123" if nobody.startswith("+") else "4242", 0)):
            somebody = Address(kind=kind, value=value)
            message = a_canary(subject="", channel="social", sender_person=Person(addresses=(somebody,)))
            message = message.model_copy(update={"reply_to": ReplyTo(connector="smtp-in", address=somebody)})
            effects = desk.consider(message, Knowledge(), NOON)
            assert (effects.disposition, len(effects.intents)) == (canary.PURPOSE, letters), (kind, value)


async def test_an_edit_of_one_is_somebodys(ledger: StoredLedger) -> None:
    """Who says ours in a chat, and edits it afterwards into a complaint, has complained."""
    first = a_canary()
    edited = letter("You charged my card twice.").model_copy(update={"revision_of": first.id})
    assert [each.disposition for each in await meet(ledger, first, edited)] == ["canary", "case"]


@pytest.mark.parametrize("brand", sorted(PREFIXES))
@pytest.mark.parametrize("channel", ["email", "web_form", "chat", "sms", "other"])
def test_its_letter_can_be_written_everywhere(brand: str, channel: str) -> None:
    """Whatever the brand promises, and whether or not it takes complaints there: the letter that a customer would get,
    in the brand's language, with the date that there would be."""
    desk = ComplaintsDesk(rules())
    message = a_canary(canary.said(KEY, ID, "smtp-in", brand), brand=brand, channel=channel)
    effects = desk.consider(message, Knowledge(), NOON)
    (intent,) = effects.intents
    words = desk.render(
        Case(id="", reference="", brand=brand, contact=message.id, opened_at=NOON), intent, message, None, NOON
    )
    assert words is not None
    assert (words.to_value, effects.case, effects.decided) == (canary.NOWHERE, None, ())
    assert words.text.strip()


async def test_it_counts_for_no_brake_and_waits_for_none(ledger: StoredLedger) -> None:
    """Hundreds of canaries hold back no customer's letter, decided with them or after them; and a brand at its brake
    still hears its canary."""
    ledger._desk = ComplaintsDesk(replace(rules(), brakes=dict.fromkeys(rules().brakes, 2)))
    many = [str(uuid.UUID(int=n)) for n in range(10, 20)]
    flock = [a_canary(canary.said(KEY, each, "smtp-in", "welzo"), message=f"{each}@canary.invalid") for each in many]
    people = [letter(f"It broke, {n}.", message=f"{n}@x", sender=f"{n}@x.example") for n in range(3)]
    await meet(ledger, *flock, people[0])
    ledger.tallies.stale()
    await meet(ledger, people[1])
    query = sa.select(tables.cases.c.body)

    async def withheld() -> list[bool]:
        bodies = await ledger.store.read(lambda connection: list(connection.execute(query).scalars()))
        return ['"withheld":null' not in body for body in bodies]

    assert await withheld() == [False, False]
    await meet(ledger, people[2])  # the brand is at its brake
    assert sum(await withheld()) == 1
    before = await ledger.due(NOON, 100)
    await meet(ledger, a_canary())
    assert (before, await ledger.due(NOON, 100)) == (len(flock), 1)


async def test_one_that_names_no_address_is_owed_no_letter(ledger: StoredLedger) -> None:
    """A customer's would be laid out to be posted; a canary's would wait for ever for a way out that is none."""
    unreached = ReplyTo(connector="smtp-in", address=None)
    bare = a_canary(channel="other", kind="hook", sender_person=Person(), reply_to=unreached)
    (outcome,) = await meet(ledger, bare)
    assert outcome.disposition == canary.PURPOSE
    assert await ledger.due(NOON, 10) == 0
    assert await rows(ledger, "notices") == 0
    found = await ledger.store.read(lambda connection: canaries.seen(connection, [ID], NOON.timestamp() - 60))
    assert found[ID].letter == ""


async def test_its_letter_goes_to_no_stranger(ledger: StoredLedger) -> None:
    """Who has seen a seal and says it once more, in somebody's name, makes us write to nobody: the letters of canaries
    know no brake. The operator's own address gets one, and the address that is nowhere."""
    ours = ComplaintsDesk(replace(rules(), canaries="Canary@ops.example"))
    to = {}
    for desk in (ComplaintsDesk(rules()), ours):
        for address in ("victim@customer.example", "canary@ops.example", canary.NOWHERE, canary.NOWHERE.title()):
            somebody = Address(kind="email", value=address)
            message = a_canary(sender_person=Person(addresses=(somebody,))).model_copy(
                update={"reply_to": ReplyTo(connector="smtp-in", address=somebody)}
            )
            effects = desk.consider(message, Knowledge(), NOON)
            assert effects.disposition == canary.PURPOSE
            to[desk is ours, address.partition("@")[0], address.casefold().endswith("invalid")] = len(effects.intents)
    assert to == {
        (False, "victim", False): 0,
        (False, "canary", False): 0,
        (False, "canary", True): 1,
        (False, "Canary", True): 0,  # to this one a letter would go out by mail
        (True, "victim", False): 0,
        (True, "canary", False): 1,
        (True, "canary", True): 1,
        (True, "Canary", True): 0,
    }


@pytest.mark.parametrize(
    "forged",
    [
        a_canary(canary.said(b"another installation's key, of 32 b", ID, "smtp-in", "welzo")),
        a_canary(canary.said(KEY, ID, "form", "welzo")),
        a_canary(canary.said(KEY, ID, "smtp-in", "kontakt")),
        a_canary(f"{SAID} And you charged my card twice."),
        a_canary(f"You charged my card twice. {SAID}"),
        a_canary(f"> {SAID}"),
        a_canary(SAID.replace("nobody's", "my")),
        a_canary(SAID[:-1]),
        a_canary(subject="You charged my card twice"),
        a_canary(fields={"danger": "yes", "what": "You charged my card twice."}),
        a_canary(sender_person=Person(name="Ann", addresses=(Address(kind="email", value="ann@customer.example"),))),
        a_canary(attachments=(Attachment(id="0" * 64, name="a.pdf", media_type="application/pdf", size=1),)),
        a_canary(remarks=("text_cut",)),
        a_canary(original=None),
        a_canary(sender_person=Person(addresses=(Address(kind="postal", value="You charged my card twice."),))),
        a_canary(html="<p>You charged my card twice.</p>"),
        a_canary(revision_of=str(uuid.UUID(int=8))),
        a_canary("This is a canary of intake-daemon"),
    ],
    ids=lambda forged: forged.text[-30:],
)
async def test_nobody_can_forge_one(ledger: StoredLedger, forged: Message) -> None:
    """Another key, another door or brand, a word more or less, a subject, an answer, a name or a file beside a good
    seal, an original too large to travel inside: it is somebody's contact and becomes a case, with its letter."""
    (outcome,) = await meet(ledger, forged)
    assert outcome.disposition == "case"
    assert await rows(ledger, "cases") == 1


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=60)
def test_a_seal_hides_no_word(before: str, after: str) -> None:
    """Whatever is said before or after a good seal, it is a person's as soon as it is not blank."""
    message = a_canary(f"{before}{SAID}{after}")
    assert (canary.read(KEY, message) is not None) == (not (before + after).strip())
