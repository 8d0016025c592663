"""What Meta keeps about an app, and what each of its addresses answers; without any wire.

Kept of the real one (developers.facebook.com/documentation/business-messaging)
- `/<version>/<phone number id>/messages` sends WhatsApp's; `to` is digits or `recipient` a business-scoped id (100);
  text of at most 4,096 characters (100), templates with name and language; `messaging_product` must be there (100).
- `/<version>/me/messages` sends the page's and the Instagram account's; text of at most 2,000 characters, Instagram's
  1,000 bytes (100); a comment is answered once (10900).
- `/<version>/<media id>` says where a file lies, `/files/…` gives it to who has the token.
- Everything wants the token, as a bearer: 401 with 190.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.wire import Answer, document

_NUMBERS = itertools.count(1)
_LONGEST_WHATSAPP = 4096
_LONGEST_MESSENGER = 2000
_LONGEST_INSTAGRAM = 1000


def refused(status: int, code: int, subcode: int = 0, **headers: str) -> Answer:
    """As Meta says no."""
    error: dict[str, Any] = {"message": f"(#{code}) No", "type": "OAuthException", "code": code, "fbtrace_id": "Az8or2"}
    return document(status, {"error": error | ({"error_subcode": subcode} if subcode else {})}, **headers)


@dataclass
class App:
    """One app and its world."""

    secret: str
    token: str
    phone: str
    page: str
    instagram: str
    sent: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    pending: int = 0
    answers: list[int] = field(default_factory=list)

    def failure(self, method: str, path: str) -> dict[str, Any]:
        """The next one that is meant for this path, used up."""
        for meant, waiting in self.failures.items():
            only, _, end = meant.rpartition(" ")
            if path.endswith(end) and only in {"", method} and waiting:
                return waiting.pop(0)
        return {}

    def send(self, account: str, said: dict[str, Any]) -> Answer:
        """A message."""
        if account == self.phone:
            return self._whatsapp(said)
        if account == "me":
            return self._page(said)
        return refused(400, 100, 33)

    def _whatsapp(self, said: dict[str, Any]) -> Answer:
        to = said.get("to") or said.get("recipient") or ""
        words = said.get("text", {}).get("body", "")
        if said.get("messaging_product") != "whatsapp" or not to or not (str(to).isdecimal() or said.get("recipient")):
            return refused(400, 100)
        if said.get("type") == "text" and not 0 < len(words) <= _LONGEST_WHATSAPP:
            return refused(400, 100)
        if said.get("type") == "template" and not said["template"]["language"]["code"]:
            return refused(404, 132001)
        if to in self.blocked:
            return refused(400, 131026)
        made = f"wamid.{base64.b64encode(f'{to}-{next(_NUMBERS)}'.encode()).decode()}"
        self.sent.append({"id": made, **said})
        told = {"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}]}
        return document(200, {**told, "messages": [{"id": made, "message_status": "accepted"}]})

    def _page(self, said: dict[str, Any]) -> Answer:
        to, words = said.get("recipient", {}), said.get("message", {}).get("text", "")
        public = to.get("comment_id") or to.get("post_id")
        person = to.get("id", "")
        longest = (
            len(words.encode()) > _LONGEST_INSTAGRAM if person.startswith("ig") else len(words) > _LONGEST_MESSENGER
        )
        if longest or not words or not (person or public):
            return refused(400, 100, 2018001 if not (person or public) else 0)
        if public in self.answered:
            return refused(400, 10900)
        if person in self.blocked:
            return refused(400, 551, 1545041)
        self.answered |= {public} if public else set()
        made = f"m_{next(_NUMBERS):032x}"
        self.sent.append({"id": made, **said})
        return document(200, {"recipient_id": person or "1000000001", "message_id": made})

    def media(self, base: str, media_id: str) -> Answer:
        """Where a file lies."""
        content, media_type = self.files[media_id]
        digest = hashlib.sha256(content).hexdigest()
        said = {"url": f"{base}/files/{self.token}/{media_id}", "mime_type": media_type, "id": media_id}
        return document(200, {**said, "sha256": digest, "file_size": len(content), "messaging_product": "whatsapp"})

    def file(self, media_id: str, failure: dict[str, Any]) -> Answer:
        """A file, or what is wrong with it."""
        if "redirect" in failure:
            return Answer(302, b"", {"location": failure["redirect"]})
        if media_id not in self.files:
            return Answer(404, b"", {"content-type": "text/html"})
        content, media_type = self.files[media_id]
        content = content if "size" not in failure else content.ljust(failure["size"], b"\0")
        return Answer(200, content, {"content-type": failure.get("type", media_type)})


def made() -> App:
    """A fresh one."""
    number = next(_NUMBERS)
    return App(
        secrets.token_hex(16), f"EAA{secrets.token_hex(16)}", f"1065{number:011}", f"2065{number}", f"1784{number}"
    )
