"""What is missing on either side is named, what is there is not; and nothing is changed by looking."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.calls.calls import Calls
from connectors.calls.settings import CallsSettings
from connectors.imap import Imap
from connectors.paper import PaperDesk, PaperSettings
from connectors.smtp import Smtp
from connectors.twilio import TwilioText, TwilioTextSettings
from intake_daemon.contract import Letter, Parked
from intake_daemon.message import Attachment, Message
from router.ledger import tables
from tests.desk.letters import letter
from tests.doors import Recorder, brand, world
from tests.fakes.twilio import FakeAccount
from tests.mail.mailboxes import a_mail, imap, reading, until
from tests.reconcile.conftest import Books
from tests.services.dovecot import Dovecot
from tests.twilio.conftest import account, settings, twilio
from tests.twilio.payloads import sms

__all__ = ["account", "twilio"]  # fixtures of the fake Twilio

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def found(books_found: object) -> list[tuple[str, str, str]]:
    """Door, side and name of each that is missing."""
    return [(each.door, each.side, each.name) for each in getattr(books_found, "missing", ())]


def a_contact(content: bytes, *, files: tuple[bytes, ...] = (), **changes: Any) -> Message:  # noqa: ANN401 -- fields of Message
    """A contact of just now with this original and these files."""
    now = datetime.now(UTC)
    attached = tuple(
        Attachment(id=hashlib.sha256(each).hexdigest(), name="f", media_type="application/pdf", size=len(each))
        for each in files
    )
    raw = hashlib.sha256(content).hexdigest()
    whole: dict[str, Any] = {"raw": raw, "attachments": attached, "received_at": now, "contact_at": now}
    return letter(content.decode(), **{**whole, "message": raw[:9], **changes})


def tree(folder: Path) -> dict[str, bytes]:
    """Everything that lies in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_folder_of_scans(either: Books) -> None:
    """A scan that was put away and is in no contact, and one that lies there unread, are named with what to do; those
    that are held, by themselves or by their sidecar, are not. The folder is as it was."""
    books = either
    folder = books.folder / "scans"
    done = folder / "done" / "2026-11"
    done.mkdir(parents=True)
    held, lost, unread, words = PDF + b"held", PDF + b"lost", PDF + b"unread", b"text: It is broken.\n"
    for path, content in (
        (done / "a.pdf", held), (done / "a.yaml", b"channel: letter\n"), (done / "b.pdf", lost),
        (done / "c.yaml", words), (folder / "d.pdf", unread), (folder / "d.problem.txt", b"a note"),
    ):  # fmt: skip
        path.write_bytes(content)
    await books.hold(a_contact(b"channel: letter\n", files=(held,)), a_contact(words))
    given = PaperSettings.model_validate({"kind": "paper", "folder": folder, "brand": "welzo"})
    books.connectors["post"] = PaperDesk("post", given, world())
    before = tree(folder)
    compared = await books.compare("post")
    assert found(compared) == [("post", "not_held", str(folder / "d.pdf")), ("post", "not_held", str(done / "b.pdf"))]
    assert "once more" in compared.missing[0].remedy
    assert "has not come to it yet" in compared.missing[0].remedy
    assert compared.asked == {"post": "asked"}
    assert tree(folder) == before
    books.later = timedelta()
    assert found(await books.compare("post")) == []  # all of it is of just now, and may be on its way


async def test_a_folder_of_calls(either: Books) -> None:
    """A transcript that was put away and is in no contact is named; what is held or parked is not, nor a recording."""
    books = either
    folder = books.folder / "calls"
    (folder / "done").mkdir(parents=True)
    (folder / "parked").mkdir()
    held, odd, lost = b"Customer: It broke.", b"nothing that anybody reads", b"Customer: And again."
    (folder / "done" / "1.txt").write_bytes(held)
    (folder / "done" / "1.wav").write_bytes(b"RIFF")
    (folder / "done" / "2.txt").write_bytes(lost)
    (folder / "parked" / "3.txt").write_bytes(odd)
    await books.hold(a_contact(held))
    body = f'{{"raw": "{hashlib.sha256(odd).hexdigest()}"}}'.encode()
    await books.ledger.park(
        [Parked("x", "line", "no_words", Letter("intake.parked", "line", body, "x"), 1, datetime.now(UTC))]
    )
    given = CallsSettings.model_validate({"kind": "calls", "folder": folder, "brand": "welzo"})
    books.connectors["line"] = Calls("line", given, world())
    assert found(await books.compare("line")) == [("line", "not_held", str(folder / "done" / "2.txt"))]


