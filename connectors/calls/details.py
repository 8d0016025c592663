"""What is told beside a transcript: the fields of an upload, or a small JSON file beside it in the folder.

    call_id        the telephone system's name of the call: two deliveries with one are one contact
    started_at     when the call began: ISO 8601, or seconds or milliseconds since 1970
    from, to       the numbers; direction: `inbound` (if nothing is said) or `outbound`
    customer       {name, phone, email, channel, speaker}, or customer_name, customer_phone …
    agent          the same; agent_name may be all of it
    language       of the call (BCP 47)
    recording      where it is kept; brand: whose call it is

Every system has its own words for these, so others are known too (`caller`, `ani`, `dnis`, `start_time` …). All that is
said is kept in the message's `fields`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.calls.values import Json, channel_of, moment, text, tongue

_NAMES: Mapping[str, str] = {
    "call_id": """call_id callid call_sid callsid contact_id conversation_id interaction_id uuid uniqueid guid
        id""",
    "started_at": """started_at start_time started start call_start start_timestamp call_time begin date datetime
        timestamp time""",
    "from": "from caller caller_number calling_number from_number ani cli source caller_id callerid phone",
    "to": "to called called_number to_number dnis did destination dialed_number callee",
    "direction": "direction call_direction type",
    "customer_name": "customer_name caller_name name",
    "customer_phone": "customer_phone customer_number customer_tel",
    "customer_email": "customer_email email customer_mail",
    "customer_channel": "customer_channel caller_channel",
    "customer_speaker": "customer_speaker customer_voice caller_speaker customer_label",
    "agent_name": "agent_name agent operator operator_name handler user_name",
    "agent_channel": "agent_channel operator_channel",
    "agent_speaker": "agent_speaker agent_voice agent_label",
    "language": "language language_code lang locale",
    "recording": "recording recording_url recording_id audio_url audio recording_file",
    "brand": "brand company tenant",
    "subject": "subject topic title",
}
_INNER = {"name": "name", "phone": "phone", "number": "phone", "tel": "phone", "email": "email", "channel": "channel"}
_INNER |= {"speaker": "speaker", "voice": "speaker", "label": "speaker"}
_LONGEST = 2000
_MOST = 100


@dataclass(frozen=True)
class Details:
    """What is known of a call from beside its words. Numbers as they were written; channels from 1."""

    call_id: str = ""
    started_at: datetime | None = None
    caller: str = ""
    called: str = ""
    outbound: bool = False
    customer_name: str = ""
    customer_phone: str = ""
    customer_email: str = ""
    customer_channel: int | None = None
    customer_speaker: str = ""
    agent_name: str = ""
    agent_channel: int | None = None
    agent_speaker: str = ""
    language: str | None = None
    recording: str = ""
    brand: str = ""
    subject: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    """All of it, as it was said."""


def details(content: bytes | str) -> Details:
    """Of a JSON object; nothing of what is none."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Details()
    return details_of(document) if isinstance(document, Mapping) else Details()


def details_of(document: Json) -> Details:
    """Of what was said, in whatever words."""
    flat = _flat(document)

    def get(name: str) -> Any:  # noqa: ANN401 -- as it was said
        return next((flat[each] for each in _NAMES[name].split() if flat.get(each) not in {None, ""}), None)

    return Details(
        call_id=text(get("call_id")),
        started_at=moment(get("started_at")),
        caller=text(get("from")),
        called=text(get("to")),
        outbound=text(get("direction")).casefold().startswith("out"),
        customer_name=text(get("customer_name")),
        customer_phone=text(get("customer_phone")),
        customer_email=text(get("customer_email")),
        customer_channel=_channel(get("customer_channel")),
        customer_speaker=text(get("customer_speaker")),
        agent_name=text(get("agent_name")),
        agent_channel=_channel(get("agent_channel")),
        agent_speaker=text(get("agent_speaker")),
        language=tongue(get("language")),
        recording=text(get("recording")),
        brand=text(get("brand")),
        subject=text(get("subject")),
        said=_kept(document),
    )


def _channel(value: object) -> int | None:
    """`0` and `1` as `1` and `2`? No: who writes metadata for us counts from 1, and `left` is 1."""
    return channel_of(value, 1)


def _flat(document: Json) -> dict[str, Any]:
    """Names in lower case with underscores, and what stands within `customer`, `agent`, `caller`, `call`."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        name = _plain(str(key))
        if isinstance(value, Mapping) and name in {"customer", "agent", "caller", "operator"}:
            who = "customer" if name in {"customer", "caller"} else "agent"
            inner = {_plain(str(each)): said for each, said in value.items() if _is_single(said)}
            found |= {f"{who}_{_INNER[each]}": said for each, said in inner.items() if each in _INNER}
        elif isinstance(value, Mapping) and name in {"call", "metadata"}:
            inner = {_plain(str(each)): said for each, said in value.items() if _is_single(said)}
            found |= {each: said for each, said in inner.items() if each not in found}
        elif _is_single(value):
            found[name] = value
    return found


def _is_single(value: object) -> bool:
    return not isinstance(value, (Mapping, list))


def _plain(name: str) -> str:
    """`callId`, `Call-ID` as `call_id`."""
    spaced = "".join(
        f"_{c}" if c.isupper() and place and name[place - 1].islower() else c for place, c in enumerate(name)
    )
    return spaced.replace("-", "_").replace(" ", "_").lower()


def _kept(document: Json) -> dict[str, Any]:
    """What travels in the message: texts of a bearable length, numbers, lists and objects of them as JSON."""
    found: dict[str, Any] = {}
    for key, value in list(document.items())[:_MOST]:
        if value is None or isinstance(value, (bool, int, float)):
            found[str(key)[:100]] = value
        else:
            written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            found[str(key)[:100]] = written[:_LONGEST]
    return found
