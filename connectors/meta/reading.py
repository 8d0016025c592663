"""What somebody said, as the common message; pure, for any bytes.

Identity is Meta's own: `whatsapp:<number id>:<wamid>`, `messenger:<page>:<mid>`, `instagram:<account>:<mid>`; what is
public, `messenger:<page>:comment:<id>` and the like. An edit has the id of its own event, or `:<number of the edit>`
behind it. What Meta gave no id is named by all that it holds.

`contact_at` is Meta's time of the message (milliseconds for Messenger and Instagram, seconds for WhatsApp), of an edit
its own. Addresses: `whatsapp` and `phone` (+44…), `whatsapp` with the business-scoped id (`GB.12…`) for who hides their
number, `facebook` and `instagram` by Meta's scoped ids. A user name is no address: it can pass to somebody else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.meta import direct, posted, whatsapp
from connectors.meta.content import Content, media
from connectors.meta.finding import SAID, Found, find
from connectors.meta.values import first, kept, mapping, mappings, name, string, written
from intake_daemon.contract import ConnectorSettings, Draft, Raw
from intake_daemon.message import Address, Person, Thread, Tongue, message_id

WINDOW = timedelta(hours=24)
"""How long after a person's message we may answer in our own words (MT-06)."""
PUBLIC_WINDOW = timedelta(days=7)
"""How long after a comment it may be answered, once, in private (MT-07)."""
KINDS: Mapping[str, str] = {"whatsapp": "whatsapp", "messenger": "facebook", "instagram": "instagram"}
"""Which kind of address belongs to which of the three."""
_PHONE = re.compile(r"[0-9]{5,20}")
_PUBLIC = frozenset("comment comment_edit post post_edit review review_edit mention".split())


@dataclass(frozen=True)
class Other:
    """What is no contact, as a code."""

    what: str

    @property
    def why(self) -> str:
        """The same as a sentence."""
        return _WHY.get(self.what, "it is news of another kind, and no message")


_WHY = {
    "status": "it tells what became of a message that we sent",
    "delivery": "it tells that messages of ours were delivered",
    "read": "it tells that messages of ours were read",
    "echo": "we, or the company itself, wrote it",
    "own": "we, or the company itself, wrote it",
    "reaction": "somebody reacted to a message with a sign, and wrote nothing",
    "like": "somebody reacted to a post with a sign, and wrote nothing",
    "deleted": "somebody took back or hid what was written; what we hold of it stays",
    "typing": "somebody is writing",
    "start": "somebody opened the chat, and wrote nothing yet",
    "referral": "somebody opened the chat by a link or an advertisement, and wrote nothing yet",
    "handover": "another application began or ended talking with the customer",
    "history": "it was said before we were connected to this number",
    "smb_app_state_sync": "the business's address book has changed",
    "system": "WhatsApp tells that something about the customer's account has changed",
    "call": "somebody rings; nothing is written",
    "errors": "Meta tells of an error of its own",
    "rating": "somebody rated the page, and wrote nothing",
    "nothing": "it holds nothing",
    "unreadable": "it stands where a message should, and is none",
}


def parse(raw: Raw) -> list[Draft]:
    """The contacts of a body, in its order."""
    return [draft(found, raw) for found in find(raw.content) if found.what in SAID]


def payload(content: bytes, settings: ConnectorSettings | None) -> Iterator[Draft | Other]:
    """For `intake parse`: a recorded body, or one on each line."""
    del settings  # identities are Meta's own
    bodies = [content] if find(content) else [line for line in content.splitlines() if line.strip()]
    things = [(Raw(body, "", "application/json"), find(body)) for body in bodies]
    for raw, several in things if any(several for _, several in things) else ():
        for found in several:
            yield draft(found, raw) if found.what in SAID else Other(found.what)
        if not several:
            yield Other("unreadable")


def content_of(found: Found) -> Content:
    """What it holds."""
    if found.what in _PUBLIC:
        return _public(found.event)
    return whatsapp.content_of(found.event) if found.of == "whatsapp" else direct.content_of(found.event)


