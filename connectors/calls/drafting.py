"""A call as the common message. Pure.

identity     `calls:<the call's id>:<sha256 of its words>`: the same call is the same contact however often and
             whichever way it comes. Other words of the same call (a later, better transcript) are another part of it
             (`part_of`, the conversation), and join its case. Of a call without an id, who called and when count with
             its words: two people may say the same
text         one line a turn, neighbouring turns of one speaker joined; a call of one voice has no names in it
new_text     the customer's words in it, and those of voices that nobody knows; agents' never
sent_at      when the call began, as the telephone system says: the first contact
fields       all that was said beside the call; `speakers`: how it was settled who the customer is
remarks      `speakers_by_<how>` or `speakers_unknown`; `number_withheld`; `number_without_country`; what readers found
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import Any

from connectors.calls.call import Call, Party, Said
from connectors.calls.details import Details
from connectors.calls.phones import e164, is_whole
from connectors.calls.reading.roles import role_of
from connectors.calls.speakers import Known, Settled, Speaker, settle, sides, voice_of
from intake_daemon.contract import Draft, File
from intake_daemon.message import Address, Part, Person, Thread, Tongue, Transcript, Turn, sound

_NAMES = {"customer": "Customer", "agent": "Agent"}
_TWO = 2


@dataclass(frozen=True)
class Surroundings:
    """What a call's reader must know besides: the settings, where it is local time, and whose names of calls they are:
    two telephone systems may both count from 1."""

    known: Known = Known()
    tz: tzinfo = UTC
    source: str = ""


def draft(call: Call, details: Details, around: Surroundings, files: Sequence[File] = ()) -> Draft:
    """The common message of one call. `files`: what came with it (its recording)."""
    settled = settle(call, details, around.known)
    text, new_text = dialogue(call.said, settled)
    customer, ours = _customer(call, details, around.known)
    if customer.name is None:
        customer = customer.model_copy(update={"name": _named(call.said, settled)})
    name = sound(details.call_id or call.id)[:200]
    words = [sound(each.text) for each in call.said] + ([] if name else _told_apart(call, details))
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
    recording = details.recording or call.recording or next((each.name for each in files), None)
    return Draft(
        identity=f"calls:{name}:{digest}",
        external_id=name or digest[:32],
        channel="phone",
        sender=customer,
        recipients=(Address(kind="phone", value=ours),) if ours else (),
        subject=details.subject or call.subject,
        text=text,
        new_text=new_text,
        sent_at=_utc(details.started_at or call.started_at, around.tz),
        fields={**call.fields, **details.said, "speakers": settled.why},
        language=Tongue(client=details.language or call.language),
        transcript=Transcript(
            turns=tuple(_turn(each, settled) for each in call.said),
            provider=call.provider,
            language=call.language or details.language,
            recording=recording,
        ),
        files=(*call.files, *files),
        thread=Thread(conversation=f"call:{name}" if name else None),
        part_of=Part(group=f"{around.source}:{name}" if around.source else name, last=True) if name else None,
        reply_address=next(iter(customer.addresses), None),
        remarks=_remarks(call, details, settled, customer),
    )


def _told_apart(call: Call, details: Details) -> list[str]:
    """Who and when, as it was written: no setting changes it."""
    began = details.started_at or call.started_at
    numbers = [details.caller, details.called, details.customer_phone, *(each.phone for each in call.parties)]
    return [sound(each) for each in (*numbers, began.isoformat() if began else "") if each]


def _turn(said: Said, settled: Settled) -> Turn:
    return Turn(speaker=settled.of(said), start=said.start, end=said.end, text=said.text, confidence=said.confidence)


def dialogue(said: Sequence[Said], settled: Settled) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The turns as a text that a person reads, and where in it the customer speaks, or may."""
    names = _labels(said, settled)
    alone = len({names[voice_of(each)] for each in said}) < _TWO
    customers = any(settled.of(each) == "customer" for each in said)
    lines: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for (name, speaker), run in groupby(said, key=lambda each: (names[voice_of(each)], settled.of(each))):
        head = "" if alone else f"{name}: "
        line = head + " ".join(each.text for each in run)
        if speaker == "customer" or (speaker == "unknown" and (customers or not alone)):
            spans.append((length + len(head), length + len(line)))
        lines.append(line)
        length += len(line) + 1
    text = "\n".join(lines)
    if not spans or all(settled.of(each) == "unknown" for each in said):
        spans = [(0, len(text))] if text else []  # nobody is known: all of it may be the customer's
    return text, tuple(spans)


