"""connectors/imap against a real Dovecot: what is read, what is passed over, what becomes of it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from pydantic import ValidationError

from connectors.imap import Imap
from connectors.imap.mailbox import Facts, Mailbox
from intake_daemon.contract import Held, Parse, Raw
from intake_daemon.errors import Temporary
from tests.doors import Cursors, Recorder, brand, world
from tests.mail.tls import Certificate
from tests.services.dovecot import PASSWORD, Dovecot

WORLD = world(brand("welzo"))


def a_mail(number: int, *, message_id: bool = True, size: int = 0) -> bytes:
    """A small complaint; `number` makes it another one."""
    name = f"Message-ID: <{number}@shop.example>\r\n" if message_id else ""
    return (
        f"Return-Path: <ann{number}@shop.example>\r\n"
        f"Delivered-To: complaints@welzo.example\r\n"
        f"From: Ann <ann{number}@shop.example>\r\nTo: complaints@welzo.example\r\nSubject: Complaint {number}\r\n"
        f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n{name}\r\nIt is broken, number {number}.\r\n{'x' * size}\r\n"
    ).encode()


def imap(dovecot: Dovecot, user: str, **said: Any) -> Imap:  # noqa: ANN401 -- settings
    """The connector for a user's INBOX."""
    plain = {
        "kind": "imap",
        "host": dovecot.host,
        "port": dovecot.port,
        "tls": "none",
        "user": user,
        "password": PASSWORD,
        "brand": "welzo",
        "from": "all",
    }
    return Imap("mailbox", Imap.Settings.model_validate(plain | said), WORLD)


@asynccontextmanager
async def reading(connector: Imap, door: Recorder) -> AsyncIterator[asyncio.Task[None]]:
    """The connector at work; at the end it is cancelled and must be gone within a second."""
    task = asyncio.create_task(connector.run(door))
    try:
        yield task
    finally:
        began = time.monotonic()
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert time.monotonic() - began < 1
        assert task.done()


async def until(true: Callable[[], object], what: str, task: asyncio.Task[None] | None = None) -> None:
    """Wait for a condition, a minute at most; a connector that ended meanwhile tells why."""
    end = time.monotonic() + 60
    while not true():
        if task and task.done():
            await task
        assert time.monotonic() < end, what
        await asyncio.sleep(0.02)


def subjects(door: Recorder) -> list[str]:
    """The subjects of all that was accepted, in order, repeats included."""
    return [
        next(line for line in raw.content.decode().split("\r\n") if line.startswith("Subject"))[9:] for raw in door.raws
    ]


