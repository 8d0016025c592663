"""A conversation before one router or several, on a clock of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import (
    Address,
    Attachment,
    Message,
    Notice,
    Part,
    Person,
    ReplyTo,
    Thread,
    message_id,
)
from intake_daemon.store import Store
from router.case import Case, fold
from router.desk import ComplaintsDesk
from router.ledger import lives
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter, rules
from tests.record.doing import history, leave, notices, sent

BROKEN = "Купил у вас телефон, через неделю экран погас, в магазине вернуть деньги отказались."


def known() -> ComplaintsDesk:
    """The shipped desk; a bot answers where it was written to."""
    return ComplaintsDesk(replace(rules(), replying=frozenset({"bot", "voice"})))


@dataclass
class Chat:
    """A customer's conversation with the bot, before one router or several."""

    store: Store
    brand: str = "kontakt"
    channel: str = "social"
    name: str = "551"
    now: datetime = NOON
    number: int = 0
    left: list[Notice] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)

    def line(self, text: str, *, after: float = 0, files: int = 0, album: str = "", **more: Any) -> Message:  # noqa: ANN401 -- fields
        """A line that is written `after` so many seconds."""
        self.now += timedelta(seconds=after)
        self.number += 1
        who = Address(kind="telegram", value=self.name)
        identity = f"telegram:7:{self.name}:{self.number}"
        found = tuple(
            Attachment(id=f"{self.number:02}{each:02}" * 16, name="f.jpg", media_type="image/jpeg", size=9)
            for each in range(files)
        )
        changes = {
            "id": message_id(identity),
            "connector": "bot",
            "kind": "telegram",
            "channel": self.channel,
            "subject": "",
            "received_at": self.now,
            "contact_at": self.now,
            "sender": Person(name="Айгюн", addresses=(who,), verified="signature"),
            "thread": Thread(message_id=identity, conversation=f"telegram:7:{self.name}"),
            "reply_to": ReplyTo(connector="bot", address=who),
            "attachments": found,
            "part_of": Part(group=f"telegram:7:{self.name}:album:{album}") if album else None,
        }
        return letter(text, brand=self.brand, message=identity).model_copy(update={**changes, **more})

    async def put(self, *lines: Message, ledger: StoredLedger | None = None) -> list[Outcome]:
        """They meet their cases, as one batch, in a router that knows nothing but the database."""
        ledger = ledger or StoredLedger(self.store, known(), key=KEY, installation="test")
        return await ledger.decide([Input(line, self.now) for line in lines], self.now)

    async def say(self, text: str, *, after: float = 0, files: int = 0, album: str = "", **more: Any) -> Outcome:  # noqa: ANN401 -- fields
        """One line, decided at once."""
        (outcome,) = await self.put(self.line(text, after=after, files=files, album=album, **more))
        return outcome

    async def later(self, seconds: float = 20) -> list[Notice]:
        """So much later; the customer's letters that left since the last time."""
        self.now += timedelta(seconds=seconds)
        ledger = StoredLedger(self.store, known(), key=KEY, installation="test")
        found: list[Notice] = []
        for _ in range(9):
            await ledger.due(self.now, 100)
            fresh = notices(await leave(ledger))
            found += fresh
            for each in fresh:
                await ledger.decide([Input(sent(each).model_copy(update={"at": self.now}), self.now)], self.now)
            if not fresh:
                break
        self.left += found
        return [each for each in found if each.connector == "bot"]

    async def all(self) -> list[Notice]:
        """Everything that may leave now."""
        before = len(self.left)
        await self.later(0)
        return self.left[before:]

    async def cases(self) -> list[Case]:
        """Every case."""
        found = [fold(events) for events in (await history(self.store)).values()]
        return sorted(found, key=lambda case: case.opened_at)

    async def balance(self) -> dict[str, int]:
        """Contacts in, and what became of them."""
        return await self.store.read(lives.balance)
