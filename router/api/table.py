"""The table of routes: what is hung on the listener, and what the OpenAPI document says."""

from __future__ import annotations

from dataclasses import dataclass, replace

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Described:
    """A route, for the OpenAPI document."""

    method: str
    path: str
    name: str
    query: tuple[str, ...] = ()
    summary: str = ""

    @property
    def in_path(self) -> list[str]:
        """Names of what stands in the path."""
        return [part.strip("{}") for part in self.path.split("/") if part.startswith("{")]


TABLE = (
    Described("GET", "/status", "status", (), "How it stands: parts, queues, what waits, the balance."),
    Described("GET", "/cases", "cases", ("state", "handler", "open", "limit"), "Cases, the newest first."),
    Described(
        "GET", "/cases/{reference}", "case", (), "A case with timeline and notices; words for who may read them."
    ),
    Described(
        "GET", "/cases/{reference}/events/{sequence}", "event", (), "An event and the words that it names (dataref)."
    ),
    Described("POST", "/cases/{reference}/commands", "command", (), "Act: command, data, expects, id; or If-Match."),
    Described("GET", "/events", "events", ("after", "limit"), "The feed: CloudEvents after a position."),
    Described("POST", "/events/replay", "replay", (), "A piece of the feed again, to a subscriber's queue."),
    Described("GET", "/trace", "trace", ("query",), "Each step from the door to the letter."),
    Described("GET", "/parked", "parked", ("reason",), "What waits for a person."),
    Described("GET", "/parked/{parked}", "parked_one", (), "One parked letter, whole."),
    Described("POST", "/parked/{parked}/retry", "retry", (), "Back to where it came from."),
    Described("POST", "/contacts", "contact", (), "A mail, as an import; Intake-Brand, Intake-Contact-At."),
    Described("POST", "/explain", "explain", (), "What would be done with a mail; nothing is."),
    Described("POST", "/ledger/rebuild", "rebuild", ("after",), "A piece of the projections, made anew."),
)


def described() -> list[Described]:
    """Every route."""
    return [replace(each, path=PREFIX + each.path) for each in TABLE]