async def test_a_mailbox(either: Books, dovecot: Dovecot) -> None:
    """Of a mailbox the mails that are no contact are named by UID; those that are held are not, with and without a
    Message-ID, nor is one that is parked. No flag is set, and the connector's place stays."""
    books = either
    user = dovecot.add_user()
    mails = [a_mail(1), a_mail(2), a_mail(3, message_id=False), a_mail(4, message_id=False), a_mail(5)]
    dovecot.append(user, *mails)
    connector = imap(dovecot, user, after="leave")
    door = Recorder(name="inbox", cursors=books.cursors)
    async with reading(connector, door) as task:
        await until(lambda: len(door.held) == len(mails), "all are read", task)
    await books.hold(*(each.message for n, each in enumerate(door.held.values(), 1) if n in {1, 3}))
    body = b'{"envelope": {"uid": "5"}, "raw": ""}'
    await books.ledger.park(
        [Parked("x", "inbox", "imap_too_large", Letter("intake.parked", "inbox", body, "x"), 1, datetime.now(UTC))]
    )
    dovecot.append(user, a_mail(6))
    books.connectors["inbox"] = connector
    kept = dict(books.cursors.places)
    compared = await books.compare("inbox")
    lost = [("inbox", "not_held", f"UID {uid} of INBOX") for uid in (2, 4, 6)]
    assert found(compared) == lost
    assert ["not come to it" in each.remedy for each in compared.missing] == [False, False, True]
    assert compared.offered == {"inbox": 6}
    assert all(flags <= {r"\Recent"} for flags in dovecot.flags(user).values())
    assert books.cursors.places == kept
    moved = imap(dovecot, user, after="move", move_to="Held", **{"from": "now"})
    books.connectors["inbox"] = moved
    assert found(await books.compare("inbox")) == []  # with `from: now` what lay there before is not ours


async def test_a_mailbox_that_does_not_answer(books: Books) -> None:
    """A source that should answer and does not is told as such: nobody may take silence for health."""
    given = {"kind": "imap", "host": "127.0.0.1", "port": 1, "tls": "none", "user": "u", "password": "p"}
    books.connectors["inbox"] = Imap(
        "inbox", Imap.Settings.model_validate({**given, "brand": "welzo", "from": "all"}), world()
    )
    compared = await books.compare("inbox")
    assert found(compared) == [("inbox", "not_asked", "imap_not_connected")]


async def test_what_cannot_be_asked(books: Books) -> None:
    """A listening door keeps nothing that could be asked; nobody waits for it. A door that there is not is an error."""
    given = Smtp.Settings.model_validate({"kind": "smtp", "listen": "127.0.0.1:0"})
    books.connectors["smtp-in"] = Smtp("smtp-in", given, world())
    compared = await books.compare()
    assert (compared.asked, compared.counts) == ({"smtp-in": "cannot_be_asked"}, {})
    with pytest.raises(KeyError):
        await books.compare("nobody")


async def test_twilios_list(either: Books, account: FakeAccount) -> None:
    """A message of Twilio's list to a number of ours that is no contact is named by its sid; what came before `from`
    began is not."""
    books = either
    for number in (1, 2):
        account.arrived(sms(f"SM{number}", "Broken.", AccountSid=account.sid), at=_ago(number / 60))
    account.arrived(sms("SM0", "Older.", AccountSid=account.sid), at=_ago(30))
    given = TwilioTextSettings.model_validate(settings(account, "twilio_text"))
    connector = TwilioText("sms", given, world(brand("welzo"), brand("ask4")))
    books.connectors["sms"] = connector
    start = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    books.cursors.places[f"twilio:{account.sid}"] = {"since": start, "from": "now", "began": start}
    await books.hold(a_contact(b"Broken.", external_id="SM1"))
    assert found(await books.compare("sms")) == [("sms", "not_held", "SM2")]


