"""connectors/imap against a real Dovecot: what is read, from when on, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient

from connectors.imap.mailbox import Facts, Mailbox
from tests.doors import Recorder
from tests.mail.mailboxes import a_mail, imap, reading, subjects, until
from tests.services.dovecot import Dovecot


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
