"""The common message of an SMS, an MMS or a WhatsApp line, from a webhook or from the Messages list. Pure.

What differs between both ways is only how it is written; the identity is Twilio's own name of the message,
`twilio:<account>:<sid>`, so what came by webhook and is found in the list again is the same contact.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.twilio.payload import Payload
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Address, Automatic, Person, Thread

WINDOW = timedelta(hours=24)
"""How long after a customer's message WhatsApp lets a business answer in its own words."""
WHATSAPP = "whatsapp:"
STOP = frozenset(
    "stop stopall unsubscribe cancel end quit revoke optout стоп отписаться отписка dayan dayandır parar sair "
    "cancelar beigt atteikties rezygnuję".split()
)
"""A message that is one of these words, and nothing else, wants no more messages. Twilio's own words, and ours."""
START = frozenset("start unstop старт başla iniciar zacznij sākt".split())
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{60,}={0,2}\s*")
_PHONE = re.compile(r"\+[0-9]{5,20}")
_SHORT = 6


@dataclass(frozen=True)
class Place:
    """An address of Twilio's: a number, and whether it is one of WhatsApp."""

    number: str
    whatsapp: bool

    @property
    def kind(self) -> str:
        """The kind of address that it is to us."""
        return "whatsapp" if self.whatsapp else "phone"

    def __str__(self) -> str:
        """As Twilio writes it."""
        return f"{WHATSAPP}{self.number}" if self.whatsapp else self.number


def place(written: str) -> Place:
    """`whatsapp:+44 20…`, `+44…`, a short code or a name."""
    whatsapp = written.lower().startswith(WHATSAPP)
    bare = written[len(WHATSAPP) :] if whatsapp else written
    number = re.sub(r"[\s().-]", "", bare)
    return Place(number if number.lstrip("+").isdigit() else bare.strip(), whatsapp)


def draft(payload: Payload, raw: Raw) -> Draft:
    """What somebody wrote. `raw.envelope`: `at` when we got it (RFC 3339), `missing` why files are not here."""
    sid, account = (
        payload.text("MessageSid", "SmsSid", "SmsMessageSid", "sid"),
        payload.text("AccountSid", "account_sid"),
    )
    sender, ours = place(payload.text("From", "from")), place(payload.text("To", "to"))
    text, remarks = _words(payload)
    remarks += raw.envelope.get("missing", "").split()
    at = arrived_at(payload) or _moment(raw.envelope.get("at", ""))
    until = at + WINDOW if at and sender.whatsapp else None
    answerable = _PHONE.fullmatch(sender.number) is not None
    name = payload.text("ProfileName")
    return Draft(
        identity=f"twilio:{account}:{sid}",
        external_id=sid,
        channel="social" if sender.whatsapp else "sms",
        sender=Person(
            name=name or None,
            addresses=_addresses(sender),
            # WhatsApp knows whose number it is; of an SMS anybody can choose what it says
            verified="signature" if sender.whatsapp and sender.number else "none",
        ),
        recipients=(Address(kind=ours.kind, value=ours.number),),
        text=text,
        new_text=((0, len(text)),) if text else (),
        sent_at=arrived_at(payload),
        fields=_fields(payload),
        files=raw.files,
        automatic=_automatic(payload, sender, text),
        thread=Thread(
            in_reply_to=tuple(filter(None, [payload.text("OriginalRepliedMessageSid")])),
            conversation=conversation(account, ours, sender),
        ),
        reply_address=Address(kind=sender.kind, value=sender.number) if answerable else None,
        reply_thread=" ".join(filter(None, [str(ours), until.isoformat() if until else ""])),
        reply_until=until,
        remarks=tuple(remarks),
    )


def conversation(account: str, ours: Place, theirs: Place) -> str:
    """One per pair of numbers; it names neither."""
    pair = f"{account} {ours} {theirs}".encode()
    return hashlib.sha256(pair).hexdigest()[:32]


def wish(payload: Payload) -> str:
    """`out` when they want no more messages, `in` when they want them again, else nothing."""
    said = payload.text("OptOutType").upper()
    if said in {"STOP", "START"}:
        return "out" if said == "STOP" else "in"
    word = unicodedata.normalize("NFC", payload.text("Body", "body", "ButtonText")).strip(" .!\"'\n\t").casefold()
    return "out" if word in STOP else "in" if word in START else ""


def arrived_at(payload: Payload) -> datetime | None:
    """Twilio's time, which only its list tells; in UTC."""
    written = payload.text("date_created", "date_sent")
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _words(payload: Payload) -> tuple[str, list[str]]:
    text = payload.text("Body", "body", "ButtonText").replace("\r\n", "\n")
    opened = _opened(text)
    remarks = []
    if opened is not None:
        text, remarks = opened, ["base64_text"]
    location = _location(payload.fields)
    if location and not text:
        text = ", ".join(str(value) for value in location.values())
    return text, remarks


def _opened(text: str) -> str | None:
    """A long SMS that some networks hand over as base64; None for what only looks like it."""
    if not _BASE64.fullmatch(text):
        return None
    try:
        opened = base64.b64decode(text, validate=False).decode()
    except (binascii.Error, ValueError):
        return None
    return opened if " " in opened and all(each.isprintable() or each.isspace() for each in opened) else None


def _location(fields: Mapping[str, Any]) -> dict[str, str]:
    names = {"Latitude": "latitude", "Longitude": "longitude", "Label": "label", "Address": "address"}
    return {ours: str(fields[theirs]) for theirs, ours in names.items() if fields.get(theirs)}


def _fields(payload: Payload) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if location := _location(payload.fields):
        found["location"] = location
    if button := payload.text("ButtonPayload"):
        found["button"] = button
    return found


def _addresses(sender: Place) -> tuple[Address, ...]:
    """WhatsApp's number is a telephone number as well: by it the same person's SMS and calls are found."""
    addresses = [Address(kind=sender.kind, value=sender.number)] if sender.number else []
    if sender.whatsapp and _PHONE.fullmatch(sender.number):
        addresses.append(Address(kind="phone", value=sender.number))
    return tuple(addresses)


def _automatic(payload: Payload, sender: Place, text: str) -> Automatic:
    if wish(payload):
        return Automatic(kind="receipt", evidence=("opt_" + wish(payload),))
    digits = sender.number.lstrip("+")
    if not text and payload.text("NumMedia", "num_media") in {"", "0"} and not _location(payload.fields):
        return Automatic(kind="receipt", evidence=("empty",))
    # WhatsApp's people may hide their number (`whatsapp:US.1349…`); of another network of Twilio's (`messenger:…`) it
    # is a person as well, whom we cannot answer there
    if sender.whatsapp or ":" in sender.number:
        return Automatic()
    if not digits.isdigit() or len(digits) <= _SHORT:  # a name, or a short code: a bank's, a parcel service's
        return Automatic(kind="auto_reply", evidence=("no_number",))
    return Automatic()


def _moment(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written) if written else None
    except ValueError:
        return None
