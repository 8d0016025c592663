"""Sources as they are in the world, and the record of what each of them was told; kept outside the daemon.

A mail server that hears 451, or nothing, comes again; so does a browser's user, with the same key. What was confirmed
once is written down with its reference, and from then on it is ours to account for.
"""

from __future__ import annotations

import http.client
import json
import re
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.walk.complaints import Complaint

PATIENCE = 240.0
"""Seconds for which a source comes back."""
PAUSE = 0.2
HELD = re.compile(rb"Held as ([A-Z]{2,4}(?:-[0-9A-Z]{4}){3})")


@dataclass
class Told:
    """What the sources were told: the reference by complaint number, and every other answer counted."""

    references: dict[int, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def confirmed(self, complaint: Complaint, reference: str) -> None:
        """The source heard that it is ours; the reference never changes."""
        with self._lock:
            before = self.references.setdefault(complaint.number, reference)
        assert before == reference, f"complaint {complaint.number} was told {before}, then {reference}"

    def heard(self, answer: str) -> None:
        """Anything else: 451, 503, a lost connection."""
        with self._lock:
            self.answers[answer] += 1


def by_smtp(port: int, complaint: Complaint, told: Told, mail: bytes | None = None) -> bool:
    """One attempt of a mail server; whether it was told 250."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as line:
            line.ehlo("mx.customers.example")
            line.mail(complaint.address)
            line.rcpt(complaint.to)
            code, said = line.data(mail or complaint.mail())
    except smtplib.SMTPResponseException as refused:
        told.heard(f"smtp {refused.smtp_code}")
        return False
    except (OSError, smtplib.SMTPException):
        told.heard("smtp lost")
        return False
    if code == 250 and (found := HELD.search(said)):
        told.confirmed(complaint, found[1].decode())
        return True
    told.heard(f"smtp {code}")
    return False


def by_form(port: int, complaint: Complaint, told: Told) -> bool:
    """One attempt of a browser; whether it was shown a reference."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Idempotency-Key": f"walk-{complaint.number}",
        # the form slows down who posts very often; these are customers at home
        "X-Forwarded-For": f"10.{complaint.number >> 16 & 255}.{complaint.number >> 8 & 255}.{complaint.number & 255}",
    }
    body = json.dumps({**complaint.answers(), "lang": complaint.language})
    try:
        connection.request("POST", f"/forms/{complaint.brand}", body.encode(), headers)
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException):
        told.heard("form lost")
        return False
    finally:
        connection.close()
    if answer.status == http.client.CREATED:
        told.confirmed(complaint, json.loads(said)["reference"])
        return True
    told.heard(f"form {answer.status}")
    return False


def send_all(
    attempt: Callable[[Complaint], bool], complaints: Sequence[Complaint], *, at_once: int = 6, pause: float = PAUSE
) -> None:
    """Every complaint, again and again until it is confirmed; returns when all are."""

    def insist(complaint: Complaint) -> None:
        until = time.monotonic() + PATIENCE
        while not attempt(complaint):
            assert time.monotonic() < until, f"complaint {complaint.number} was never confirmed"
            time.sleep(pause)

    with ThreadPoolExecutor(at_once) as sources:
        for done in [sources.submit(insist, complaint) for complaint in complaints]:
            done.result()
