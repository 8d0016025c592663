"""Files are scanned on their way in, by a real clamd; what it finds is marked, and nothing is lost for it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from connectors.email import parse
from intake_daemon import life
from intake_daemon.contract import Raw
from intake_daemon.errors import BadSettings
from intake_daemon.message import Message
from intake_daemon.scanning import Clamd
from intake_daemon.settings.intake import Scanner
from tests.email.letters import mail
from tests.email.test_unpacking import with_winmail
from tests.email.winmail import file, winmail
from tests.life.conftest import MAIL, Machine
from tests.services.clamd import EVIL
from tests.services.clamd import Clamd as Server

PATIENT = 60.0
"""Seconds: a busy machine may scan slowly."""


async def taken(machine: Machine, content: bytes, scanner: Clamd) -> Message:
    """What the mail becomes."""
    intake = replace(machine.intake, scanner=scanner)
    source = replace(MAIL)
    raw = Raw(content, "welzo", "message/rfc822", envelope={"mail_from": "anna@mail.example"})
    [held] = await life.accept(intake, source, raw, partial(parse))
    return held.message


def with_files(*files: tuple[str, bytes]) -> bytes:
    """A mail with these files."""
    parts = "".join(
        f"--b\nContent-Type: application/octet-stream; name={name}\n\n{content.decode('latin-1')}\n"
        for name, content in files
    )
    body = f"--b\nContent-Type: text/plain\n\nSee here\n{parts}--b--\n"
    return mail(body, Content_Type="multipart/mixed; boundary=b")


async def test_what_is_infected_is_kept_marked_and_in_quarantine(machine: Machine, clamd: Server) -> None:
    """Also inside a winmail.dat and an archive; the original that holds it is in quarantine too."""
    scanner = Clamd(clamd.address, PATIENT)
    message = await taken(machine, with_files(("a.txt", b"harmless"), ("b.txt", b"x " + EVIL + b" y")), scanner)
    assert [each.verdict for each in message.attachments] == ["clean", "infected"]
    assert message.remarks == ("infected",)
    assert message.quarantined == {message.attachments[1].id, message.raw}
    assert EVIL in await machine.vault.get(message.attachments[1].id)

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("invoice.txt", EVIL * 10)
    message = await taken(machine, with_winmail(winmail(file("photos.zip", packed.getvalue())), "Hi"), scanner)
    assert [(each.name, each.verdict) for each in message.attachments] == [("photos.zip", "infected")]


async def test_clean_files_leave_no_quarantine(machine: Machine, clamd: Server) -> None:
    """And a mail without files asks nobody."""
    message = await taken(machine, with_files(("a.txt", b"harmless")), Clamd(clamd.address, PATIENT))
    assert (message.attachments[0].verdict, message.remarks, message.quarantined) == ("clean", (), frozenset())
    nowhere = Clamd("unix:/nowhere/clamd.ctl", PATIENT)
    assert (await taken(machine, mail("Hi"), nowhere)).remarks == ()


async def test_a_file_above_clamds_own_limit_is_unscanned_and_the_others_are_not(
    machine: Machine, clamd: Server
) -> None:
    """StreamMaxLength: clamd hangs up in the middle; that is no outage."""
    scanner = Clamd(clamd.address, PATIENT)
    message = await taken(machine, with_files(("big.bin", b"x" * 3_000_000), ("a.txt", b"y")), scanner)
    assert [each.verdict for each in message.attachments] == ["unscanned", "clean"]
    assert message.remarks == ("unscanned",)


async def test_a_scanner_that_is_away_costs_no_complaint_and_is_not_asked_at_once_again(
    machine: Machine, clamd: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unscanned, said; after a pause it is asked again."""
    scanner = Clamd(clamd.address, PATIENT)
    clamd.kill()
    try:
        for number in range(2):
            message = await taken(machine, with_files((f"{number}.txt", EVIL)), scanner)
            assert [each.verdict for each in message.attachments] == ["unscanned"]
            assert message.remarks == ("unscanned",)
    finally:
        clamd.start()
    again = with_files(("again.txt", EVIL))
    assert (await taken(machine, again, scanner)).attachments[0].verdict == "unscanned"
    monkeypatch.setattr("intake_daemon.scanning.time.monotonic", lambda: 1e12)
    assert (await taken(machine, again, scanner)).attachments[0].verdict == "infected"


async def test_a_scanner_that_says_nothing_is_not_waited_for(machine: Machine) -> None:
    """The message is taken within the time that was set."""
    left = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()
    message = await taken(machine, with_files(("a.txt", b"x")), Clamd(f"{host}:{port}", 0.05))
    assert message.attachments[0].verdict == "unscanned"
    await asyncio.wait_for(left.wait(), PATIENT)
    silent.close()


def test_an_address_of_clamd_is_checked_when_it_is_read(tmp_path: Path) -> None:
    """A socket, or host and port."""
    for address in (f"unix:{tmp_path}/clamd.ctl", "127.0.0.1:3310", "[::1]:3310"):
        assert Scanner(clamd=address).seconds == 5
    with pytest.raises((ValueError, BadSettings), match="no address of clamd"):
        Scanner(clamd="clamd")
