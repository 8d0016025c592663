"""Who of a call's voices is the customer, and how we know. Pure.

In this order, the first that tells anything decides:

    metadata     what was told beside the call: the customer's (or the agent's) channel or speaker
    role         the source says so itself: AGENT and CUSTOMER, `<v Agent>`, the role of a vCon's party
    name         a voice has the name of the customer, of the agent, or of a party whose role is known
    number       a voice is a party whose number is ours, or the one that called
    channel      the setting `customer_channel`, where there is more than one channel
    words        one voice greets as those do who work there, and it alone
    originator   of two parties, or channels, the one who called, unless we did (Twilio: channel 1)

Two voices, or two channels: who is not the one is the other. More: whoever is not the customer that was named is an
agent; of those who are left beside an agent one is the customer, several are unknown. What stays unknown is so told,
and its words count as the customer's may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from connectors.calls.call import Call, Party, Role, Said
from connectors.calls.details import Details
from connectors.calls.greetings import greeting_in, phrase_in
from connectors.calls.phones import e164
from connectors.calls.reading.roles import role_of

Speaker = Literal["customer", "agent", "unknown"]
Voice = tuple[str, int | None]
How = Literal["metadata", "role", "name", "number", "channel", "words", "originator", "unknown"]
_BEGINNING = 6
"""So many of a voice's first pieces may hold its greeting."""
_TWO = 2
_PARTY = "party:"
_MANY = 12
"""More voices are no call that anybody answered."""


@dataclass(frozen=True)
class Known:
    """What the settings know. `ours`: our numbers, E.164; `country`: where national ones are at home."""

    customer_channel: int | None = None
    ours: frozenset[str] = frozenset()
    country: str = ""
    greetings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settled:
    """Who each voice is. `why`: a sentence for a person."""

    speakers: Mapping[Voice, Speaker] = field(default_factory=dict)
    how: How = "unknown"
    why: str = "Nothing tells who of them is the customer."

    def of(self, said: Said) -> Speaker:
        """Who says it."""
        return self.speakers.get(voice_of(said), "unknown")


def voice_of(said: Said) -> Voice:
    """A voice: two channels have each their own speaker 0."""
    return said.voice, said.channel


def settle(call: Call, details: Details, known: Known) -> Settled:
    """Who is who."""
    voices = list(dict.fromkeys(map(voice_of, call.said)))
    channels = {channel for _, channel in voices if channel is not None}
    ways: tuple[tuple[How, Callable[[], dict[Voice, Role]]], ...] = (
        ("metadata", lambda: _told(voices, details, _people(call))),
        ("role", lambda: _roles(call, voices)),
        ("name", lambda: _named(voices, details, call)),
        ("number", lambda: _numbers(voices, call.parties, details, known)),
        ("channel", lambda: _channels(voices, known.customer_channel) if len(channels) > 1 else {}),
        ("words", lambda: _greets(call, voices, known) if len(voices) > 1 else {}),
        ("originator", lambda: _began(voices, call, details) or _convention(voices, call, details, len(channels))),
    )
    for how, way in ways:
        if found := way():
            return Settled(_rest(voices, found), how, _WHY[how])
    return Settled(dict.fromkeys(voices, "unknown"))


_WHY: Mapping[str, str] = {
    "metadata": "What was sent beside the call names the customer's channel or voice.",
    "role": "The transcript itself names the roles.",
    "name": "A voice has the name of the customer or of the agent.",
    "number": "A voice belongs to the number that called, or to one of ours.",
    "channel": "The settings name the customer's channel.",
    "words": "One voice greets as those do who work here.",
    "originator": "The customer is who called.",
}


def _rest(voices: list[Voice], found: Mapping[Voice, Role]) -> dict[Voice, Speaker]:
    """With those that nothing was told of."""
    found = {**_beside_them(voices, found), **found}
    speakers: dict[Voice, Speaker] = dict(found)
    left = [voice for voice in voices if voice not in found]
    customers = any(role == "customer" for role in found.values())
    party = any(voice[0].startswith(_PARTY) for voice, role in found.items() if role == "customer")
    for voice in left:
        if customers:  # a voice that only a recogniser numbered may be that same party's
            speakers[voice] = "agent" if any(voice) and (voice[0].startswith(_PARTY) or not party) else "unknown"
        else:
            speakers[voice] = "customer" if len(left) == 1 and any(voice) else "unknown"
    return speakers


def _beside_them(voices: list[Voice], found: Mapping[Voice, Role]) -> dict[Voice, Role]:
    """Of two channels each is one side, however many voices are on it."""
    channels = {channel for _, channel in voices}
    sides_ = {channel: role for (_, channel), role in found.items()}
    if len(channels) != _TWO or None in channels or len({*found.values()}) != len(sides_):
        return {}
    if len(sides_) == 1:
        ((channel, role),) = sides_.items()
        other = next(each for each in channels if each != channel)
        sides_[other] = "customer" if role == "agent" else "agent"
    return {voice: sides_[voice[1]] for voice in voices}


