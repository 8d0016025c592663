"""A search for planted words in everything that an installation keeps: files byte by byte, every column of a database.

Words are also looked for inside base64 (originals travel so, spooled letters twice), at each of its three alignments.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.services.rabbit import Rabbit
from tests.walk.complaints import Complaint
from tests.walk.daemon import Installation


def needles(words: Iterable[str]) -> tuple[bytes, ...]:
    """How these words may stand somewhere."""
    plain = {form.encode() for word in words for form in (word, word.lower())}
    once = {packed for word in plain for packed in _packed(word)}
    twice = {packed for word in once for packed in _packed(word)}
    return tuple(sorted(plain | once | twice))


def _packed(word: bytes) -> list[bytes]:
    """What of a word's base64 is the same whatever stands around it."""
    found = []
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word + b"\0\0")
        first, last = -(-before * 8 // 6), (before + len(word)) * 8 // 6
        found.append(coded[first:last])
    return found


def planted(complaints: Sequence[Complaint]) -> tuple[bytes, ...]:
    """Of these complaints."""
    return needles(word for complaint in complaints for word in (*complaint.planted, complaint.address))


def found_in(wanted: Sequence[bytes], content: bytes) -> bool:
    """Whether any of it stands there."""
    return any(word in content for word in wanted)


def files_with(place: Installation, wanted: Sequence[bytes]) -> list[str]:
    """Files under every `var` of the installation, those of ledger and embedded broker with their logs among them."""
    files = [path for var in place.home.glob("var*") for path in var.rglob("*") if path.is_file()]
    return [str(path.relative_to(place.home)) for path in files if found_in(wanted, _read(path))]


def journals_with(place: Installation, complaints: Sequence[Complaint]) -> list[str]:
    """Journals, at debug level, in which any planted word or any address of a customer stands (AT-L19)."""
    wanted = {word.lower().encode() for complaint in complaints for word in complaint.planted}
    found = []
    for daemon in place.daemons:
        said = daemon.log.read_bytes().lower()
        if b"customers.example" in said or wanted.intersection(re.findall(rb"[a-z]+", said)):
            found.append(daemon.log.name)
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""  # gone meanwhile


def tables_with(url: str, wanted: Sequence[bytes]) -> list[str]:
    """Tables of a PostgreSQL database, every column of every row."""
    found = []
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
            if any(found_in(wanted, _plain(value)) for row in rows for value in row):
                found.append(name)
    return found


def _plain(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def queues_with(rabbit: Rabbit, url: str, wanted: Sequence[bytes]) -> list[str]:
    """Queues of a virtual host; everything is looked at and put back, so only for queues that nobody counts on."""
    host = quote(url.rpartition("/")[2], safe="%")
    asked = {"count": 5000, "ackmode": "ack_requeue_true", "encoding": "base64"}
    found = []
    for queue, waiting in rabbit.queues(host).items():
        got = rabbit.api("POST", f"/api/queues/{host}/{queue}/get", asked) if waiting else []
        if any(found_in(wanted, base64.b64decode(each["payload"])) for each in got):
            found.append(queue)
    return found
