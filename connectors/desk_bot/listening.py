"""What our people write and press, one update after another.

The next offset is asked for when the update is done. Done twice it does no harm: commands have ids made from what
caused them, a code is used up, and to be told something twice is no damage.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from connectors.desk_bot.desk import Desk
from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown

_CODE = re.compile(r"intake_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
_PRESS = re.compile(r"^(claim|progress|extend):([A-Z]{2,4}(?:-[0-9A-Z]{4}){3})$")
_EXTEND = re.compile(r"^(\d{4}-\d{2}-\d{2})[ \t]+(\S[^\n]*)(?:\n+(\S.*))?$", re.DOTALL)
"""The day, the reason, and below them how far we are."""
_FAILURES = 3
_OURS = frozenset(("telegram_login", "telegram_conflict"))


class Asks(Protocol):
    """The line, as far as it is needed here."""

    async def updates(self, offset: int | None, wait: int) -> Sequence[dict[str, Any]]:
        """What is not confirmed yet."""

    async def say(self, chat: int, text: str, buttons: Sequence[tuple[str, str]] = ()) -> None:
        """One message."""

    async def pressed(self, press: str) -> None:
        """The press was seen."""


class Listening:
    """One life of it."""

    def __init__(
        self, line: Asks, desk: Desk, seconds: int, refused: Callable[[str], None], answered: Callable[[], None]
    ) -> None:
        self._line = line
        self._desk = desk
        self._seconds = seconds
        self._refused = refused
        self._answered = answered

    async def run(self) -> None:
        """Until cancelled. Raises Temporary."""
        offset: int | None = None
        failures = 0
        while True:
            try:
                updates = await self._line.updates(offset, self._seconds)
                failures = 0
                self._answered()
                for update in updates:
                    await self._take(update)
                    offset = update["update_id"] + 1
                offset = offset if updates else None  # an empty answer has confirmed everything
            except Permanent:
                raise Temporary("telegram_400") from None
            except (Temporary, Unknown) as error:
                failures += 1
                if failures == _FAILURES or error.code in _OURS:
                    raise Temporary(error.code) from None
                await asyncio.sleep((error.after if isinstance(error, Temporary) else None) or failures)

    async def _take(self, update: Mapping[str, Any]) -> None:
        press, message = update.get("callback_query"), update.get("message")
        asked = message or (press or {}).get("message") or {}
        chat = asked.get("chat") or {}
        if chat.get("type") != "private":
            return  # what is told here is not for a group
        try:
            if press:
                await self._pressed(chat["id"], press)
            elif message:
                await self._written(chat["id"], message)
        except Permanent:
            await self._desk.unlink(chat["id"])  # they have blocked the bot: nobody is there
        except (Temporary, Unknown):
            raise
        except Exception:  # noqa: BLE001 -- one odd update must not come again and again
            self._refused("desk_bot_failed")

    async def _pressed(self, chat: int, press: Mapping[str, Any]) -> None:
        with contextlib.suppress(IntakeError):  # too old to be answered; what it means still holds
            await self._line.pressed(press["id"])
        who, asked = await self._desk.who(chat), _PRESS.match(str(press.get("data", "")))
        if who is None or asked is None:
            await self._hint(chat, who, press.get("from") or {})
            return
        command, reference = asked.groups()
        if command == "claim":
            outcome = await self._desk.act("assign", reference, who, f"press:{press['id']}", {"handler": who})
            await self._line.say(chat, await self._desk.said(who, outcome, reference))
            return
        await self._desk.memory.save(f"asked/{chat}", {"command": command, "reference": reference})
        await self._line.say(chat, (await self._desk.words(who))[f"desk_ask_{command}"].format(reference=reference))

    async def _written(self, chat: int, message: Mapping[str, Any]) -> None:
        text = str(message.get("text") or "").strip()
        who = await self._desk.who(chat)
        if code := _CODE.search(text):
            linked = await self._desk.link(chat, code[0])
            words = await self._desk.words(linked or who, str((message.get("from") or {}).get("language_code", "")))
            await self._line.say(chat, words["desk_linked" if linked else "desk_wrong_code"])
            return
        verb, _, rest = text.partition(" ")
        if who is None or verb in {"/start", "/help"}:
            await self._hint(chat, who, message.get("from") or {})
        elif verb == "/mine":
            await self._mine(chat, who)
        elif verb == "/case":
            await self._case(chat, who, rest.strip())
        elif verb == "/unlink":
            words = await self._desk.words(who)
            await self._desk.unlink(chat)
            await self._line.say(chat, words["desk_unlinked"])
        else:
            await self._answer(chat, who, text, f"message:{chat}:{message.get('message_id')}")

    async def _answer(self, chat: int, who: str, text: str, cause: str) -> None:
        """The words that a button asked for."""
        asked = await self._desk.memory.load(f"asked/{chat}") or {}
        command, reference = str(asked.get("command", "")), str(asked.get("reference", ""))
        words = await self._desk.words(who)
        if not command or not text:
            await self._line.say(chat, words["desk_hint"])
            return
        data = {"text": text}
        if command == "extend":
            found = _EXTEND.match(text)
            if found is None:
                await self._line.say(chat, words["desk_ask_extend"].format(reference=reference))
                return
            named = {"new_date": found[1], "reason": found[2].strip(), "progress": found[3]}
            data = {name: value for name, value in named.items() if value}
        outcome = await self._desk.act(command, reference, who, cause, data)
        await self._desk.memory.save(f"asked/{chat}", {})
        await self._line.say(chat, await self._desk.said(who, outcome, reference))

    async def _mine(self, chat: int, who: str) -> None:
        language = await self._desk.staff.language(who) or "en"
        lines = [self._desk.line(case, language) for case in await self._desk.staff.mine(who)]
        await self._line.say(chat, "\n".join(lines[:40]) or (await self._desk.words(who))["desk_none"])

    async def _case(self, chat: int, who: str, reference: str) -> None:
        found = await self._desk.staff.case(who, reference)
        words = await self._desk.words(who)
        if found is None:
            await self._line.say(chat, words["desk_no_case"])
            return
        buttons = [(words[f"desk_{each}"], f"{each}:{found.reference}") for each in ("claim", "progress", "extend")]
        await self._line.say(chat, self._desk.line(found, await self._desk.staff.language(who) or "en"), buttons)

    async def _hint(self, chat: int, who: str | None, stranger: Mapping[str, Any]) -> None:
        words = await self._desk.words(who, str(stranger.get("language_code", "")))
        await self._line.say(chat, words["desk_hint" if who else "desk_not_linked"])