def _people(call: Call) -> Mapping[str, str]:
    """Under which voice a party speaks, by name."""
    return {party.name.casefold(): party.voice for party in call.parties if party.name and party.voice}


def _told(voices: list[Voice], details: Details, people: Mapping[str, str]) -> dict[Voice, Role]:
    found: dict[Voice, Role] = {}
    sides: tuple[tuple[Role, int | None, str], ...] = (
        ("customer", details.customer_channel, details.customer_speaker),
        ("agent", details.agent_channel, details.agent_speaker),
    )
    for role, channel, speaker in sides:
        wanted = {speaker.casefold(), people.get(speaker.casefold(), speaker).casefold()} - {""}
        for voice in voices:
            if (channel is not None and voice[1] == channel) or voice[0].casefold() in wanted:
                found[voice] = role
    return found


def _roles(call: Call, voices: list[Voice]) -> dict[Voice, Role]:
    votes: dict[Voice, Counter[Role]] = {voice: Counter() for voice in voices}
    for said in call.said:
        if role := said.role or role_of(said.voice):
            votes[voice_of(said)][role] += 1
    found = {voice: count.most_common(1)[0][0] for voice, count in votes.items() if count}
    known = {party.voice: party.role for party in call.parties if party.voice and party.role}
    return found | {voice: role for voice in voices if (role := known.get(voice[0]))}


def _named(voices: list[Voice], details: Details, call: Call) -> dict[Voice, Role]:
    names: dict[str, Role] = {}
    names[details.customer_name.casefold()] = "customer"
    names[details.agent_name.casefold()] = "agent"
    names |= {party.name.casefold(): party.role for party in call.parties if party.name and party.role}
    names.pop("", None)
    parties = {party.voice: party.name.casefold() for party in call.parties}
    return {voice: role for voice in voices if (role := names.get(parties.get(voice[0], voice[0].casefold())))}


def _numbers(voices: list[Voice], parties: tuple[Party, ...], details: Details, known: Known) -> dict[Voice, Role]:
    theirs, ours = sides(details, known)
    found: dict[Voice, Role] = {}
    for party in parties:
        number = e164(party.phone, known.country)
        role: Role | None = "customer" if number and number == theirs else None
        if number and (number in known.ours or number == ours):
            role = "agent"
        if role:
            found |= {voice: role for voice in voices if voice[0] == party.voice}
    return found


def sides(details: Details, known: Known) -> tuple[str, str]:
    """The customer's number and ours, of those that were told beside the call."""
    caller, called = e164(details.caller, known.country), e164(details.called, known.country)
    outbound = details.outbound or (caller in known.ours and called not in known.ours)
    theirs, ours = (called, caller) if outbound else (caller, called)
    return e164(details.customer_phone, known.country) or theirs, ours


def _channels(voices: list[Voice], customer: int | None) -> dict[Voice, Role]:
    if customer is None or not any(channel == customer for _, channel in voices):
        return {}
    return {voice: "customer" if voice[1] == customer else "agent" for voice in voices if voice[1] is not None}


def _greets(call: Call, voices: list[Voice], known: Known) -> dict[Voice, Role]:
    """Who greets as those do who work here. Both greeting tell nothing by it; then their other phrases may."""
    if len(voices) > _MANY:
        return {}
    pieces: dict[Voice, list[str]] = {voice: [] for voice in voices}
    for said in call.said:
        pieces[voice_of(said)].append(said.text)
    greeting = [v for v in voices if any(greeting_in(text, known.greetings) for text in pieces[v][:_BEGINNING])]
    if greeting and len(greeting) < len(voices):
        return dict.fromkeys(greeting, "agent")
    told = {voice: sum(bool(phrase_in(text)) for text in pieces[voice]) for voice in voices}
    most = max(told, key=lambda voice: told[voice])
    if told[most] and all(not count for voice, count in told.items() if voice != most):
        return {most: "agent"}
    return {}


def _convention(voices: list[Voice], call: Call, details: Details, channels: int) -> dict[Voice, Role]:
    """The source always puts who called on the same channel."""
    if call.caller_channel is None or channels != _TWO:
        return {}
    callers: Role = "agent" if details.outbound else "customer"
    others: Role = "customer" if details.outbound else "agent"
    return {voice: callers if voice[1] == call.caller_channel else others for voice in voices if voice[1] is not None}


def _began(voices: list[Voice], call: Call, details: Details) -> dict[Voice, Role]:
    if call.originator is None or len(call.parties) != _TWO:
        return {}
    first: Role = "agent" if details.outbound or call.outbound else "customer"
    mark = call.parties[call.originator].voice
    return {voice: first for voice in voices if voice[0] == mark}
