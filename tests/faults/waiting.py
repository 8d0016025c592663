"""What lies in the embedded broker while nobody is at it: facts that are published, and that nobody has read yet."""

from __future__ import annotations

import json
import sqlite3

from intake_daemon.contract import ROUTER_QUEUE
from tests.walk.daemon import Installation


def words_waiting(place: Installation) -> set[str]:
    """Every word of the messages that nobody has decided yet. The daemon must be dead."""
    path = place.var / "broker.db"
    if place.broker != "embedded" or not path.exists():
        return set()
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT body FROM letters WHERE queue = ?", (ROUTER_QUEUE,)).fetchall()
    file.close()
    return {word.partition("-")[0] for (body,) in rows for word in json.loads(body)["text"].split()}
