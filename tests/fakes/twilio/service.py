"""What Twilio keeps about an account, and what each of its addresses answers; without any wire.

Kept of the real one (twilio.com/docs/messaging/api/message-resource, /docs/usage/webhooks)
- Messages.json: 201 with the message, `queued`; To must be a number (21211), Body at most 1,600 characters (21617) and
  there (21602) unless ContentSid is; a number that opted out is 21610; WhatsApp outside 24 hours without ContentSid is
  63016. From or a messaging service is needed (21603).
- The list is newest first, in pages with `next_page_uri`; `DateSent` is a day in UTC, and leaves out what still waits
  in the queue; what we sent stands in it, too.
- Everything wants Basic credentials: 401 with 20003.
"""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from tests.fakes.wire import Answer, document

_NUMBERS = itertools.count(1)
_LONGEST = 1600


def sid(kind: str) -> str:
    """A fresh one."""
    return f"{kind}{next(_NUMBERS):032x}"


def refused(status: int, code: int, said: str) -> Answer:
    """As Twilio says no."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return document(status, {"code": code, "message": said, "more_info": more, "status": status})


@dataclass
class Account:
    """One account and its world."""

    sid: str
    token: str
    sent: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    listed: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)

    @property
    def root(self) -> str:
        """Its part of the service."""
        return f"/2010-04-01/Accounts/{self.sid}/"

    def known(self, authorization: str) -> bool:
        """Whether these are its credentials."""
        expected = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        return authorization == f"Basic {expected}"

    def failure(self, method: str, path: str) -> dict[str, Any]:
        """The next one that is meant for this path, used up."""
        for meant, waiting in self.failures.items():
            only, _, end = meant.rpartition(" ")
            if path.endswith(end) and only in {"", method} and waiting:
                return waiting.pop(0)
        return {}

    def create(self, form: dict[str, str]) -> Answer:
        """A message is sent."""
        to, body = form.get("To", ""), form.get("Body", "")
        number = to.removeprefix("whatsapp:")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return refused(400, 21603, "A 'From' phone number is required.")
        if not number.startswith("+") or not number[1:].isdigit():
            return refused(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not body and not form.get("ContentSid"):
            return refused(400, 21602, "Message body is required.")
        if len(body) > _LONGEST:
            return refused(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if number in self.opted_out:
            return refused(400, 21610, "Attempt to send to unsubscribed recipient")
        made = {"sid": sid("SM"), **form}
        self.sent.append(made)
        told = {"account_sid": self.sid, "status": "queued", "direction": "outbound-api", "error_code": None}
        row = {"sid": made["sid"], "to": to, "from": form.get("From", ""), "body": body or form["ContentVariables"]}
        self.listed.append({**told, **row, "date_created": now(), "date_sent": None, "num_media": "0"})
        return document(201, {**told, "sid": made["sid"], "to": to, "from": form.get("From"), "body": body})

    def arrived(self, form: dict[str, str], at: str) -> None:
        """A message came in."""
        self.listed.append(
            {
                "account_sid": self.sid,
                "api_version": "2010-04-01",
                "body": form.get("Body", ""),
                "date_created": at,
                "date_sent": at,
                "date_updated": at,
                "direction": "inbound",
                "error_code": None,
                "from": form["From"],
                "num_media": form.get("NumMedia", "0"),
                "num_segments": "1",
                "sid": form["MessageSid"],
                "status": "received",
                "to": form["To"],
                "uri": f"{self.root}Messages/{form['MessageSid']}.json",
            }
        )

    def page(self, query: dict[str, str]) -> Answer:
        """The Messages list."""
        wanted = query.get("DateSent", "")[: len("2026-11-20")]
        rows = [each for each in self.listed if not wanted or (each["date_sent"] and wanted == _day(each["date_sent"]))]
        for name in ("To", "From"):
            rows = [each for each in rows if query.get(name, each[name.lower()]) == each[name.lower()]]
        rows.sort(key=lambda each: parsedate_to_datetime(each["date_created"]), reverse=True)
        size, page = min(int(query.get("PageSize", "50")), 3), int(query.get("Page", "0"))
        onward = None
        if len(rows) > (page + 1) * size:
            onward = f"{self.root}Messages.json?DateSent={query.get('DateSent', '')}&PageSize={size}&Page={page + 1}"
        return document(200, {"messages": rows[page * size : (page + 1) * size], "next_page_uri": onward, "page": page})

    def media_of(self, message: str) -> Answer:
        """The list of a message's files."""
        start = f"Messages/{message}/Media/"
        found = [path for path in self.files if path.startswith(start)]
        rows = [{"sid": path.removeprefix(start), "content_type": self.files[path][1]} for path in found]
        return document(200, {"media_list": rows, "next_page_uri": None})

    def file(self, path: str, failure: dict[str, Any]) -> Answer:
        """A file, or what is wrong with it."""
        if "redirect" in failure:
            return Answer(307, b"", {"location": failure["redirect"]})
        if path not in self.files:
            return refused(404, 20404, "The requested resource was not found")
        content, media_type = self.files[path]
        content = content if "size" not in failure else content.ljust(failure["size"], b"\0")
        return Answer(200, content, {"content-type": failure.get("type", media_type)})


def now() -> str:
    """As Twilio writes the time."""
    return format_datetime(datetime.now(UTC))


def _day(written: str) -> str:
    return parsedate_to_datetime(written).astimezone(UTC).date().isoformat()