def _labels(said: Sequence[Said], settled: Settled) -> dict[tuple[str, int | None], str]:
    """What stands before a voice's lines: its role, else the name that it has, else a number of its own."""
    found: dict[tuple[str, int | None], str] = {}
    numbers = 0
    for each in said:
        voice = voice_of(each)
        if voice in found:
            continue
        speaker: Speaker = settled.of(each)
        if speaker != "unknown":
            found[voice] = _NAMES[speaker]
        elif _is_name(each.voice):
            found[voice] = each.voice
        else:
            numbers += 1
            found[voice] = f"Speaker {numbers}"
    return found


def _is_name(voice: str) -> bool:
    """Whether a voice is called as a person is, not `spk_0`, `A` or `party:1`."""
    return len(voice) > _TWO and not any(c.isdigit() for c in voice) and "_" not in voice and ":" not in voice


def _named(said: Sequence[Said], settled: Settled) -> str | None:
    """The name under which the customer speaks, where it is one."""
    voices = dict.fromkeys(each.voice for each in said if settled.of(each) == "customer")
    names = [voice for voice in voices if _is_name(voice) and role_of(voice) is None]
    return names[0] if len(names) == 1 else None


def _customer(call: Call, details: Details, known: Known) -> tuple[Person, str]:
    """The customer, and our number."""
    theirs, ours = sides(details, known)
    party, other = _parties(call, details, known)
    phone = theirs or (e164(party.phone, known.country) if party else "")
    ours = ours or (e164(other.phone, known.country) if other else "")
    email = details.customer_email or (party.email if party else "")
    addresses = [Address(kind="phone", value=phone)] if phone else []
    if "@" in email and not any(c.isspace() for c in email):
        local, _, domain = email.rpartition("@")
        addresses.append(Address(kind="email", value=f"{local}@{domain.lower()}"))
    name = details.customer_name or (party.name if party else "")
    return Person(name=name or None, addresses=tuple(addresses)), ours


def _parties(call: Call, details: Details, known: Known) -> tuple[Party | None, Party | None]:
    """Of the parties the customer's and ours: by role, by number, then by who began."""
    parties = call.parties

    def is_ours(party: Party) -> bool:
        number = e164(party.phone, known.country)
        return party.role == "agent" or bool(number and number in known.ours)

    agent = next((each for each in parties if is_ours(each)), None)
    customer = next((each for each in parties if each.role == "customer"), None)
    others = [each for each in parties if each is not agent and not is_ours(each)]
    if customer is None and agent is not None and others:
        customer = others[0]
    if customer is None and agent is None and call.originator is not None and parties:
        first = parties[call.originator]
        rest = [each for each in parties if each is not first]
        customer, agent = (
            (rest[0] if rest else None, first)
            if details.outbound or call.outbound
            else (first, rest[0] if rest else None)
        )
    return customer, agent or next((each for each in others if each is not customer), None)


def _utc(at: datetime | None, tz: tzinfo) -> datetime | None:
    if at is None:
        return None
    try:
        return (at if at.tzinfo else at.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _remarks(call: Call, details: Details, settled: Settled, customer: Person) -> tuple[str, ...]:
    found: list[str] = [*call.remarks]
    found.append("speakers_unknown" if settled.how == "unknown" else f"speakers_by_{settled.how}")
    phone = customer.address("phone")
    told = details.caller or details.customer_phone or any(each.phone for each in call.parties)
    if told and phone is None:
        found.append("number_withheld")
    elif phone and not is_whole(phone):
        found.append("number_without_country")
    return tuple(dict.fromkeys(found))


def nobody(content: bytes, files: Sequence[File] = (), **more: Any) -> Draft:  # noqa: ANN401 -- fields of Draft
    """What cannot be read, kept as it is; the doors park such bytes instead."""
    name = hashlib.sha256(content).hexdigest()
    return Draft(
        identity=f"calls:unreadable:{name}",
        external_id=name[:32],
        channel="phone",
        files=tuple(files),
        remarks=("unreadable",),
        **more,
    )
