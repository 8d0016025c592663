"""The desk's own bot: linked by a one-time code, tells of assignments, warnings and breaches, passes commands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.desk_bot import DeskBot, DeskBotSettings
from intake_daemon.contract import CaseLine, Colleague, Door, News, Outcome, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Command
from intake_daemon.settings import yaml12
from tests.doors import Recorder, world
from tests.fakes.telegram import FakeBot
from tests.promises import a_notice, until
from tests.telegram.updates import message, written

CODE = "intake_3f9c01d2a4b7_" + "x" * 43
REFERENCE = "WEL-4T7K-Q9MX-2RH0"
DUE = datetime(2026, 12, 18, 17, 0, tzinfo=UTC)
CONFIG = Path(__file__).parents[2] / "config"


@dataclass
class Staff:
    """A desk with one handler, `ilze`, and one case of hers."""

    codes: set[str] = field(default_factory=lambda: {CODE})
    here: bool = True
    commands: list[Command] = field(default_factory=list)
    feed: list[News] = field(default_factory=list)
    refuses: str = ""

    async def known(self, token: str) -> Colleague | None:
        """The bot asks nobody for a token that stays."""
        del token
        return None

    async def redeem(self, code: str) -> str | None:
        """Once."""
        if code not in self.codes:
            return None
        self.codes.remove(code)
        return "ilze"

    async def language(self, who: str) -> str | None:
        """She reads English."""
        return "en" if self.here and who == "ilze" else None

    async def mine(self, who: str) -> Sequence[CaseLine]:
        """Her one case."""
        return [self._line()] if who == "ilze" else []

    async def case(self, who: str, reference: str) -> CaseLine | None:
        """The same."""
        return self._line() if (who, reference) == ("ilze", REFERENCE) else None

    async def act(self, command: Command) -> Outcome:
        """Keep it."""
        if command.id not in {each.id for each in self.commands}:
            self.commands.append(command)
        return Outcome("refused" if self.refuses else "done", REFERENCE, reason=self.refuses)

    async def place(self) -> int:
        """The feed's end."""
        return self.feed[-1].position if self.feed else 0

    async def news(self, after: int, limit: int = 50) -> Sequence[News]:
        """Behind a place."""
        return [each for each in self.feed if each.position > after][:limit]

    @staticmethod
    def _line() -> CaseLine:
        return CaseLine(REFERENCE, "welzo", "complaint", "delivery", "ilze", DUE)

    def tell(self, kind: str) -> None:
        """Something happens to her case."""
        self.feed.append(News(len(self.feed) + 1, kind, REFERENCE, "ilze", DUE))


@dataclass
class Ours:
    """What a test holds."""

    bot: FakeBot
    staff: Staff
    door: Recorder
    running: asyncio.Task[None]

    async def write(self, text: str, number: int, chat: int = 88) -> str:
        """Somebody writes; what they are told."""
        before = len(self.bot.texts())
        self.bot.push(written(text, number, chat))
        await until(lambda: len(self.bot.texts()) > before, f"an answer to {text}", self.running)
        return self.bot.texts()[-1]

    async def press(self, button: str, identity: str = "1") -> None:
        """A press of a button, delivered twice."""
        sent = {**message(5, 88), "from": {"id": self.bot.id, "is_bot": True, "first_name": "Desk"}}
        pressed = {
            "id": identity,
            "from": message(1, 88)["from"],
            "chat_instance": "1",
            "data": button,
            "message": sent,
        }
        before = len(self.bot.texts())
        self.bot.push({"callback_query": pressed}, {"callback_query": pressed})
        await until(lambda: len(self.bot.texts()) >= before + 2, f"{button} is answered", self.running)

    async def told(self, count: int) -> list[dict[str, Any]]:
        """What was sent, when there is so much of it."""
        await until(lambda: len(self.bot.seen()["sent"]) >= count, f"{count} are told", self.running)
        return cast("list[dict[str, Any]]", self.bot.seen()["sent"])


def words() -> World:
    """The shipped strings."""
    pages = yaml12.load(CONFIG / "notices" / "en" / "pages.yaml")
    said = yaml12.load(CONFIG / "notices" / "en" / "words.yaml")
    plain = world()
    return World(brands=plain.brands, now=plain.now, pages={"en": pages}, words={"en": said})


@pytest.fixture
async def ours(bot: FakeBot) -> AsyncIterator[Ours]:
    """The bot, with nobody linked."""
    staff, door = Staff(), Recorder(name="desk")
    door.staff = staff
    told = {"kind": "desk_bot", "token": bot.token, "api": bot.telegram.url, "look_seconds": 0.02, "poll_seconds": 5}
    connector = DeskBot("desk", DeskBotSettings.model_validate(told), words())
    running = asyncio.create_task(connector.run(cast("Door", door)))
    yield Ours(bot, staff, door, running)
    running.cancel()
    await asyncio.wait([running])


async def test_a_code_links_once(ours: Ours) -> None:
    """A stranger is told nothing; a code makes the chat somebody's, and is used up."""
    assert "one-time code" in await ours.write("/mine", 1)
    assert "wrong" in await ours.write("intake_000000000000_" + "y" * 43, 2)
    assert "linked" in await ours.write(f"/start {CODE}", 3)
    assert REFERENCE in await ours.write("/mine", 4)
    assert "used it already" in await ours.write(CODE, 5, chat=99)
    assert "one-time code" in await ours.write("/mine", 6, chat=99)


