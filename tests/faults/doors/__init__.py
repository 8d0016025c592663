"""The doors through which complaints come in a run: each with its source, and with what its customers receive there.

    door       what all of them promise the rig
    mails      a mail server that comes again after 451, and a mailbox
    forms      a browser whose user presses the button again
    telegram   a bot's chats; two lines in one go
    twilio     SMS and WhatsApp; what no webhook could tell stands in Twilio's list
    meta       WhatsApp, Messenger, Instagram; posts come until they are taken, some of them three times
    chats      windows of the web chat

What a source was told is kept outside the daemon, and so is what reached each customer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.meta import FakeMeta
from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import FakeTwilio
from tests.faults.doors.chats import Chat
from tests.faults.doors.door import Door, World
from tests.faults.doors.forms import Form
from tests.faults.doors.mails import Imap, Smtp
from tests.faults.doors.meta import Meta
from tests.faults.doors.telegram import Telegram
from tests.faults.doors.twilio import Twilio
from tests.services.dovecot import Dovecot


@dataclass(frozen=True)
class Fakes:
    """Who stands at the other end, for a whole run. Without a Dovecot there is no `imap`."""

    telegram: FakeTelegram
    twilio: FakeTwilio
    meta: FakeMeta
    dovecot: Dovecot | None = None

    @classmethod
    @contextmanager
    def standing(cls, home: Path, dovecot: Dovecot | None = None) -> Iterator[Fakes]:
        """As long as they are used."""
        fakes = (FakeTelegram(home / "telegram.log"), FakeTwilio(home / "twilio.log"), FakeMeta(home / "meta.log"))
        with contextlib.ExitStack() as stack:
            for fake in fakes:
                fake.start()
                stack.callback(fake.kill)
            yield cls(*fakes, dovecot)


def opened(names: Sequence[str], world: World, fakes: Fakes) -> list[Door]:
    """The doors of an installation; SMTP is always there, since whoever is answered by mail may write back."""
    found: dict[str, Door] = {"smtp": Smtp(world)}
    for name in names:
        if name == "form":
            found[name] = Form(world)
        elif name == "telegram":
            found[name] = Telegram(world, fakes.telegram)
        elif name == "twilio":
            found[name] = Twilio(world, fakes.twilio)
        elif name == "meta":
            found[name] = Meta(world, fakes.meta)
        elif name == "chat":
            found[name] = Chat(world)
        elif name == "imap" and fakes.dovecot is not None:
            found[name] = Imap(fakes.dovecot)
    return list(found.values())
