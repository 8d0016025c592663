"""Mail servers that bring very much at once: a few connections, mail after mail; what each was told is written down."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any, BinaryIO
from urllib.parse import urlencode

from tests.walk.complaints import Complaint
from tests.walk.doors import HELD, Told

_LINE_END = re.compile(rb"\r?\n")


def with_file(complaint: Complaint, size: int) -> bytes:
    """The complaint as a mail, with a file of so many bytes beside it, like nobody else's."""
    mail = message_from_bytes(complaint.mail(), policy=policy.default)
    if size:
        words = f"{complaint.number:07} scanned receipt. ".encode()
        mail.add_attachment(words * (size // len(words)), "application", "octet-stream", filename="receipt.bin")
    return mail.as_bytes()


def pour(port: int, complaints: Sequence[Complaint], told: Told, *, lines: int = 6, size: int = 0) -> list[Complaint]:
    """Each once, until somebody is refused; those that nobody was told are held."""
    refused = False

    def bring(mine: Sequence[Complaint]) -> None:
        nonlocal refused
        with socket.create_connection(("127.0.0.1", port), timeout=120) as line, line.makefile("rb") as answers:
            _said(answers)
            _ask(line, answers, b"EHLO mx.customers.example\r\n")
            for complaint in mine:
                if refused:
                    return
                answer = _bring(line, answers, complaint, size)
                if answer.startswith(b"250") and (found := HELD.search(answer)):
                    told.confirmed(complaint, found[1].decode())
                else:
                    told.heard(f"smtp {answer[:3].decode()}")
                    refused = True

    with ThreadPoolExecutor(lines) as servers:
        for done in [servers.submit(bring, complaints[n::lines]) for n in range(lines)]:
            done.result()
    return [each for each in complaints if each.number not in told.references]


def _bring(line: socket.socket, answers: BinaryIO, complaint: Complaint, size: int) -> bytes:
    begun = f"MAIL FROM:<{complaint.address}>\r\nRCPT TO:<{complaint.to}>\r\nDATA\r\n"
    _ask(line, answers, begun.encode(), times=3)
    content = _LINE_END.sub(b"\r\n", with_file(complaint, size)).replace(b"\r\n.", b"\r\n..")
    return _ask(line, answers, content + b"\r\n.\r\n")


def _ask(line: socket.socket, answers: BinaryIO, said: bytes, times: int = 1) -> bytes:
    line.sendall(said)
    return [_said(answers) for _ in range(times)][-1]


def _said(answers: BinaryIO) -> bytes:
    """The last line of one answer."""
    while (found := answers.readline())[3:4] == b"-":
        pass
    assert found, "the connection ended"
    return found


@dataclass(frozen=True)
class Shown:
    """What a form's visitor, or their program, is shown."""

    status: int
    retry_after: str | None
    said: str


def visit(port: int, complaint: Complaint, *, program: bool) -> Shown:
    """One post of a form."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    answers = {**complaint.answers(), "lang": complaint.language, "key": f"pressure-{complaint.number:07}-key"}
    kind = "application/json" if program else "text/html"
    headers = {"Content-Type": "application/json", "Accept": kind}
    if not program:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    encode: Callable[[Any], str] = json.dumps if program else urlencode
    try:
        line.request("POST", f"/forms/{complaint.brand}", encode(answers).encode(), headers)
        answer = line.getresponse()
        return Shown(answer.status, answer.headers["retry-after"], answer.read().decode())
    finally:
        line.close()
