"""Who writes, what they may, in which words: the bot's side of the desk.

Links stand in the shared memory, both ways: `chat/<chat>` -> who, `who/<who>` -> chat. What was asked of somebody, and
waits for their words, stands in `asked/<chat>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from intake_daemon.contract import CaseLine, Cursor, Outcome, StaffDesk, World
from intake_daemon.message import Command

Buttons = tuple[tuple[str, str], ...]


class Desk:
    """Over the door's own."""

    def __init__(self, staff: StaffDesk, memory: Cursor, world: World, name: str) -> None:
        self.staff = staff
        self.memory = memory
        self._world = world
        self._name = name

    async def who(self, chat: int) -> str | None:
        """Whose chat it is; None when it is linked to nobody who works here."""
        linked = str((await self.memory.load(f"chat/{chat}") or {}).get("who", ""))
        return linked if linked and await self.staff.language(linked) else None

    async def chat(self, who: str) -> int | None:
        """Where somebody is told; None when they have linked no chat."""
        chat = (await self.memory.load(f"who/{who}") or {}).get("chat")
        return chat if isinstance(chat, int) and await self.who(chat) == who else None

    async def link(self, chat: int, code: str) -> str | None:
        """Whose chat it is by this code; None for a wrong one."""
        who = await self.staff.redeem(code)
        if who is not None:
            await self.memory.save(f"chat/{chat}", {"who": who})
            await self.memory.save(f"who/{who}", {"chat": chat})
        return who

    async def unlink(self, chat: int) -> None:
        """It is nobody's."""
        await self.memory.save(f"chat/{chat}", {})

    async def act(self, command: str, reference: str, who: str, press: str, data: Mapping[str, str]) -> Outcome:
        """The common command; `press` names what made it, so that the same one again is done once."""
        made = Command(id=f"{self._name}:{press}", reference=reference, command=command, actor=who, data=dict(data))
        return await self.staff.act(made)

    async def words(self, who: str | None, client: str = "") -> Mapping[str, str]:
        """The strings in the language in which somebody is written to; a stranger's in their client's."""
        language = (await self.staff.language(who) if who else None) or client.partition("-")[0].lower()
        return self._world.pages.get(language) or self._world.pages.get("en") or {}

    async def said(self, who: str, outcome: Outcome, reference: str) -> str:
        """What came of a command."""
        words = await self.words(who)
        if outcome.disposition == "done":
            return words["desk_done"].format(reference=outcome.reference or reference)
        language = await self.staff.language(who) or "en"
        refusals = self._world.words.get(language, {}).get("refusals", {})
        parts = self._world.words.get(language, {}).get("parts", {})
        missing = ", ".join(parts.get(each, each) for each in outcome.missing)
        told = refusals.get(outcome.reason) or outcome.reason.replace("_", " ")
        why = " ".join(filter(None, (told, missing, outcome.clause)))
        return words["desk_refused"].format(reference=reference, field=why)

    def line(self, case: CaseLine, language: str) -> str:
        """A case in a line."""
        topic = self._world.words.get(language, {}).get("topics", {}).get(case.topic) or case.topic.replace("_", " ")
        brand = self._world.brands.get(case.brand)
        due = self.date(case.due, case.brand)
        return " · ".join(filter(None, (case.reference, brand.name if brand else case.brand, case.state, topic, due)))

    def date(self, due: datetime | None, brand: str = "") -> str:
        """When, by the brand's clock."""
        if due is None:
            return ""
        facts = self._world.brands.get(brand)
        return due.astimezone(ZoneInfo(facts.tz) if facts else UTC).strftime("%Y-%m-%d %H:%M")
