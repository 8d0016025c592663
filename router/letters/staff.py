"""The values of the letters to our own people. The customer's words go only to the brand's own mail domains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from router.letters.remarks import told
from router.letters.shared import Letter


def values(letter: Letter, address: str) -> dict[str, Any]:
    """The values of a letter to `address`. Raises KeyError for a purpose that staff do not get."""
    shared = {
        **letter.shared(letter.message.received_at),
        "language": letter.say("languages", letter.case.language),
        "team": letter.rules.team_name(letter.case.team or ""),
    }
    return {**shared, **_MAKES[letter.intent.purpose](letter, address)}


def _contact(letter: Letter, address: str) -> dict[str, Any]:
    message, case = letter.message, letter.case
    inside = address.rpartition("@")[2] in letter.rules.brands[case.brand].staff_domains
    ours = letter.intent.data.get("remarks", ())
    names = [message.sender.name or "", *(f"<{each.value}>" for each in message.sender.addresses)]
    return {
        "reason": letter.say("reasons", case.assigned_for) if letter.intent.purpose == "assignment" else "",
        "words": message.new_words.strip() or None if inside else None,
        "sender": " ".join(name for name in names if name) or None if inside else None,
        "remarks": [letter.say("remarks", code) for code in (*told(_remarks(letter)), *ours)],
    }


def _remarks(letter: Letter) -> tuple[str, ...]:
    """Those of the contact; a file that was let out is locked away no more."""
    message = letter.message
    infected = {file.id for file in message.attachments if file.verdict == "infected"}
    freed = bool(infected) and infected <= set(letter.case.released)
    return tuple(each for each in message.remarks if not (freed and each == "infected"))


def _clock(letter: Letter, _address: str) -> dict[str, Any]:
    """A clock that is to be warned of, or ran out (L-13 W-25 K-16)."""
    data = letter.intent.data
    extend = letter.policy.extend
    clocks = [*letter.policy.clocks, *(clock for law in letter.policy.law.values() for clock in law.clocks)]
    until = next((clock.until for clock in clocks if clock.id == data["clock"]), "")
    place = ("overlays", data["law"]) if data.get("law") else ("clocks", data["clock"])
    return {
        "clock": letter.say("promises", until),
        "due_at": letter.moment(datetime.fromisoformat(data["due"])) if data.get("due") else "",
        "basis": letter.say("bases", data["basis"]),
        "clause": letter.rules.policies.clause(letter.case.brand, *place),
        "can_extend": extend is not None and data["clock"] in extend.clocks,
        "holding": bool(data.get("holding")),
    }


def _task(letter: Letter, _address: str) -> dict[str, Any]:
    data = letter.intent.data
    return {
        "task": letter.say("tasks", data["kind"]),
        "due_at": letter.moment(datetime.fromisoformat(data["due"])) if data.get("due") else "",
        "words_of_staff": str(letter.said.get("words", "")).strip(),
        "number": data["task"],
    }


_INSTEAD = 12
"""What may be written instead: no more is listed."""


def _refusal(letter: Letter, _address: str) -> dict[str, Any]:
    data = letter.intent.data
    return {
        "command": data["command"],
        "because": letter.say("refusals", data["because"]),
        "missing": [_part(letter, part) for part in data.get("missing", ())],
        "clause": data.get("clause", ""),
        "instead": [str(each).replace("_", " ") for each in data.get("instead", ())][:_INSTEAD],
    }


def _part(letter: Letter, part: str) -> str:
    """What a command lacks; with the heading under which it stands in a mail: `the decision (Decision: …)`."""
    heading = letter.rules.notices.words().get(letter.intent.language, {}).get("headings", {}).get(part)
    said = letter.say("parts", part)
    return f"{said} ({heading}: …)" if heading else said


def _reported(letter: Letter, _address: str) -> dict[str, Any]:
    return {"missing": [letter.say("fields", field) for field in letter.intent.data.get("missing", ())]}


def _consultation(letter: Letter, _address: str) -> dict[str, Any]:
    return {
        "asker": letter.said.get("asker", ""),
        "words_of_staff": str(letter.said.get("words", "")).strip(),
        "fields": [
            {"name": letter.say("shown", str(each["name"])), "value": each["value"]}
            for each in letter.said.get("fields", ())
        ],
    }


def _assignment(letter: Letter, address: str) -> dict[str, Any]:
    """In a later stage with the answer that was given before: who decides anew has the file (W-20)."""
    inside = address.rpartition("@")[2] in letter.rules.brands[letter.case.brand].staff_domains
    return {**_contact(letter, address), "file": str(letter.said.get("text", "")).strip() if inside else ""}


_MAKES: Mapping[str, Callable[[Letter, str], dict[str, Any]]] = {
    "assignment": _assignment,
    "addition": _contact,
    "warning": _clock,
    "breach": _clock,
    "task": _task,
    "refusal": _refusal,
    "reported": _reported,
    "consultation": _consultation,
}
