"""The demo's complaints: read from `samples/`, sent as a mail server or a browser would."""

from __future__ import annotations

import json
import secrets
import smtplib
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake_daemon.command.configuration import shipped
from intake_daemon.settings import yaml12

_FIELDS = {
    "customer.name": "name",
    "customer.contact": "email",
    "remedy_wanted": "remedy",
}
"""What the form's inputs are called, where not as in the policy."""
_SECONDS = 30.0


@dataclass(frozen=True)
class Sample:
    """One complaint. `to` and `sender` are the envelope's, for mails; "" is the null sender."""

    file: str
    times: int
    to: str = ""
    sender: str = ""


def read() -> list[Sample]:
    """All of them, in the order in which they are sent."""
    written = yaml12.load(shipped("samples") / "order.yaml")
    return [Sample(each["file"], each["times"], each.get("to", ""), each.get("from", "")) for each in written]


def send(sample: Sample, mail: tuple[str, int], web: str) -> None:
    """Through its front door, once. Raises OSError when the door did not say "received"."""
    path = shipped("samples") / sample.file
    if sample.file.startswith("mail/"):
        with smtplib.SMTP(*mail, timeout=_SECONDS) as smtp:
            smtp.sendmail(sample.sender, [sample.to], path.read_bytes())
        return
    post(path, web, sample.file)


def post(path: Path, web: str, key: str) -> str:
    """A form's answers from a file, its files beside it in `files/`; the reference that the page tells. Raises OSError.

    `key`: with the same key, the same answers are the same contact."""
    return answered(yaml12.load(path), path.parent / "files", web, key)


def answered(form: dict[str, Any], files: Path, web: str, key: str) -> str:
    """The same with the answers as read: `brand`, `language`, `fields`, and `files` by name in a folder."""
    body, boundary = _multipart(form, files, key)
    request = urllib.request.Request(  # noqa: S310 -- our own form, by http
        f"{web}/forms/{form['brand']}?lang={form['language']}",
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 -- the same
        return str(json.loads(answer.read())["reference"])


def _multipart(form: dict[str, Any], folder: Path, key: str) -> tuple[bytes, str]:
    """The answers as a browser posts them; the key makes a repeated post the same contact."""
    boundary = secrets.token_hex(16)
    values = {_FIELDS.get(name, name): str(value) for name, value in form["fields"].items() if name != "danger"}
    values |= {"danger": "yes" if form["fields"].get("danger") else "no", "lang": form["language"], "key": key}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    for name in form.get("files", []):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode())
        parts.append((folder / name).read_bytes() + b"\r\n")
    return b"".join((*parts, f"--{boundary}--\r\n".encode())), boundary