def _ago(hours: float) -> str:
    """As Twilio's list writes it."""
    return format_datetime(datetime.now(UTC) - timedelta(hours=hours))


async def test_the_vault_and_the_contacts(either: Books) -> None:
    """An original that nobody holds, and a contact whose original is gone, are named; what was erased, or waits for a
    person, is nobody's fault. While contacts wait in queue or spool nothing is said of the vault."""
    books = either
    whole, gone, erased, parked, orphan = b"whole", b"gone", b"erased", b"parked", b"From: x\n\nnobody's"
    contacts = [a_contact(each) for each in (whole, gone, erased)]
    await books.hold(*contacts, vault=True)
    keys = {each: await books.vault.put(each) for each in (whole, gone, erased, parked, orphan)}
    for key in keys.values():
        books.age(books.folder / "vault" / key[:2] / key[2:4] / key, 3)
    t = tables
    forget = sa.update(t.contacts).where(t.contacts.c.id == contacts[2].id).values(erased=True)
    await books.store.write(lambda connection: connection.execute(forget).close())
    await books.vault.erase([keys[gone], keys[erased]])
    body = f'{{"raw": "{keys[parked]}"}}'.encode()
    await books.ledger.park(
        [Parked("x", "smtp-in", "unreadable", Letter("intake.parked", "smtp-in", body, "x"), 1, datetime.now(UTC))]
    )
    compared = await books.compare()
    assert found(compared) == [
        ("vault", "in_no_contact", keys[orphan]),
        ("smtp-in", "without_original", contacts[1].reference),
    ]
    assert f"--bring {keys[orphan]}" in compared.missing[0].remedy
    assert f"Restore {keys[gone]}" in compared.missing[1].remedy
    books.waits = 1
    assert [side for _, side, _ in found(await books.compare())] == ["without_original"]


async def test_what_is_parked_is_read_few_times(books: Books) -> None:
    """However many objects the vault has, the letters that are parked are read once for each look at all of them."""
    for number in range(12):
        key = await books.vault.put(f"nobody's {number}".encode())
        books.age(books.folder / "vault" / key[:2] / key[2:4] / key, 3)
    read: list[str] = []

    def watch(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:  # noqa: ANN401 -- as SQLAlchemy calls it
        read.extend([statement] * ("parked.letter" in statement))

    sa.event.listen(sa.Engine, "before_cursor_execute", watch)
    try:
        compared = await books.compare()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", watch)
    assert len(found(compared)) == 12
    assert len(read) == 3, "for the sources, for the vault, and for what seemed to be nobody's"


async def test_a_case_that_is_gone(either: Books) -> None:
    """A contact whose case is not there any more is named by its reference, at its door."""
    books = either
    contacts = [a_contact(each) for each in (b"one", b"two")]
    await books.hold(*contacts, vault=True)
    gone = sa.delete(tables.cases).where(tables.cases.c.id == contacts[0].id)
    await books.store.write(lambda connection: connection.execute(gone).close())
    assert found(await books.compare()) == [("smtp-in", "unaccounted", contacts[0].reference)]


async def test_all_are_counted_and_some_are_named(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole mailbox that is missing is counted, and its beginning is named."""
    monkeypatch.setattr("intake_daemon.command.reconciling._NAMED", 2)
    folder = books.folder / "scans" / "done" / "2026-11"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}.pdf").write_bytes(PDF + str(number).encode())
    given = PaperSettings.model_validate({"kind": "paper", "folder": books.folder / "scans", "brand": "welzo"})
    books.connectors["post"] = PaperDesk("post", given, world())
    compared = await books.compare("post")
    assert (len(compared.missing), compared.counts) == (2, {("post", "not_held"): 5})
    assert replace(compared).plain()["counts"] == [{"door": "post", "side": "not_held", "count": 5}]