async def test_a_mail_is_read(dovecot: Dovecot) -> None:
    """A mail is held with its bytes, its arrival as the contact's time, its envelope; then it is flagged as seen."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), at="17-Jul-2026 02:44:25 +0200")
    door = Recorder()
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: door.raws, "it is held", task)
        await until(lambda: r"\Seen" in dovecot.flags(user)[1], "it is flagged", task)
    (raw,) = door.raws
    assert raw.content == a_mail(1)
    assert raw.brand == "welzo"
    assert raw.contact_at == datetime(2026, 7, 17, 0, 44, 25, tzinfo=UTC)
    assert dict(raw.envelope) == {"mail_from": "ann1@shop.example", "rcpt_to": "complaints@welzo.example"}


async def test_five_hundred_and_a_restart_in_the_middle(dovecot: Dovecot) -> None:
    """500 mails, stopped hard in the middle and started again: every one held, oldest first, few of them twice."""
    user = dovecot.add_user()
    dovecot.drop(user, *(a_mail(number) for number in range(500)))
    door = Recorder()
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: len(door.raws) > 200, "half of it", task)
    assert len(door.held) < 500
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: len(door.held) == 500, "all of it", task)
    assert door.repeats <= 50
    assert not door.parked


async def test_the_cursor_never_passes_what_is_not_held(dovecot: Dovecot) -> None:
    """While nothing can be held the cursor stays and nothing is flagged; then reading goes on where it was."""
    user = dovecot.add_user()
    dovecot.append(user, *(a_mail(number) for number in range(5)))
    door = Recorder()
    door.away = True
    connector = imap(dovecot, user)
    async with reading(connector, door) as task:
        await until(lambda: door.cursors.places, "the place is known", task)
        await asyncio.sleep(0.5)
        assert next(iter(door.cursors.places.values()))["uid"] == 0
        assert not any(r"\Seen" in flags for flags in dovecot.flags(user).values())
        door.away = False
        await until(lambda: len(door.held) == 5, "all are held", task)
    assert subjects(door) == [f"Complaint {number}" for number in range(5)]


async def test_what_was_held_before_the_trouble_is_done_with(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the third mail cannot be held, the first two are flagged and behind the cursor, and never come again."""
    user = dovecot.add_user()
    dovecot.append(user, *(a_mail(number) for number in range(1, 6)))
    door = Recorder()
    accept = door.accept
    ill = True

    async def some(raw: Raw, parse: Parse) -> list[Held]:
        if ill and len(door.raws) == 2:
            raise Temporary("broker_away")
        return await accept(raw, parse)

    monkeypatch.setattr(door, "accept", some)
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: [kept["uid"] for kept in door.cursors.places.values()] == [2], "two are done", task)
        assert [r"\Seen" in flags for _, flags in sorted(dovecot.flags(user).items())] == [True, True, *[False] * 3]
        ill = False
        await until(lambda: len(door.held) == 5, "all are held", task)
    assert not door.repeats