def draft(found: Found, raw: Raw) -> Draft:
    """The common message of one contact. `raw.envelope`: `missing`, the files that could not be fetched; `text`, the
    words of a mention, which Meta does not send along."""
    content = content_of(found)
    text = content.text or raw.envelope.get("text", "")
    missing = _missing(raw, content)
    remarks = [*content.remarks, *(string(each.get("why")) for each in missing)]
    if found.what == "mention" and not text:
        remarks.append("text_not_fetched")
    at, person = found.moment, _person(found)
    until = at + (PUBLIC_WINDOW if found.what in _PUBLIC else WINDOW) if at else None
    answerable = person.addresses[0] if person.addresses and not found.what.startswith("review") else None
    identity = identity_of(found)
    return Draft(
        identity=identity,
        external_id=first(_own_id(found), identity.rpartition(":")[2]),
        channel="social",
        sender=person,
        recipients=_recipients(found),
        text=text,
        new_text=((0, len(text)),) if text else (),
        sent_at=at,
        fields={**content.fields, **kept(files_missing=missing, standby=found.standby or "", **_about(found))},
        language=Tongue(client=direct.language(found.event) if found.of != "whatsapp" else None),
        files=raw.files,
        thread=_thread(found, identity),
        revision_of=_revises(found),
        reply_address=answerable,
        reply_thread=_reply_thread(found, until) if answerable else None,
        reply_until=until if answerable else None,
        remarks=tuple(dict.fromkeys(filter(None, remarks))),
    )


