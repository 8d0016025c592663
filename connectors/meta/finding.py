"""What is in a body: every entry, every change, every message of it, each told by its kind (MT-03, MT-05).

A body may hold a thousand things of several people, of several numbers and pages. Each becomes a `Found`; what of it is
a contact stands in SAID, what tells of our own messages in NEWS, everything else is `Other`, with a code and a
sentence. A thing that cannot be read stops no other: it is a Found of its own, `unreadable`.

    whatsapp_business_account   changes[].value.messages | statuses | message_echoes | history | …
    page, instagram             messaging[] and standby[] (direct messages), changes[] (comments, posts, reviews; and
                                direct messages too, from the console's test button)

Also read: a change by itself, `{"sample": …}` of the console, a bare `value`, several bodies in a list or by name: what
was recorded here or there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from connectors.meta.events import direct_kind, whatsapp_kind
from connectors.meta.posted import public_kind
from connectors.meta.values import document, first, listed, mapping, mappings, moment, name, string, written

Of = Literal["whatsapp", "messenger", "instagram"]

SAID = frozenset(
    "message edit postback feedback comment comment_edit post post_edit review review_edit mention".split()
)
"""What somebody said to us."""
NEWS = frozenset("status delivery read echo".split())
"""What became of a message of ours."""

_OBJECTS: Mapping[str, Of] = {"whatsapp_business_account": "whatsapp", "page": "messenger", "instagram": "instagram"}
_NAMES: Mapping[Of, str] = {of: name for name, of in _OBJECTS.items()}
_ERRORS = "errors"
_LISTS = ("messages", "statuses", "message_echoes", "history", "state_sync", "calls", "user_preferences", _ERRORS)
"""Arrays of a WhatsApp change, each element of which is a thing by itself."""


@dataclass(frozen=True)
class Found:
    """One thing. `around`: the change's value (WhatsApp) or the entry; `only`: a body that holds nothing else."""

    of: Of
    what: str
    account: str
    """Our number's, page's or Instagram account's id."""
    event: Mapping[str, Any] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)
    standby: bool = False
    """Somebody else's application is talking with the customer just now."""

    @property
    def moment(self) -> datetime | None:
        """When, by Meta's clock."""
        told = [self.event.get("timestamp"), self.event.get("created_time"), self.event.get("time")]
        return next(filter(None, map(moment, [*told, self.around.get("time")])), None)

    @property
    def person(self) -> str:
        """Who it is about, by Meta's id."""
        if self.of == "whatsapp":
            return first(name(self.event.get("from")), name(self.event.get("from_user_id")), self.contact_id)
        who = (
            mapping(self.event.get("sender")) or mapping(self.event.get("from")) or mapping(self.event.get("reviewer"))
        )
        return first(name(who.get("id")), name(self.event.get("sender_id")), name(self.event.get("reviewer_id")))

    @property
    def contact(self) -> Mapping[str, Any]:
        """Of WhatsApp the profile of who wrote. Their `wa_id` may differ from `from` (Brazil, Mexico, Argentina)."""
        contacts = mappings(self.around.get("contacts"))
        ids = {name(self.event.get("from")), name(self.event.get("from_user_id"))} - {""}
        for each in contacts:
            if ids & {name(each.get("wa_id")), name(each.get("user_id"))}:
                return each
        return contacts[0] if len(contacts) == 1 else {}

    @property
    def contact_id(self) -> str:
        """Of WhatsApp who wrote, where the message itself does not say."""
        return first(name(self.contact.get("wa_id")), name(self.contact.get("user_id")))

    def body(self) -> bytes:
        """It alone, as a body: its original, where it came as one of several."""
        return written(self.only)


def find(content: bytes) -> list[Found]:
    """All that is in a body, in its order; empty when it is no body of Meta's."""
    return [found for each in _documents(document(content)) for found in _entries(each)]


def _documents(told: object) -> Iterator[Mapping[str, Any]]:
    for each in told if isinstance(told, list) else [told]:
        if isinstance(each, dict):
            yield from _document(each)