async def test_mail_that_comes_while_we_read(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """We wait to be told only after a look that found nothing: what came meanwhile was told already, between."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    door = Recorder()
    door.gate = asyncio.Event()
    held_when_waiting: list[int] = []
    monkeypatch.setattr(Mailbox, "wait", lambda _self, _seconds: held_when_waiting.append(len(door.held)))
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: door.waiting, "the first is being held", task)
        dovecot.append(user, a_mail(2))
        door.gate.set()
        await until(lambda: held_when_waiting, "it waits", task)
    assert held_when_waiting[0] == 2


async def test_new_mail_is_noticed_by_idle(dovecot: Dovecot) -> None:
    """A mail that comes while we wait is noticed because the server tells, long before the next look."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    door = Recorder()
    async with reading(imap(dovecot, user, poll_seconds=3600), door) as task:
        await until(lambda: len(door.held) == 1, "the first", task)
        for number in range(2, 5):
            dovecot.append(user, a_mail(number))
            await until(lambda: len(door.held) == number, "the next", task)  # noqa: B023 -- waited for at once


def test_news_at_the_very_beginning_of_idle(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that comes between the last look and IDLE is told in one packet with the consent, and is not overslept."""
    user = dovecot.add_user()
    box = Mailbox(imap(dovecot, user)._account)
    box.open()
    try:
        assert box.select().next_uid == 1
        dovecot.append(user, a_mail(1))

        def sleeps(_self: IMAPClient, timeout: float | None = None) -> list[object]:
            raise AssertionError(timeout)

        monkeypatch.setattr(IMAPClient, "idle_check", sleeps)
        box.wait(3600)
        assert box.select().next_uid == 2
    finally:
        box.close()


async def test_new_mail_is_noticed_without_idle(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without IDLE is looked at every `poll_seconds`."""

    def never(_self: Mailbox, _seconds: float) -> None:
        raise AssertionError

    monkeypatch.setattr(Mailbox, "wait", never)
    monkeypatch.setattr(Mailbox, "idles", property(lambda _self: False, lambda _self, _value: None), raising=False)
    user = dovecot.add_user()
    door = Recorder()
    async with reading(imap(dovecot, user, poll_seconds=0.1), door) as task:
        await until(lambda: door.cursors.places, "it waits", task)
        dovecot.append(user, a_mail(1))
        await until(lambda: len(door.held) == 1, "it is held", task)


async def test_uidvalidity_changed(dovecot: Dovecot) -> None:
    """When UIDVALIDITY changes, all is read again and nothing is a second contact; new mail is read too."""
    user = dovecot.add_user()
    dovecot.append(user, *(a_mail(number) for number in range(20)))
    door = Recorder()
    async with reading(imap(dovecot, user, poll_seconds=0.2), door) as task:
        await until(lambda: len(door.held) == 20, "all are held", task)
        dovecot.change_uid_validity(user)
        await until(lambda: door.repeats >= 20, "all are read again", task)
        dovecot.append(user, a_mail(99))
        await until(lambda: len(door.held) == 21, "the new one too", task)
    assert not door.parked


async def test_emptied_under_us(dovecot: Dovecot) -> None:
    """Somebody empties the mailbox while we read: what was there is held or gone, what comes is read."""
    user = dovecot.add_user()
    dovecot.drop(user, *(a_mail(number) for number in range(300)))
    door = Recorder()
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: len(door.raws) > 60, "it has begun", task)
        await asyncio.to_thread(dovecot.empty, user)
        dovecot.append(user, a_mail(999))
        await until(lambda: "Complaint 999" in subjects(door), "the new one is held", task)
    assert not door.parked


async def test_without_a_message_id(dovecot: Dovecot) -> None:
    """A mail without Message-ID is a contact like any other; two such mails are two."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1, message_id=False), a_mail(2, message_id=False))
    door = Recorder()
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: len(door.raws) == 2, "both are read", task)
    assert len(door.held) == 2


async def test_two_mails_with_one_message_id_and_one_in_two_mailboxes(dovecot: Dovecot) -> None:
    """Two different mails that share a Message-ID are two contacts; one mail in two mailboxes is one."""
    one, other = dovecot.add_user(), dovecot.add_user()
    dovecot.append(one, a_mail(1), a_mail(1).replace(b"broken", b"still broken"))
    dovecot.append(other, a_mail(1))
    door = Recorder()
    async with reading(imap(dovecot, one), door) as task:
        await until(lambda: len(door.raws) == 2, "both are read", task)
    async with reading(imap(dovecot, other), door) as task:
        await until(lambda: len(door.raws) == 3, "the copy is read", task)
    assert len(door.held) == 2


async def test_from_now(dovecot: Dovecot) -> None:
    """`from: now` leaves what was there before the first start, for ever; what comes while we are away is read."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), a_mail(2), at="17-Jul-2026 02:44:25 +0000")
    door = Recorder()
    connector = imap(dovecot, user, **{"from": "now"})
    async with reading(connector, door) as task:
        await until(lambda: door.cursors.places, "it waits", task)
    dovecot.append(user, a_mail(3))
    dovecot.change_uid_validity(user)
    async with reading(connector, door) as task:
        await until(lambda: door.raws, "what came meanwhile", task)
        dovecot.append(user, a_mail(4))
        await until(lambda: len(door.raws) == 2, "and what comes now", task)
    assert subjects(door) == ["Complaint 3", "Complaint 4"]


async def test_from_a_day(dovecot: Dovecot) -> None:
    """`from: <day>` leaves what the server took before that day (UTC), to the second."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), at="30-Jan-2026 23:59:59 +0000")
    dovecot.append(user, a_mail(2), at="31-Jan-2026 00:00:00 +0000")
    dovecot.append(user, a_mail(3), at="31-Jan-2026 00:30:00 +0100")
    dovecot.append(user, a_mail(4))
    door = Recorder()
    async with reading(imap(dovecot, user, **{"from": "2026-01-31"}), door) as task:
        await until(lambda: len(door.raws) == 2, "those that count", task)
        dovecot.append(user, a_mail(5), at="01-Jan-2026 00:00:00 +0000")
        await until(lambda: len(door.raws) == 3, "what comes later counts, whatever its date", task)
    assert subjects(door) == ["Complaint 2", "Complaint 4", "Complaint 5"]


async def test_from_a_day_when_nothing_counts(dovecot: Dovecot) -> None:
    """A mailbox of which nothing counts is looked through once; then we wait like everybody."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), a_mail(2), at="01-Jan-2026 12:00:00 +0000")
    door = Recorder()
    async with reading(imap(dovecot, user, poll_seconds=3600, **{"from": "2026-01-31"}), door) as task:
        await until(lambda: [kept["uid"] for kept in door.cursors.places.values()] == [2], "it is behind both", task)
        dovecot.append(user, a_mail(3))
        await until(lambda: door.raws, "the new one is noticed", task)
    assert subjects(door) == ["Complaint 3"]


async def test_another_from_begins_anew(dovecot: Dovecot) -> None:
    """When the operator changes `from`, reading begins where it says now."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    door = Recorder()
    async with reading(imap(dovecot, user, **{"from": "now"}), door) as task:
        await until(lambda: door.cursors.places, "it waits", task)
    assert not door.raws
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: door.raws, "the old one counts now", task)


async def test_moved(dovecot: Dovecot) -> None:
    """`after: move` takes held mails out of the folder into another, which is made when it is not there."""
    user = dovecot.add_user()
    dovecot.append(user, *(a_mail(number) for number in range(3)))
    door = Recorder()
    async with reading(imap(dovecot, user, after="move", move_to="Held.2026"), door) as task:
        await until(lambda: not dovecot.uids(user), "the folder is empty", task)
    assert len(dovecot.uids(user, "Held.2026")) == len(door.held) == 3


async def test_left(dovecot: Dovecot) -> None:
    """`after: leave` changes nothing at all."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    before = dovecot.flags(user)
    door = Recorder()
    async with reading(imap(dovecot, user, after="leave"), door) as task:
        await until(lambda: door.raws, "it is held", task)
    assert {flag for flag in dovecot.flags(user)[1] if flag != r"\Recent"} == before[1] - {r"\Recent"}


async def test_a_keyword_as_flag(dovecot: Dovecot) -> None:
    """Any flag may be set, so that people's own reading does not matter."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    door = Recorder()
    async with reading(imap(dovecot, user, flag="$Held"), door) as task:
        await until(lambda: "$Held" in dovecot.flags(user)[1], "it is flagged", task)
    assert r"\Seen" not in dovecot.flags(user)[1]


async def test_too_large_is_parked(dovecot: Dovecot) -> None:
    """A mail above the limit is parked with its beginning, stays unseen in the mailbox, and blocks nothing."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), a_mail(2, size=200_000), a_mail(3))
    door = Recorder()
    async with reading(imap(dovecot, user, max_size=100_000), door) as task:
        await until(lambda: len(door.raws) == 2, "the others are held", task)
    assert subjects(door) == ["Complaint 1", "Complaint 3"]
    ((raw, reason),) = door.parked
    assert reason == "imap_too_large"
    assert raw.content == a_mail(2, size=200_000)[:65_536]
    assert raw.envelope["uid"] == "2"
    assert r"\Seen" not in dovecot.flags(user)[2]


async def test_what_fails_in_our_hands_is_parked(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail at which `accept` itself fails is parked whole, and those behind it are read."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), a_mail(2), a_mail(3))
    door = Recorder()
    accept = door.accept

    async def breaks(raw: Raw, parse: Parse) -> list[Held]:
        if b"Complaint 2" in raw.content:
            raise ZeroDivisionError
        return await accept(raw, parse)

    monkeypatch.setattr(door, "accept", breaks)
    async with reading(imap(dovecot, user), door) as task:
        await until(lambda: len(door.raws) == 2, "the others are held", task)
    assert [(raw.content, reason) for raw, reason in door.parked] == [(a_mail(2), "imap_failed")]


@pytest.mark.parametrize("trouble", ["no", "breaks"])
async def test_what_the_server_cannot_give_is_parked(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """A mail that the server refuses to give, or at which the connection breaks each time, is parked; others go on."""
    fetch = Mailbox.fetch

    def ill(self: Mailbox, uids: Any) -> dict[int, bytes]:  # noqa: ANN401 -- as Mailbox.fetch
        if 2 in uids and trouble == "no":
            raise IMAPClientError
        if 2 in uids:
            self.interrupt()
            raise IMAPClientAbortError
        return fetch(self, uids)

    monkeypatch.setattr(Mailbox, "fetch", ill)
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1), a_mail(2), a_mail(3))
    door = Recorder()
    connector = imap(dovecot, user)

    async def supervised() -> None:
        while True:
            with contextlib.suppress(Temporary):
                await connector.run(door)

    task = asyncio.create_task(supervised())
    await until(lambda: len(door.held) == 2, "the others are held", task)
    task.cancel()
    await asyncio.wait([task])
    assert [reason for _, reason in door.parked] == ["imap_no_body" if trouble == "no" else "imap_breaks"]


async def test_the_server_goes_and_comes(dovecot: Dovecot) -> None:
    """The server is killed and started: `run` says Temporary while it is away; afterwards nothing is missing."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    door = Recorder()
    connector = imap(dovecot, user)
    async with reading(connector, door) as task:
        await until(lambda: door.held, "the first", task)
        dovecot.kill()
        try:
            await until(task.done, "it gives up")
            with pytest.raises(Temporary, match=r"imap_not_connected|imap_connection_lost"):
                await task
        finally:
            dovecot.start()
    dovecot.append(user, a_mail(2))
    async with reading(connector, door) as task:
        await until(lambda: len(door.held) == 2, "the second", task)


async def test_a_lost_connection_is_made_again(dovecot: Dovecot) -> None:
    """A connection that worked and is lost is made again, without a word."""
    user = dovecot.add_user()
    door = Recorder()
    async with reading(imap(dovecot, user, poll_seconds=3600), door) as task:
        await until(lambda: door.cursors.places, "it waits", task)
        dovecot._doveadm("kick", user)
        dovecot.append(user, a_mail(1))
        await until(lambda: door.held, "it is back", task)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"password": "wrong"}, "imap_login"),
        ({"mailbox": "No such"}, "imap_refused"),
        ({"password": None, "oauth2_command": ["/bin/false"]}, "imap_token"),
        ({"password": None, "oauth2_file": "/no/such/file"}, "imap_token"),
        ({"password": None, "oauth2_command": ["/bin/echo", "token"]}, "imap_login"),
        ({"port": 1}, "imap_not_connected"),
        ({"tls": "starttls"}, "imap_refused"),
    ],
)
async def test_what_cannot_be_opened(dovecot: Dovecot, said: dict[str, Any], code: str) -> None:
    """A mailbox that cannot be opened says which of the settings is at fault, and nothing of its values."""
    with pytest.raises(Temporary, match=f"^{code}$"):
        await asyncio.wait_for(imap(dovecot, dovecot.add_user(), **said).run(Recorder()), 60)


async def test_one_process_reads(dovecot: Dovecot) -> None:
    """Two that read one mailbox share it by the lease: only one reads; when it stops the other goes on."""
    user = dovecot.add_user()
    cursors = Cursors()
    first, second = Recorder(cursors=cursors), Recorder(cursors=cursors)
    second.lease = first.lease
    async with reading(imap(dovecot, user), first) as one:
        await until(lambda: cursors.places, "the first reads", one)
        async with reading(imap(dovecot, user), second) as other:
            dovecot.append(user, a_mail(1))
            await until(lambda: [kept["uid"] for kept in cursors.places.values()] == [1], "the first has it", one)
            assert first.held
            assert not second.raws
            one.cancel()
            await asyncio.wait([one])
            dovecot.append(user, a_mail(2))
            await until(lambda: second.held, "the second goes on", other)
    assert subjects(second) == ["Complaint 2"]


@pytest.mark.parametrize(
    "said",
    [
        {"from": None},
        {"from": "yesterday"},
        {"from": "all", "password": None},
        {"from": "all", "oauth2_file": "token"},
        {"from": "all", "after": "move"},
        {"from": "all", "move_to": "Held"},
    ],
)
def test_settings_that_cannot_be(said: dict[str, Any]) -> None:
    """Without `from`, without a login or with two, with half a move: refused at the start."""
    plain: dict[str, Any] = {"kind": "imap", "host": "x", "user": "ann", "password": "secret", "brand": "welzo"}
    with pytest.raises(ValidationError):
        Imap.Settings.model_validate({key: value for key, value in (plain | said).items() if value is not None})


async def test_cancelled_while_connecting() -> None:
    """Cancelled while a server takes the connection and says nothing: gone within a second."""
    taken, over = asyncio.Event(), asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        taken.set()
        await over.wait()

    async with listening(silent) as port:
        settings = {"kind": "imap", "host": "127.0.0.1", "port": port, "tls": "none", "user": "ann", "password": "x"}
        connector = Imap("mailbox", Imap.Settings.model_validate(settings | {"brand": "welzo", "from": "all"}), WORLD)
        async with reading(connector, Recorder()):
            await taken.wait()
        over.set()


async def test_moved_without_move(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without MOVE gets copy, delete and an expunge of these mails alone: others' deleted mails stay."""
    has = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda self, name: name != "MOVE" and has(self, name))
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    with dovecot.session(user) as client:
        client.append("INBOX", r"(\Deleted)", "", a_mail(2))
    door = Recorder()
    settings = {"after": "move", "move_to": "Held", "max_size": 1_000_000}
    monkeypatch.setattr(Mailbox, "look", _without(Mailbox.look, 2))
    async with reading(imap(dovecot, user, **settings), door) as task:
        await until(lambda: dovecot.uids(user) == [2], "the held one is gone", task)
    assert len(dovecot.uids(user, "Held")) == 1


