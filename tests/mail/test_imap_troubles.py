"""connectors/imap against a real Dovecot: what goes wrong with mails and mailboxes, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from connectors.imap.mailbox import Mailbox
from intake_daemon.contract import Held, Parse, Raw
from intake_daemon.errors import Temporary
from tests.doors import Recorder
from tests.mail.mailboxes import a_mail, imap, reading, subjects, until
from tests.services.dovecot import Dovecot


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
