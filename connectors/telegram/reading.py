"""What somebody said, as the common message; pure, for any bytes.

Identity (TG-04, TG-08): `telegram:<bot>:<chat>:<message>`, an edit with `:<edit date>` behind it; a business's chats
are counted apart, `<connection>/<chat>`. `update_id` is no identity: it may begin anew.

Telegram's objects are read field by field and not by a strict model: a field that is missing, or new, costs nobody
their complaint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from connectors.telegram.content import Content, content_of, mapping, mappings, number, string, text_of
from connectors.telegram.finding import Other, Reading, Said, command_in, find, updates_of
from connectors.telegram.settings import TelegramSettings
from intake_daemon.contract import ConnectorSettings, Draft, Parse, Raw
from intake_daemon.message import Address, Automatic, Part, Person, Thread, Tongue, message_id

WINDOW = timedelta(hours=24)
"""How long a business may answer a customer's last message through its bot."""
_QUOTED = 2000
"""Characters of what a message answers."""


def parse_with(reading: Reading) -> Parse:
    """`parse` for one bot."""
    return partial(parse, reading=reading)


def parse(raw: Raw, reading: Reading | None = None) -> list[Draft]:
    """The contacts of a body, in its order."""
    return [each for each in read(raw, reading or Reading()) if isinstance(each, Draft)]


def payload(content: bytes, settings: ConnectorSettings | None) -> Iterator[Draft | Other]:
    """For `intake parse`: a recorded body, or one on each line."""
    told = settings if isinstance(settings, TelegramSettings) else None
    bot = int(told.token.partition(":")[0]) if told else 0
    reading = Reading(bot, channel=told.channel if told else "social")
    for body in [content] if updates_of(content) else content.splitlines():
        yield from read(Raw(body, "", "application/json"), reading)


def read(raw: Raw, reading: Reading) -> Iterator[Draft | Other]:
    """All that is in a body: contacts, and what is none."""
    updates = updates_of(raw.content)
    for update in updates:
        found = find(update, reading, addressed=raw.envelope.get("addressed") == "yes")
        yield found if isinstance(found, Other) else _draft(found, raw, reading)


def _draft(said: Said, raw: Raw, reading: Reading) -> Draft:
    message = said.message
    content = content_of(message)
    chat, sender = mapping(message.get("chat")), mapping(message.get("from"))
    first = base_identity(said, reading)
    edit = f":{number(message.get('edit_date')) or 0}" if said.edited else ""
    command, behind = command_in(content.text)
    command = command if command in {"new", "status"} else ""
    begins = len(content.text) - len(behind.lstrip()) if command else 0
    quoted = _quoted(message)
    missing = _missing(raw, content)
    fields = {**content.fields, **_forwarded(message), **_told(command, sender, missing)}
    remarks = [string(each.get("why")) for each in missing] + ([] if content.known else ["unknown_content"])
    album = string(message.get("media_group_id"))
    # in a group others would read our answer; who writes there as a channel or unnamed cannot be answered in private
    home = number((sender if said.grouped else chat).get("id"))
    if said.grouped and message.get("sender_chat"):
        home = None
    return Draft(
        identity=first + edit,
        external_id=f"{said.chat}:{message.get('message_id') or message.get('pressed')}{edit}",
        channel=reading.channel,
        sender=_person(message),
        recipients=(Address(kind="telegram", value=f"@{reading.username}"),) if reading.username else (),
        text=content.text + quoted,
        new_text=((begins, len(content.text)),) if content.text else (),
        sent_at=said.moment,
        fields=fields,
        language=Tongue(client=string(sender.get("language_code")) or None),
        files=raw.files,
        automatic=_automatic(message),
        thread=_thread(said, first, reading),
        part_of=Part(group=f"telegram:{reading.bot}:{said.chat}:album:{album}") if album else None,
        revision_of=message_id(first) if said.edited else None,
        reply_address=None if home is None else Address(kind="telegram", value=str(home)),
        reply_thread=_reply_thread(said),
        reply_until=said.moment + WINDOW if said.business and said.moment else None,
        remarks=tuple(dict.fromkeys(remarks)),
    )


def base_identity(said: Said, reading: Reading) -> str:
    """Of the message itself, edits apart. One without a number is named by all that it holds."""
    message = said.message
    if pressed := string(message.get("pressed")):
        return f"telegram:{reading.bot}:{said.chat}:pressed:{pressed}"
    if number(message.get("message_id")) is None or number(mapping(message.get("chat")).get("id")) is None:
        body = json.dumps(message, sort_keys=True).encode("utf-8", "surrogatepass")
        return f"telegram:{reading.bot}:sha256:{hashlib.sha256(body).hexdigest()}"
    return f"telegram:{reading.bot}:{said.chat}:{message['message_id']}"


