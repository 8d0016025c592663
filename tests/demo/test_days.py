"""`intake run --demo --days 12 --once`: whole lives of four companies' cases."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from intake_daemon.command.configuration import shipped
from intake_daemon.command.days import lives
from tests.services.nursery import Ended, nursery

DAYS = ("run", "--demo", "--days")
BOUND = 280
"""Seconds that twelve days may take on a very slow machine."""
LINE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d (Nov|Dec) \d\d:\d\d (London|Lisbon|Baku) +(ASK4|Kontakt|Welzo|log\.oscon) "
)


def ran(folder: Path, *words: str) -> Ended:
    """A command, as typed there."""
    return nursery().run(words, folder=folder, config=shipped("config"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a whole play, and what it printed."""
    folder = tmp_path_factory.mktemp("days")
    done = ran(folder, *DAYS, "12", "--once")
    assert (done.status, done.errors) == (0, ""), done.out[-600:] + done.errors[-3000:]
    return folder, done.out


def test_what_happens_in_twelve_days(played: tuple[Path, str]) -> None:
    """A warning, a late promise with its holding notice, an extension refused at ASK4 and given at Welzo, an
    escalation: each on one line with day, local time, company, and who was told what."""
    _, said = played
    lines = [line for line in said.splitlines() if LINE.match(line)]
    assert len(lines) > 30

    def told(company: str, *parts: str) -> bool:
        return any(f" {company} " in line and all(part in line for part in parts) for line in lines)

    assert told("ASK4", "Tue 24 Nov 23:59", "running out", "news for the customer", "Zofia Bielak: warning")
    assert told("ASK4", "Thu 26 Nov 00:00", "LATE", "customer: holding notice (pl)", "Hannah Thorley: breach")
    assert told("ASK4", "REFUSED: The policy allows no extension.", "Zofia Bielak: refusal")
    assert told("Welzo", "customer: new date (lv, promises Fri 11 Dec)")
    assert told("Welzo", "customer: acknowledgement of the next stage (lv", "Margaret Ashdown: assignment")
    assert told("Kontakt", "Baku", "customer: how it stands (ru)")
    assert not [line for line in lines if "REFUSED" in line and "ASK4" not in line]


def test_every_case_is_closed(played: tuple[Path, str]) -> None:
    """At the end each of the four is told of, closed with its outcome, and can be read as a timeline."""
    folder, said = played
    stands = said.partition("How they stand now:")[2]
    assert re.findall(r"^  [A-Z]{3}-\S+  (\w+) +closed: upheld$", stands, re.MULTILINE) == [
        "ask4",
        "kontakt",
        "welzo",
        "logoscon",
    ]
    command = re.search(r"intake (case ASK-\S+ -c \S+ --as zofia)", stands)
    assert command
    shown = ran(folder, *command[1].split())
    assert shown.status == 0, shown.errors
    assert "LATE (was due Wed 2026-11-25 23:59)" in shown.out
    assert "3 working days from the acknowledgement; A-14" in shown.out
    assert shown.out.count("| Wymieniamy go w piątek") == 2  # as staff wrote it, and in the letter: never again
    assert "Ctrl-C" not in said
    assert not (folder / "var" / "demo").exists()


def test_letters_say_what_is_so(played: tuple[Path, str]) -> None:
    """The holding notice names what is late; staff read that the customer is told of it; the acknowledgement of the
    next stage says when that was asked for, not when the complaint came."""
    letters = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in (played[0] / "var" / "demo-days" / "outbox" / "new").iterdir()
    ]

    def text(to: str, subject: str) -> str:
        (found,) = [letter for letter in letters if to in letter["To"] and subject in letter["Subject"]]
        return str(found.get_content())

    assert "The customer is being told that we are late" in text("hannah.thorley@", "Late: progress report")
    assert "powinni byli Państwo dowiedzieć się od nas" in text("kacper.wilk@", "spóźniamy się")
    assert "2026. gada 27. novembris, 18:20" in text("sanita.liepina@", "nodota nākamajam posmam")


def test_fewer_days_and_ctrl_c(tmp_path: Path) -> None:
    """After one day every case waits for a stated reason; the house stands until Ctrl-C, which ends it well."""
    typed = (sys.executable, "-m", "intake_daemon", *DAYS, "1")
    playing = subprocess.Popen(typed, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with playing:
        assert playing.stdout is not None
        stands = []
        for line in playing.stdout:
            if re.match(r"  [A-Z]{3}-\S+  \w+ ", line):
                stands.append(line)
            if "Ctrl-C ends it" in line:
                break
        playing.send_signal(signal.SIGINT)
        assert playing.wait(BOUND) == 0
    assert len(stands) == 4
    assert all(" waits for " in line for line in stands), stands


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    """`--days` without the demo, with a configuration or with no day is refused with what to write; nothing is made."""
    for arguments, remedy in (
        (("run", "--days", "3"), "intake run --demo --days 12"),
        (("run", "--demo", "--days", "0"), "--days 12"),
        (("run", "--demo", "--days", "3", "-c", "config"), "Leave -c out"),
    ):
        refused = ran(tmp_path, *arguments)
        assert refused.status == 1
        assert remedy in refused.errors
    assert not (tmp_path / "var").exists()


def test_the_lives_are_of_all_companies() -> None:
    """A life for each company, in its order, of invented people; a step by two doors is no step."""
    read = lives.read()
    assert {life.brand for life in read} == {"ask4", "kontakt", "logoscon", "welzo"}
    assert all(life.customer.address.endswith(".example") for life in read)
    with pytest.raises(ValueError, match="one door"):
        lives.Step(at="2026-11-20 09:00", who="zofia", does="x", mail="close", command="close")