def _without(look: Callable[[Mailbox, Sequence[int]], dict[int, Facts]], gone: int) -> Callable[..., dict[int, Facts]]:
    """Mailbox.look as if one mail were not there."""
    return lambda self, uids: {uid: facts for uid, facts in look(self, uids).items() if uid != gone}


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until there are no more."""
    with contextlib.suppress(OSError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server's port; at the end all its conversations are over."""
    open_now: set[asyncio.StreamWriter] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            await talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            open_now.discard(writer)

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await until(lambda: not open_now, "all conversations are over")


async def test_tls(dovecot: Dovecot, certificate: Certificate) -> None:
    """TLS from the first byte, with a checked certificate: read, told by IDLE, and left within a second."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection(dovecot.host, dovecot.port)
        await asyncio.gather(pump(reader, inner[1]), pump(inner[0], writer))

    user = dovecot.add_user()
    door = Recorder()
    async with listening(carry, certificate.server()) as port:
        settings = {"port": port, "tls": "tls", "ca_file": str(certificate.certificate), "poll_seconds": 3600}
        async with reading(imap(dovecot, user, **settings), door) as task:
            for number in range(1, 4):
                await asyncio.to_thread(dovecot.append, user, a_mail(number))
                await until(lambda: len(door.held) == number, "it is held", task)  # noqa: B023 -- waited for at once
        with pytest.raises(Temporary, match="imap_not_connected"):
            await imap(dovecot, user, port=port, tls="tls").run(door)


async def test_xoauth2() -> None:
    """Instead of a password the command's token is shown, in the form that XOAUTH2 has."""
    shown: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\r\n")
        while line := await reader.readline():
            tag, command, *_ = line.split()
            if command == b"AUTHENTICATE":
                writer.write(b"+ \r\n")
                shown.append(base64.b64decode(await reader.readline()))
                writer.write(tag + b" NO expired\r\n")
            else:
                writer.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")

    async with listening(talk) as port:
        settings = {"kind": "imap", "host": "127.0.0.1", "port": port, "tls": "none", "user": "ann"}
        settings |= {"oauth2_command": ["/bin/echo", "the-token"], "brand": "welzo", "from": "all"}
        with pytest.raises(Temporary, match="imap_login"):
            await Imap("mailbox", Imap.Settings.model_validate(settings), WORLD).run(Recorder())
    assert shown == [b"user=ann\x01auth=Bearer the-token\x01\x01"]