def _thread(said: Said, first: str, reading: Reading) -> Thread:
    message = said.message
    topic = number(message.get("message_thread_id")) if message.get("is_topic_message") is True else None
    conversation = f"telegram:{reading.bot}:{said.chat}"
    if said.grouped:  # in a group several people write; each is a conversation
        conversation += f":{_person(message).address('telegram')}"
    answered = number(mapping(message.get("reply_to_message")).get("message_id"))
    return Thread(
        message_id=first,
        in_reply_to=() if answered is None else (f"telegram:{reading.bot}:{said.chat}:{answered}",),
        conversation=conversation + (f":{topic}" if topic else ""),
    )


def _reply_thread(said: Said) -> str | None:
    """What `reply` needs beside the chat. In a group we answer in private, so there is no message to point at."""
    named = {
        "message": None if said.grouped else number(said.message.get("message_id")),
        "business": string(said.message.get("business_connection_id")) if said.business else None,
    }
    return urlencode({name: value for name, value in named.items() if value}) or None


def _person(message: Mapping[str, Any]) -> Person:
    """Who wrote; Telegram vouches for it. A username is no address: it can pass to somebody else. A number that they
    share as their own is theirs: Telegram names whose it is."""
    behind = mapping(message.get("sender_chat"))
    who = behind or mapping(message.get("from")) or mapping(message.get("chat"))
    name = " ".join(filter(None, (string(who.get("first_name")), string(who.get("last_name"))))) or string(
        who.get("title")
    )
    known = number(who.get("id"))
    addresses = () if known is None else (Address(kind="telegram", value=str(known)), *_shared(message, known))
    return Person(name=name or None, addresses=addresses, verified="signature" if addresses else "none")


def _shared(message: Mapping[str, Any], known: int) -> Iterator[Address]:
    """The sender's own telephone, from a contact that they share."""
    contact = mapping(message.get("contact"))
    digits = string(contact.get("phone_number")).lstrip("+")
    if number(contact.get("user_id")) == known and digits.isascii() and digits.isdecimal():
        yield Address(kind="phone", value=f"+{digits}")


def _automatic(message: Mapping[str, Any]) -> Automatic:
    if mapping(message.get("from")).get("is_bot") is True and not message.get("sender_chat"):
        return Automatic(kind="auto_reply", evidence=("telegram_bot",))
    return Automatic()


def _told(command: str, sender: Mapping[str, Any], missing: list[Mapping[str, Any]]) -> dict[str, Any]:
    """`command`: `new` (a complaint of its own begins here) or `status`, for the router. `files_missing`: whose
    `file_id` a person can still ask for."""
    told = {"command": command, "username": string(sender.get("username")), "files_missing": missing}
    return {name: value for name, value in told.items() if value}


def _missing(raw: Raw, content: Content) -> list[Mapping[str, Any]]:
    """The files that are not here; of a payload that nobody fetched for, all of them."""
    told = raw.envelope.get("files_missing")
    if told is None and not raw.files:
        return [{"name": each.name, "file_id": each.file_id, "why": "file_not_fetched"} for each in content.media]
    try:
        return list(mappings(json.loads(told or "[]")))
    except ValueError:
        return []


def _forwarded(message: Mapping[str, Any]) -> dict[str, Any]:
    """Whose words they were before. They count as what the sender tells us: a customer's forward is their evidence."""
    origin = mapping(message.get("forward_origin"))
    if not origin:
        return {}
    who = next((mapping(origin.get(name)) for name in ("sender_user", "sender_chat", "chat") if origin.get(name)), {})
    names = (string(who.get("first_name")), string(who.get("last_name")), string(who.get("title")))
    name = string(origin.get("sender_user_name")) or " ".join(filter(None, names))
    return {"forwarded": {"from": string(origin.get("type")), "name": name, "date": number(origin.get("date"))}}


def _quoted(message: Mapping[str, Any]) -> str:
    """What it answers, as a mail would quote it: there our reference often stands."""
    quote = string(mapping(message.get("quote")).get("text")) or text_of(mapping(message.get("reply_to_message")))
    lines = quote[:_QUOTED].splitlines()
    return "\n\n" + "\n".join(f"> {line}" for line in lines) if lines else ""
