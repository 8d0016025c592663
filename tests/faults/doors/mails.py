"""A mail server that comes again after 451 or silence, and a mailbox in which mail lies; both are answered by mail."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from tests.faults.doors.door import Answered, Got, World
from tests.faults.said import Said
from tests.services.dovecot import PASSWORD, Dovecot
from tests.walk.doors import by_smtp, send_all


def as_mail(said: Said) -> bytes:
    """What was said, as its customer's program writes it."""
    if not said.answers:
        return said.words.mail()
    return said.words.mail(In_Reply_To=said.answers, References=said.answers)


class Smtp(Answered):
    """Our own MX."""

    name = "smtp"

    def say(self, said: Said) -> None:
        """Until it hears 250."""
        self._said.add(said.number)
        world, mail = self._world, as_mail(said)
        attempt = partial(_attempt, world, mail)
        world.go(lambda: send_all(attempt, [said.words], at_once=1))


def _attempt(world: World, mail: bytes, words: Any) -> bool:  # noqa: ANN401 -- a Complaint
    return by_smtp(world.at().smtp, words, world.told, mail)


class Imap:
    """A mailbox at a Dovecot of ours."""

    name = "imap"
    brand = "kontakt"
    lines = False

    def __init__(self, dovecot: Dovecot) -> None:
        self._dovecot = dovecot
        self._mailbox = dovecot.add_user()
        self._lock = threading.Lock()
        self._said: list[int] = []
        """In the order in which they lie there."""

    def connectors(self) -> Mapping[str, Any]:
        """Looked at every second."""
        where = {"host": self._dovecot.host, "port": self._dovecot.port, "tls": "none"}
        who = {"user": self._mailbox, "password": PASSWORD, "brand": self.brand, "from": "all"}
        return {"box": {"kind": "imap", **where, **who, "poll_seconds": 1}}

    def say(self, said: Said) -> None:
        """It lies there."""
        with self._lock:
            self._dovecot.append(self._mailbox, as_mail(said))
            self._said.append(said.number)

    def heard(self) -> set[int]:
        """What bears the flag."""
        with self._lock:
            if not self._said:
                return set()
            flags = self._dovecot.flags(self._mailbox)
            return {number for number, uid in zip(self._said, sorted(flags), strict=True) if "\\Seen" in flags[uid]}

    def waits(self) -> bool:
        """Whether anything lies there without its flag."""
        return len(self.heard()) < len(self._said)

    def be(self, mood: str, times: int) -> None:
        """As with mail."""

    def got(self) -> Iterable[Got]:
        """As with mail."""
        return ()
