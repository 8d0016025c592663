"""Who comes to the doors over hours: customers on every channel, who come back; colleagues; machines; strangers.

Each step is chosen by chance and belongs to nobody's plan: what matters is that every way through the house is taken
again and again. A step that fails is counted, and not made up for: who is refused comes another time, or does not.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import hashlib
import hmac
import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from tests.fakes.telegram import FakeBot
from tests.faults.receivers import Receiver
from tests.walk.complaints import Complaint, complaints
from tests.walk.daemon import Daemon
from tests.walk.doors import HELD, Told, by_form, by_smtp

SECRET = b"a secret for the hook of the soak"
CONNECTORS: dict[str, Any] = {
    "hook": {
        "kind": "hook",
        "brand": "welzo",
        "mapping": "plain",
        "secret": "whsec_" + base64.b64encode(SECRET).decode(),
    },
    "chat": {"kind": "web_chat", "brands": ["kontakt"], "unseen_minutes": 0.5, "unseen_without_mail_minutes": 0.5},
}
"""Doors beside SMTP, the form and Telegram."""
_CHAT = 8_000_000
_AT_ONCE = 12
_KEPT = 300
"""Mails, and references, that are remembered to come back to."""
_PATIENCE = 60.0


class Traffic:
    """`pace`: steps a second. Threads of this process; `stop` returns when all have ended."""

    def __init__(
        self, doors: Sequence[Daemon], sockets: Sequence[Path], bot: FakeBot, receiver: Receiver, pace: float, seed: int
    ) -> None:
        """`sockets`: where colleagues act."""
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self._doors = doors
        self._sockets = sockets
        self._bot = bot
        self._receiver = receiver
        self._pace = pace
        self._seed = seed
        self._number = 0
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable, no secret
        self._mails: collections.deque[bytes] = collections.deque(maxlen=_KEPT)
        self._references: collections.deque[str] = collections.deque(maxlen=_KEPT)
        self._stopped = threading.Event()
        self._steps: dict[str, tuple[int, Callable[[Complaint], bool]]] = {
            "mail": (20, self._mail),
            "form": (16, self._form),
            "telegram": (14, self._telegram),
            "chat": (10, self._chat),
            "hook": (10, self._hook),
            "answer to our letter": (10, self._again),
            "repeat": (5, self._repeat),
            "machine": (4, self._machine),
            "attachment": (3, self._attachment),
            "colleague": (6, self._colleague),
            "look": (4, self._look),
            "stranger": (8, self._stranger),
        }

    def run(self) -> None:
        """Until it is stopped; a step whose time has come while all are busy is left out."""
        names = list(self._steps)
        weights = [weight for weight, _ in self._steps.values()]
        busy = threading.BoundedSemaphore(_AT_ONCE)
        with ThreadPoolExecutor(_AT_ONCE) as people:
            while not self._stopped.wait(self._chance.expovariate(self._pace)):
                name = self._chance.choices(names, weights)[0]
                if not busy.acquire(blocking=False):
                    self.failed["nobody free"] += 1
                    continue
                self._number += 1
                brand = "kontakt" if name in {"telegram", "chat"} else ""
                (complaint,) = complaints(1, self._seed + self._number, first=self._number, brand=brand)
                people.submit(self._step, name, complaint).add_done_callback(lambda _: busy.release())
            del self._receiver.mails[:-_KEPT]

    def stop(self) -> None:
        """No new steps."""
        self._stopped.set()

    @property
    def contacts(self) -> int:
        """How many were told that they are held, or sent where nobody says so."""
        people = ("mail", "form", "telegram", "chat", "hook", "answer to our letter", "attachment")
        return sum(self.done[name] for name in people)

    def _step(self, name: str, complaint: Complaint) -> None:
        try:
            well = self._steps[name][1](complaint)
        except (OSError, http.client.HTTPException, ValueError, AssertionError):
            well = False
        (self.done if well else self.failed)[name] += 1
        if len(self._receiver.mails) > 2 * _KEPT:
            del self._receiver.mails[:-_KEPT]

    def _door(self) -> Daemon:
        return self._doors[self._number % len(self._doors)]

    # --- customers ----------------------------------------------------------------------------------------------------

    def _mail(self, complaint: Complaint) -> bool:
        mail = complaint.mail()
        self._mails.append(mail)
        return self._post(complaint, mail)

    def _post(self, complaint: Complaint, mail: bytes) -> bool:
        told = Told()
        well = by_smtp(self._door().smtp, complaint, told, mail)
        self._references.extend(told.references.values())
        return well

    def _form(self, complaint: Complaint) -> bool:
        told = Told()
        well = by_form(self._door().public, complaint, told)
        self._references.extend(told.references.values())
        return well

    def _attachment(self, complaint: Complaint) -> bool:
        mail = message_from_bytes(complaint.mail(), policy=policy.SMTP)
        noise = random.Random(complaint.number).randbytes(300_000)  # noqa: S311 -- repeatable, no secret
        mail.add_attachment(noise, maintype="image", subtype="png", filename="receipt.png")
        return self._post(complaint, mail.as_bytes())

    def _telegram(self, complaint: Complaint) -> bool:
        chat = _CHAT + complaint.number % 500  # some write again
        who = {"id": chat, "is_bot": False, "first_name": complaint.name, "language_code": "en"}
        said = {"message_id": complaint.number, "from": who, "chat": {"id": chat, "type": "private"}}
        self._bot.push({"message": {**said, "date": int(time.time()) - 5, "text": complaint.text}})
        return True

    def _chat(self, complaint: Complaint) -> bool:
        """Says two lines, looks for an answer for a while; some have gone before it comes."""
        session = hashlib.sha256(f"{self._seed}:{complaint.number}".encode()).hexdigest()[:43]
        for number, text in enumerate(complaint.text.split("\n\n")[:2]):
            line = {"session": session, "id": f"line-{complaint.number:06}-{number}", "text": text}
            if self._ask(f"/chat/{complaint.brand}/lines", line).get("t") != "held":
                return False
        for _ in range(0 if complaint.number % 3 else 5):
            told = self._ask(f"/chat/{complaint.brand}/news", {"session": session, "after": 0, "seen": 2, "wait": 2})
            if any(each["ours"] for each in told.get("lines", ())):
                break
        return True

    def _ask(self, path: str, said: object, headers: dict[str, str] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._door().public, timeout=_PATIENCE)
        with contextlib.closing(connection):
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            connection.request("POST", path, body, {"content-type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            content = answer.read()
            return {"status": answer.status} if path.startswith("/hooks") else json.loads(content)

    def _hook(self, complaint: Complaint) -> bool:
        post = {"id": complaint.message_id, "name": complaint.name, "email": complaint.address, "text": complaint.text}
        return self._signed(json.dumps(post).encode(), complaint.message_id) == http.client.OK

    def _signed(self, body: bytes, name: str, key: bytes = SECRET) -> int:
        stamp = str(int(time.time()))
        digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        return int(self._ask("/hooks/hook", body, headers)["status"])

    def _again(self, complaint: Complaint) -> bool:
        """Answers a letter of ours, as a mail program does."""
        if not self._receiver.mails:
            return False
        ours = message_from_bytes(self._chance.choice(self._receiver.mails[-_KEPT:]), policy=policy.SMTP)
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"] = str(ours["To"]), str(ours["Reply-To"] or ours["From"])
        mail["Subject"] = f"Re: {ours['Subject']}"
        mail["In-Reply-To"] = mail["References"] = str(ours["Message-ID"])
        mail["Message-ID"] = make_msgid(domain="customers.example")
        mail.set_content(complaint.text)
        return self._as(mail["To"].addresses[0].addr_spec, mail.as_bytes(), mail["From"].addresses[0].addr_spec)

    def _as(self, to: str, mail: bytes, sender: str) -> bool:
        import smtplib

        with smtplib.SMTP("127.0.0.1", self._door().smtp, timeout=_PATIENCE) as line:
            line.ehlo("mx.customers.example")
            line.mail(sender)
            line.rcpt(to)
            code, said = line.data(mail)
        return code == 250 and HELD.search(said) is not None

    # --- machines -----------------------------------------------------------------------------------------------------

    def _repeat(self, complaint: Complaint) -> bool:
        return bool(self._mails) and self._post(complaint, self._chance.choice(list(self._mails)))

    def _machine(self, complaint: Complaint) -> bool:
        return self._post(complaint, complaint.mail(Auto_Submitted="auto-replied"))

    # --- colleagues ---------------------------------------------------------------------------------------------------

    def _colleague(self, complaint: Complaint) -> bool:
        """Notes something, looks, writes to the customer; some cases are erased."""
        if not self._references:
            return False
        reference = self._chance.choice(list(self._references))
        what = self._chance.choice(("note", "progress", "look", "look", "erase"))
        if what == "look":
            return self._inside("GET", f"/api/v1/cases/{reference}") == http.client.OK
        data = {} if what == "erase" else {"text": complaint.text[:200]}
        status = self._inside("POST", f"/api/v1/cases/{reference}/commands", {"command": what, "data": data})
        self.done[f"{what}: {status}"] += 1  # some are refused: closed, erased, not allowed; that is an answer too
        return status < http.client.INTERNAL_SERVER_ERROR

    def _inside(self, method: str, path: str, said: object = None) -> int:
        line = http.client.HTTPConnection("localhost", timeout=_PATIENCE)
        with contextlib.closing(line):
            line.sock = socket.socket(socket.AF_UNIX)
            line.sock.settimeout(_PATIENCE)
            line.sock.connect(str(self._chance.choice(self._sockets)))
            body = None if said is None else json.dumps(said).encode()
            line.request(method, path, body, {"content-type": "application/json", "intake-as": "ops"})
            answer = line.getresponse()
            answer.read()
            return answer.status

    def _look(self, complaint: Complaint) -> bool:
        path = self._chance.choice((f"/forms/{complaint.brand}", "/status", "/chat/kontakt", "/health/live"))
        connection = http.client.HTTPConnection("127.0.0.1", self._door().public, timeout=_PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", path)
            connection.getresponse().read()
        which = self._chance.choice(("status", "cases?limit=20", "events?after=0&limit=50", "tasks", "parked"))
        return self._inside("GET", f"/api/v1/{which}") == http.client.OK

    # --- strangers ----------------------------------------------------------------------------------------------------

    def _stranger(self, complaint: Complaint) -> bool:
        """Half a mail, half a request, a wrong signature, rubbish, an address that is not ours."""
        kind = complaint.number % 6
        door = self._door()
        if kind == 0:
            with socket.create_connection(("127.0.0.1", door.smtp), timeout=_PATIENCE) as line:
                line.recv(200)
                line.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n")
                line.recv(200)
            return True
        if kind == 1:
            with socket.create_connection(("127.0.0.1", door.public), timeout=_PATIENCE) as line:
                line.sendall(b"POST /forms/welzo HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nname=")
            return True
        if kind == 2:
            return self._signed(b'{"text": "x"}', "m", b"a key that is not ours, is it") == http.client.UNAUTHORIZED
        if kind == 3:
            rubbish = self._chance.randbytes(200)
            with socket.create_connection(("127.0.0.1", door.public), timeout=_PATIENCE) as line:
                line.sendall(rubbish)
                line.settimeout(5)
                with contextlib.suppress(OSError):
                    line.recv(200)
            return True
        if kind == 4:
            with contextlib.suppress(OSError):
                self._as("nobody@elsewhere.example", complaint.mail(), complaint.address)
            return True
        return self._ask("/chat/kontakt/news", {"session": "no"}).get("title") == "no_session"
