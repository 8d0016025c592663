"""An employee who writes about a customer without forwarding their words: the reporter, not the complainant; pure.

The complaint is the customer's, heard by staff (L-05 L-07 W-02): its terms run from the first contact, it came by
`staff`. Whose it is stands in it where the mail names one address that is neither ours nor a colleague's; else nobody
can be answered yet, and the employee is asked. They get the reference either way. The acknowledgement to a named
address waits until a person has confirmed it (`release`), for it may be anybody's; unless the policy says
otherwise (`named_address: acknowledge`).
"""

from __future__ import annotations

import re
from dataclasses import replace

from intake_daemon.message import Address, Message, Person, ReplyTo
from router.contact import correspondent
from router.owing import notice_id
from router.rules import Rules
from router.turn import REPORTED, Intent, Turn

_MAIL = re.compile(r"[^\s<>@\"'(),:;\\\[\]=]{1,64}@[^\s<>@\"'(),:;\\\[\]=]{1,253}")


def reported(turn: Turn, rules: Rules) -> Turn:
    """The Turn with the customer as its sender; the employee as who passed it on."""
    message = turn.message
    if message.forwarded_by is not None or message.sender.verified == "none":
        return turn
    named = customer(message, rules)
    addresses = (Address(kind="email", value=named),) if named else ()
    way = message.reply_to.connector if message.reply_to else message.connector
    theirs = message.model_copy(
        update={
            "forwarded_by": message.sender,
            "sender": Person(addresses=addresses),
            "reply_to": ReplyTo(connector=way, address=addresses[0] if addresses else None),
        }
    )
    known = tuple(correspondent(rules.key, message.brand, "email", each.value) for each in addresses)
    turn = replace(turn, message=theirs, keys=replace(turn.keys, correspondents=known, reply=None))
    return turn.found(f"staff: a colleague reports{'' if named else ', and names no address'}", reporter=message)


def customer(message: Message, rules: Rules) -> str:
    """The one address in the mail that is neither ours nor a colleague's; nothing where there is none, or several."""
    brand = rules.brands[message.brand]
    ours = {each.casefold() for each in brand.addresses}
    found = {each.rstrip(".!?").lower() for each in _MAIL.findall(message.new_words)}
    foreign = {
        each
        for each in found
        if each not in ours
        and rules.staff.by_address(each) is None
        and each.rpartition("@")[2] not in brand.staff_domains
    }
    return foreign.pop() if len(foreign) == 1 else ""


def receipt(turn: Turn, rules: Rules) -> Turn:
    """The Turn with the letter to the employee: the reference, and what is missing."""
    came = turn.reporter
    if came is None or turn.effects is not None or came.reply_to is None or came.reply_to.address is None:
        return turn
    way = rules.way(came)
    if way is None:
        return turn
    contact = () if turn.message.sender.addresses else ("customer.contact",)
    address = came.sender.address("email") or ""
    who = rules.staff.by_address(address)
    intent = Intent(
        id=notice_id(REPORTED, came.id),
        purpose=REPORTED,
        cause=came.id,
        contact=came.id,
        connector=way,
        recipient=correspondent(rules.key, came.brand, "email", address),
        language=rules.staff_language(who) if who else turn.language,
        data={"missing": list(dict.fromkeys((*turn.missing, *contact)))},
    )
    return replace(turn, owed=(*turn.owed, intent))