def _document(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if isinstance(told.get("entry"), (list, dict)):
        yield told
    elif isinstance(told.get("sample"), dict):
        yield from _document(told["sample"])
    elif isinstance(told.get("changes"), list) or isinstance(told.get("messaging"), list):
        yield {"entry": [told]}
    elif "field" in told and "value" in told:
        yield {"entry": [{"changes": [told]}]}
    elif told.get("messaging_product") == "whatsapp" or any(isinstance(told.get(each), list) for each in _LISTS[:2]):
        yield {"object": _NAMES["whatsapp"], "entry": [{"changes": [{"field": "messages", "value": told}]}]}
    elif mapping(told.get("sender")) and direct_kind(told, "") != "unknown":
        yield {"object": _NAMES["messenger"], "entry": [{"messaging": [told]}]}
    else:  # a collection of bodies by name
        yield from (each for each in told.values() if isinstance(each, dict) and isinstance(each.get("entry"), list))


def _entries(told: Mapping[str, Any]) -> Iterator[Found]:
    of = _OBJECTS.get(string(told.get("object")))
    for entry in listed(told.get("entry")):
        if isinstance(entry, dict):
            yield from _entry(of or _guess(entry), entry)
        else:
            yield _unreadable(of or "messenger", "", {"entry": [entry]})


def _guess(entry: Mapping[str, Any]) -> Of:
    """Whose entry it is, where nobody says so."""
    values = [mapping(change.get("value")) for change in mappings(entry.get("changes"))]
    fields = {string(change.get("field")) for change in mappings(entry.get("changes"))}
    if any(value.get("messaging_product") == "whatsapp" or "metadata" in value for value in values):
        return "whatsapp"
    return "instagram" if fields & {"comments", "live_comments", "mentions", "story_insights"} else "messenger"


def _entry(of: Of, entry: Mapping[str, Any]) -> Iterator[Found]:
    known = False
    around = {key: value for key, value in entry.items() if key not in {"changes", "messaging", "standby"}}
    by: Of = "messenger" if of == "whatsapp" else of  # WhatsApp has no such events
    for key in ("messaging", "standby"):
        for event in listed(entry.get(key)):
            known = True
            yield _direct(by, around, event, _only(by, {**around, key: [event]}), standby=key == "standby")
    for change in listed(entry.get("changes")):
        known = True
        if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
            yield _unreadable(of, name(entry.get("id")), _only(of, {**around, "changes": [change]}))
        elif of == "whatsapp":
            yield from _whatsapp(around, change)
        else:
            yield _change(of, around, change)
    if not known:
        yield Found(of, "nothing", name(entry.get("id")), entry, around, _only(of, dict(entry)))


def _whatsapp(around: Mapping[str, Any], change: Mapping[str, Any]) -> Iterator[Found]:
    value, about = change["value"], string(change.get("field"))
    account = first(name(mapping(value.get("metadata")).get("phone_number_id")), name(around.get("id")))
    bare = {key: each for key, each in value.items() if key not in _LISTS and key != "contacts"}
    contacts = value.get("contacts")
    known = False
    for key in _LISTS:
        things = listed(value.get(key))
        for place, event in enumerate(things):
            known = True
            alone = dict(bare)
            if who := _whose(event, contacts, place, len(things)):
                alone["contacts"] = who
            alone[key] = [event]
            only = _only("whatsapp", {**around, "changes": [{**change, "value": alone}]})
            if not isinstance(event, dict):
                yield _unreadable("whatsapp", account, only)
            elif key == "history":
                yield from _history(account, event, alone, only)
            else:
                yield Found("whatsapp", whatsapp_kind(key, event, about), account, event, alone, only)
    if not known:
        yield Found(
            "whatsapp", about or "nothing", account, value, value, _only("whatsapp", {**around, "changes": [change]})
        )


def _whose(event: object, contacts: object, place: int, many: int) -> list[Any]:
    """Of the profiles in a change the one of who wrote: others' names do not belong into this original."""
    profiles = mappings(contacts)
    if not isinstance(event, dict):
        return []
    ids = {name(event.get(key)) for key in ("from", "from_user_id", "recipient_id", "recipient_user_id")} - {""}
    theirs = [each for each in profiles if ids & {name(each.get("wa_id")), name(each.get("user_id"))}]
    if theirs or not profiles:
        return theirs[:1]
    if len(profiles) == many:
        return [profiles[place]]
    return [profiles[0]] if len(profiles) == 1 else []


def _history(
    account: str, event: Mapping[str, Any], around: Mapping[str, Any], only: Mapping[str, Any]
) -> Iterator[Found]:
    """Chats from before we were connected: each message of them is told, none is a contact."""
    told = [each for thread in mappings(event.get("threads")) for each in mappings(thread.get("messages"))]
    for each in told:
        yield Found("whatsapp", "history", account, each, around, only)
    if not told:
        yield Found("whatsapp", "history", account, event, around, only)


def _direct(
    of: Of, around: Mapping[str, Any], event: object, only: Mapping[str, Any], *, standby: bool = False
) -> Found:
    if not isinstance(event, dict):
        return _unreadable(of, name(around.get("id")), only)
    recipient, entry = name(mapping(event.get("recipient")).get("id")), name(around.get("id"))
    what = direct_kind(event, entry)
    if what == "start" and of == "instagram" and string(mapping(event.get("postback")).get("title")):
        what = "postback"  # Instagram has no button Get Started, only questions that are pressed
    account = first(entry if what == "echo" or entry not in {"", "0"} else "", recipient, entry)
    return Found(of, what, account, event, around, only, standby)


def _change(of: Of, around: Mapping[str, Any], change: Mapping[str, Any]) -> Found:
    value, about, account = change["value"], string(change.get("field")), name(around.get("id"))
    only = _only(of, {**around, "changes": [change]})
    if mapping(value.get("sender")) and direct_kind(value, account) != "unknown":  # the console's test button
        return _direct(of, around, value, only, standby=about == "standby")
    return Found(of, public_kind(about, value, account), account, value, around, only)


def _only(of: Of, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": _NAMES[of], "entry": [entry]}


def _unreadable(of: Of, account: str, only: Mapping[str, Any]) -> Found:
    return Found(of, "unreadable", account, {}, {}, only)
