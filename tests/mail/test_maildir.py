"""connectors/mail into a Maildir."""

from __future__ import annotations

import mailbox
from email import message_from_bytes
from pathlib import Path

import pytest

from connectors.mail import Mail
from intake_daemon.errors import Temporary
from tests.doors import world
from tests.mail.test_mail import NOTICE


async def test_maildir(tmp_path: Path) -> None:
    """A mail is one whole file in `new`, named by time and notice; a second delivery is a second file."""
    folder = tmp_path / "out" / "box"
    connector = Mail("mail", Mail.Settings(kind="mail", maildir=folder), world())
    first, second = await connector.reply(NOTICE), await connector.reply(NOTICE.model_copy(update={"subject": "Two"}))
    assert (first.outcome, first.code, second.outcome) == ("sent", "maildir", "sent")
    names = sorted(path.name for path in (folder / "new").iterdir())
    assert len(names) == 2
    assert all(NOTICE.id in name for name in names)
    assert not list((folder / "tmp").iterdir())
    subjects = [message_from_bytes((folder / "new" / name).read_bytes())["Subject"] for name in names]
    assert subjects == [NOTICE.subject, "Two"]
    letter = next(iter(mailbox.Maildir(folder)))
    assert letter["Return-Path"] == "<bounces+abcdef234567@welzo.example>"


async def test_a_disk_that_fails(tmp_path: Path) -> None:
    """When the file cannot be written nothing was sent, and nothing is left lying."""
    (tmp_path / "box").write_text("no folder")
    connector = Mail("mail", Mail.Settings(kind="mail", maildir=tmp_path / "box"), world())
    with pytest.raises(Temporary, match="disk"):
        await connector.reply(NOTICE)