async def test_who_works_here_no_more_is_told_nothing(ours: Ours) -> None:
    """A link holds as long as its person is in handlers.yaml, or until they end it."""
    await ours.write(CODE, 1)
    ours.staff.here = False
    assert "one-time code" in await ours.write("/mine", 2)
    ours.staff.here = True
    assert "no longer" in await ours.write("/unlink", 3)
    assert "one-time code" in await ours.write("/mine", 4)


async def test_cases_are_shown_without_words_of_a_customer(ours: Ours) -> None:
    """A line of codes and dates; one that is not theirs does not exist."""
    await ours.write(CODE, 1)
    shown = await ours.write(f"/case {REFERENCE}", 2)
    assert shown.startswith(f"{REFERENCE} · Welzo · complaint · ")
    assert shown.endswith("2026-12-18 17:00")
    assert await ours.write("/case WEL-0000-0000-0000", 3) == "There is no such case for you."
    assert "/mine" in await ours.write("hello?", 4)


async def test_news_come_with_their_buttons(ours: Ours) -> None:
    """An assignment with Claim, a warning and a breach with Progress and Extend; each once, the place is kept."""
    await ours.write(CODE, 1)
    for kind in ("handler.assigned", "clock.warned", "clock.breached"):
        ours.staff.tell(kind)
    sent = (await ours.told(4))[1:]
    assert [each["text"] for each in sent] == [
        f"New case: {REFERENCE}. Due: 2026-12-18 17:00",
        f"{REFERENCE} is due soon: 2026-12-18 17:00",
        f"{REFERENCE} is overdue since 2026-12-18 17:00.",
    ]
    assert [each["asked"]["reply_markup"].count("callback_data") for each in sent] == [1, 2, 2]
    await until(lambda: ours.door.cursors.places["feed"] == {"position": 3}, "the place is kept", ours.running)


async def test_a_press_is_one_command(ours: Ours) -> None:
    """Delivered twice it is done once, by the person, under one id; a refusal is told with its reason."""
    await ours.write(CODE, 1)
    await ours.press(f"claim:{REFERENCE}")
    (made,) = ours.staff.commands
    assert (made.command, made.reference, made.actor, made.id) == ("assign", REFERENCE, "ilze", "desk:press:1")
    assert made.data == {"handler": "ilze"}
    assert ours.bot.texts()[-1] == f"{REFERENCE}: done."
    ours.staff.refuses = "not_allowed"
    await ours.press(f"claim:{REFERENCE}", "2")
    assert ours.bot.texts()[-1].startswith(f"{REFERENCE}: not done. ")


async def test_progress_and_extend_ask_for_their_words(ours: Ours) -> None:
    """The next message is the words; of an extension its date and reason."""
    await ours.write(CODE, 1)
    await ours.press(f"progress:{REFERENCE}")
    assert await ours.write("We have asked the carrier.", 2) == f"{REFERENCE}: done."
    await ours.press(f"extend:{REFERENCE}", "2")
    assert "Until when" in await ours.write("later", 3)
    assert await ours.write("2026-12-30 complex\nThe carrier searches.", 4) == f"{REFERENCE}: done."
    assert [(each.command, each.data) for each in ours.staff.commands] == [
        ("progress", {"text": "We have asked the carrier."}),
        ("extend", {"new_date": "2026-12-30", "reason": "complex", "progress": "The carrier searches."}),
    ]
    assert "/mine" in await ours.write("thanks", 5)


async def test_who_has_blocked_the_bot_is_unlinked_and_the_others_are_told(ours: Ours) -> None:
    """Nobody's silence holds up the feed."""
    await ours.write(CODE, 1)
    ours.bot.block(88)
    ours.staff.tell("handler.assigned")
    await until(lambda: ours.door.cursors.places.get("chat/88") == {}, "the link has ended", ours.running)
    await until(lambda: ours.door.cursors.places["feed"] == {"position": 1}, "the feed goes on", ours.running)


async def test_in_a_group_it_says_nothing(ours: Ours) -> None:
    """What is told here is for one person."""
    said = {**message(1, -5, text=CODE), "chat": {"id": -5, "type": "group", "title": "g"}}
    ours.bot.push({"message": said})
    assert "linked" in await ours.write(CODE, 2)
    assert len(ours.bot.texts()) == 1


async def test_an_odd_update_does_not_come_again(ours: Ours) -> None:
    """It is counted, and the next one is answered."""
    ours.bot.push({"message": {**message(1, 88), "text": "/case"}})
    assert "one-time code" in (await ours.told(1))[0]["text"]
    assert "linked" in await ours.write(CODE, 2)


async def test_it_sends_no_notices(bot: FakeBot) -> None:
    """Letters to staff go by mail; and without a desk behind the door it waits."""
    settings = DeskBotSettings.model_validate({"kind": "desk_bot", "token": bot.token})
    connector = DeskBot("desk", settings, world())
    with pytest.raises(Permanent, match="desk_bot_cannot_send"):
        await connector.reply(a_notice())
    with pytest.raises(Temporary, match="no_desk"):
        await connector.run(cast("Door", Recorder()))


async def test_a_token_that_is_no_good(bot: FakeBot) -> None:
    """The supervisor hears why."""
    told = {"kind": "desk_bot", "token": "1:wrong", "api": bot.telegram.url}
    door = Recorder()
    door.staff = Staff()
    with pytest.raises(Temporary, match="telegram_login"):
        await DeskBot("desk", DeskBotSettings.model_validate(told), world()).run(cast("Door", door))
