"""A visitor's line, from what was sent to the common message. Pure, for any bytes.

A session is the visitor's secret: 32 random bytes that we made and that only their browser keeps. The conversation is
its hash: it may stand in messages and tables, and opens nothing.

The original of a line (`Raw.content`) is canonical JSON, UTF-8: `{"id", "text", "command", "mail", "refused": [{name,
why}]}`, keys sorted. The line's id was made by the visitor's browser, so a line that is sent again, by whichever way
and to whichever process, is the same contact: identity `chat:<brand>:<conversation>:<id>`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.browser.files import Refused, Upload
from connectors.browser.typed import email_address, language_tag, tidy
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Address, Person, Thread, Tongue, message_id

KIND = "chat"
"""The kind of address that a conversation is."""
_SESSION = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_TYPED = re.compile(r"/(new|status)(?![\w/-])\s*", re.IGNORECASE)
"""The same commands as in other chats, for who types them."""
_MOST = 2**31 - 1
_CONVERSATION = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class Said:
    """One line as the visitor sent it. `mail`: where they also want to be written to, as typed."""

    conversation: str
    id: str
    text: str = ""
    command: str = ""
    """`new`: a complaint of its own begins here."""
    mail: str = ""
    language: str = ""
    chosen: bool = False
    """The visitor chose the language; else it is the page's."""
    uploads: tuple[Upload, ...] = ()


def new_session() -> str:
    """A secret for a visitor who has none."""
    return secrets.token_urlsafe(32)


def conversation_of(brand: str, session: str) -> str | None:
    """The conversation that this secret opens; None for what cannot be one of ours."""
    if not _SESSION.fullmatch(session):
        return None
    return hashlib.sha256(f"intake-chat:{brand}:{session}".encode()).hexdigest()[:32]


def is_conversation(value: str) -> bool:
    """Whether a notice can go there."""
    return _CONVERSATION.fullmatch(value) is not None


def is_line(value: str) -> bool:
    """Whether a line can be called so."""
    return _ID.fullmatch(value) is not None


def said_in(brand: str, frame: Mapping[str, Any], uploads: tuple[Upload, ...] = ()) -> Said | None:
    """A line from a JSON object or a form; None when it names no session or no id."""
    conversation = conversation_of(brand, _text(frame, "session"))
    line = _text(frame, "id")
    if conversation is None or not is_line(line):
        return None
    return Said(
        conversation=conversation,
        id=line,
        text=tidy(_text(frame, "text")),
        command="new" if _text(frame, "command") == "new" else "",
        mail=tidy(_text(frame, "mail"))[:320],
        language=language_tag(_text(frame, "lang")) or "",
        chosen=frame.get("chosen") in (True, "yes"),
        uploads=uploads,
    )


def canonical(said: Said, refused: Refused) -> bytes:
    """The original as it is kept: the same line is always the same bytes."""
    document = {
        "id": said.id,
        "text": said.text,
        "command": said.command,
        "mail": said.mail,
        "refused": [{"name": name, "why": why} for name, why in refused],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def envelope(said: Said, *, slow: bool) -> dict[str, str]:
    """What belongs to the delivery and is no answer."""
    told = {
        "conversation": said.conversation,
        "language": said.language if said.chosen else "",
        "client_language": said.language,
        "fast_sender": "yes" if slow else "",
    }
    return {name: value for name, value in told.items() if value}


def identity(brand: str, conversation: str, line: str) -> str:
    """The line's own name."""
    return f"chat:{brand}:{conversation}:{line}"


def message_of(brand: str, said: Said) -> str:
    """The id of the message that this line becomes."""
    return message_id(identity(brand, said.conversation, said.id))


def parse(raw: Raw) -> list[Draft]:
    """The common message of one line; bytes that are no line become a Draft with the remark `unreadable_line`."""
    conversation = raw.envelope.get("conversation", "")
    line, refused, remarks = _opened(raw.content)
    text = tidy(_text(line, "text"))
    typed = _TYPED.match(text)
    begins = typed.end() if typed else 0
    name = _text(line, "id")
    mail = email_address(_text(line, "mail"))
    here = Address(kind=KIND, value=conversation)
    addresses = (here, Address(kind="email", value=mail)) if mail else (here,)
    told = {"command": typed[1].lower() if typed else _text(line, "command"), "customer.contact": _text(line, "mail")}
    if raw.envelope.get("fast_sender"):
        remarks.append("fast_sender")
    remarks.extend(f"file_refused_{why}" for why in dict.fromkeys(refused))
    return [
        Draft(
            identity=identity(raw.brand, conversation, name),
            external_id=f"{conversation}:{name}",
            channel="chat",
            sender=Person(addresses=addresses if conversation else ()),
            text=text,
            new_text=((begins, len(text)),) if text else (),
            fields={key: value for key, value in told.items() if value},
            language=Tongue(
                chosen=language_tag(raw.envelope.get("language", "")),
                client=language_tag(raw.envelope.get("client_language", "")),
            ),
            files=raw.files,
            thread=Thread(message_id=f"chat:{conversation}:{name}", conversation=conversation or None),
            reply_address=here if conversation else None,
            remarks=tuple(remarks),
        )
    ]


def _opened(content: bytes) -> tuple[Mapping[str, Any], list[str], list[str]]:
    """The line, reasons why files were refused, remarks."""
    try:
        document = json.loads(content)
        refused = [str(each["why"]) for each in document["refused"]]
        return {**document, "id": str(document["id"]), "text": str(document["text"])}, refused, []
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        line = {"id": hashlib.sha256(content).hexdigest(), "text": content.decode("utf-8", "replace")}
        return line, [], ["unreadable_line"]


def number_in(frame: Mapping[str, Any], name: str) -> int | None:
    """A line's number, as a window said it; None for what can be none."""
    value = frame.get(name)
    return value if type(value) is int and 0 <= value <= _MOST else None


def _text(frame: Mapping[str, Any], name: str) -> str:
    value = frame.get(name)
    return value if isinstance(value, str) else ""
