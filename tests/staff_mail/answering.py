"""What staff write in answer to our letters."""

from __future__ import annotations

from typing import Any

from intake_daemon.contract import Outcome
from intake_daemon.message import Message, Notice
from tests.commands.office import Office
from tests.desk.letters import letter, rules


async def to_staff(office: Office, purpose: str, who: str) -> Notice:
    """The letter of this purpose that went to a handler."""
    await office.post()
    address = rules().staff_address(who)
    return next(each for each in reversed(office.left) if each.purpose == purpose and each.to.value == address)


def reply(office: Office, notice: Notice, text: str, *, sender: str = "", **changes: Any) -> Message:  # noqa: ANN401
    """An answer to it, from the address that it went to."""
    office.number += 1
    own = f"{office.number}@staff.example"
    values: dict[str, Any] = {"brand": notice.brand, "message": own, "tokens": (notice.token,), **changes}
    mail = letter(text, sender=sender or notice.to.value, **values)
    return mail.model_copy(update={"received_at": office.now, "contact_at": office.now})


async def answered(office: Office, purpose: str, who: str, text: str, **changes: Any) -> Outcome:  # noqa: ANN401
    """A handler answers a letter of ours."""
    return await office.take(reply(office, await to_staff(office, purpose, who), text, **changes))