def identity_of(found: Found) -> str:
    """Of the item, edits apart from what they edit."""
    own, root = _own_id(found), f"{found.of}:{found.account}"
    if not own:
        digest = hashlib.sha256(json.dumps(found.event, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
        return f"{root}:sha256:{digest}"
    if found.what in _PUBLIC:
        kind = found.what.removesuffix("_edit")
        return f"{root}:{kind}:{own}" + (_edition(found) if found.what.endswith("_edit") else "")
    if found.what == "edit" and found.of != "whatsapp":
        return f"{root}:{own}{_edition(found)}"
    return f"{root}:{own}"


def _edition(found: Found) -> str:
    """Which edit of several: Meta's count of them, else its time and words."""
    count = name(mapping(found.event.get("message_edit")).get("num_edit"))
    at = f"{found.moment.timestamp():.3f}" if found.moment else ""
    return f":{count or at + ':' + hashlib.sha256(content_of(found).text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _own_id(found: Found) -> str:
    event = found.event
    if found.what in _PUBLIC:
        keys = ("comment_id", "post_id", "open_graph_story_id", "review_id", "id", "media_id")
        return first(*(name(event.get(key)) for key in (("id", *keys) if found.of == "instagram" else keys)))
    return name(event.get("id")) if found.of == "whatsapp" else direct.own_id(event)


def _revises(found: Found) -> str | None:
    """The id of the message that it is an edit of."""
    root = f"{found.of}:{found.account}"
    if found.what in {"comment_edit", "post_edit", "review_edit"}:
        return message_id(f"{root}:{found.what.removesuffix('_edit')}:{_own_id(found)}")
    if found.what != "edit":
        return None
    original = whatsapp.edited(found.event) if found.of == "whatsapp" else _own_id(found)
    return message_id(f"{root}:{original}") if original else None


def _person(found: Found) -> Person:
    """Who wrote; Meta vouches for it."""
    if found.of == "whatsapp":
        contact, event = found.contact, found.event
        numbers = [name(event.get("from")), name(contact.get("wa_id"))]
        scoped = [name(event.get("from_user_id")), name(contact.get("user_id"))]
        values = [f"+{each.lstrip('+')}" if _PHONE.fullmatch(each.lstrip("+")) else each for each in numbers + scoped]
        values = list(dict.fromkeys(filter(None, values)))
        phones = [each for each in values if each.startswith("+")][:1]
        addresses = [Address(kind="whatsapp", value=each) for each in values]
        addresses[1:1] = [Address(kind="phone", value=each) for each in phones]
        called = string(mapping(contact.get("profile")).get("name"))
    else:
        who = mapping(found.event.get("from")) or mapping(found.event.get("sender"))
        who = who or mapping(found.event.get("reviewer"))
        addresses = [Address(kind=KINDS[found.of], value=found.person)] if found.person else []
        names = ("name", "username")
        called = first(*(string(who.get(key)) for key in names))
        called = called or first(string(found.event.get("sender_name")), string(found.event.get("reviewer_name")))
    return Person(
        name=called.strip() or None, addresses=tuple(addresses), verified="signature" if addresses else "none"
    )


def _recipients(found: Found) -> tuple[Address, ...]:
    if found.of == "whatsapp":
        ours = re.sub(r"\D", "", name(mapping(found.around.get("metadata")).get("display_phone_number")))
        return (Address(kind="whatsapp", value=f"+{ours}" if ours else found.account),)
    return (Address(kind=KINDS[found.of], value=found.account),) if found.account else ()


def _thread(found: Found, identity: str) -> Thread:
    root, event = f"{found.of}:{found.account}", found.event
    if found.what in _PUBLIC:
        post = first(name(event.get("post_id")), name(mapping(event.get("media")).get("id")), _own_id(found))
        parent = name(event.get("parent_id"))
        parent = parent if parent != name(event.get("post_id")) else ""
        return Thread(
            message_id=identity,
            in_reply_to=(f"{root}:comment:{parent}",) if parent else (),
            conversation=f"{root}:{post}:{found.person}" if found.person else None,
        )
    to = whatsapp.answered(event) if found.of == "whatsapp" else direct.answered(event)
    return Thread(
        message_id=identity,
        in_reply_to=(f"{root}:{to}",) if to else (),
        conversation=conversation(found) if found.person else None,
    )


def conversation(found: Found) -> str:
    """Which one it belongs to; in a group each who writes has their own."""
    group = name(found.event.get("group_id"))
    return ":".join(filter(None, (found.of, found.account, group, found.person)))


def _reply_thread(found: Found, until: datetime | None) -> str:
    """What `reply` needs beside the address."""
    public = found.what in _PUBLIC
    told = {
        "of": found.of,
        "account": found.account,
        "until": until.isoformat() if until else "",
        "message": "" if public or found.event.get("group_id") else _own_id(found),
        "comment": _own_id(found) if public and not found.what.startswith("post") else "",
        "post": _own_id(found) if public and found.what.startswith("post") else "",
    }
    return urlencode({key: value for key, value in told.items() if value})


def _about(found: Found) -> dict[str, Any]:
    """What is known of a public thing: which it is, and where it stands. Who has a user name is told it."""
    event = found.event
    if found.what in _PUBLIC:
        media_ = mapping(event.get("media"))
        return {
            "public": found.what.removesuffix("_edit"),
            "post": first(name(event.get("post_id")), name(media_.get("id")), name(event.get("media_id"))),
            "link": first(string(event.get("permalink_url")), string(mapping(event.get("post")).get("permalink_url"))),
            "rating": first(string(event.get("recommendation_type")), name(event.get("rating"))),
            "username": string(mapping(event.get("from")).get("username")),
        }
    return {"username": string(mapping(found.contact.get("profile")).get("username"))}


def _public(event: Mapping[str, Any]) -> Content:
    """Words and pictures of a comment, a post, a review."""
    links = [string(event.get("photo")), string(event.get("video")), *_strings(event.get("photos"))]
    links += [string(event.get("link"))] if event.get("item") in {"photo", "video"} else []
    files = [
        media("video" if each == event.get("video") else "image", {}, link=each)
        for each in dict.fromkeys(filter(None, links))
    ]
    shared = "" if event.get("item") in {"photo", "video"} else string(event.get("link"))
    return Content(posted.words(event), kept(links=[shared] if shared else []), tuple(files))


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _missing(raw: Raw, content: Content) -> list[Mapping[str, Any]]:
    """The files that are not here; of a payload that nobody fetched for, all of them."""
    told = raw.envelope.get("missing")
    if told is None:
        return [] if raw.files else [{**each.told, "why": "file_not_fetched"} for each in content.media]
    try:
        return list(mappings(json.loads(told)))
    except ValueError:
        return []


def missing(files: list[dict[str, str]]) -> dict[str, str]:
    """The same, for the envelope."""
    return {"missing": written(files).decode("utf-8", "replace")}
