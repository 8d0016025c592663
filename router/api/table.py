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
    takes: str = ""
    """Name of the schema of its JSON body, or a media type."""
    gives: str = ""
    """Name of the schema of its answer, where it has one, or a media type."""
    headers: tuple[str, ...] = ()
    status: int = 200
    refuses: tuple[int, ...] = ()
    """Statuses that it answers besides those that every route does (401, 403, 429, 503)."""

    @property
    def in_path(self) -> list[str]:
        """Names of what stands in the path."""
        return [part.strip("{}") for part in self.path.split("/") if part.startswith("{")]


_ACTS = ("If-Match", "Idempotency-Key")
_IMPORTS = ("Intake-Brand", "Intake-Contact-At")
TABLE = (
    Described("GET", "/status", "status", summary="How it stands: parts, queues, what waits, the balance."),
    Described(
        "GET",
        "/balance",
        "balance",
        ("since", "until", "door"),
        "What came in by each door on each day (UTC), and what became of it; today by default.",
        refuses=(422,),
    ),
    Described(
        "GET",
        "/balance/{end}",
        "balance_list",
        ("day", "door", "limit"),
        "One number of the balance as a list: in, cases, joined, machine, aside, parked, unaccounted, repeats, "
        "canaries, refused. For operators.",
        refuses=(404, 422),
    ),
    Described(
        "GET",
        "/reconcile",
        "reconcile",
        ("door", "since"),
        "What the sources have and we do not hold, and the other way round; the last seven days by default. It only "
        "looks. For operators.",
        refuses=(404, 422),
    ),
    Described(
        "POST",
        "/reconcile/bring",
        "bring",
        summary="A mail of the vault (`vault`, for `brand`) that belongs to nobody becomes a contact, as an import.",
        status=201,
        refuses=(410, 422),
    ),
    Described(
        "GET",
        "/cases",
        "cases",
        ("state", "handler", "open", "limit"),
        "Cases, the newest first; of those that are not yours to read only reference, topic and dates.",
        gives="Cases",
        refuses=(422,),
    ),
    Described(
        "GET",
        "/cases/{reference}",
        "case",
        summary="A case with its course, notices and words, for its readers; the ETag is its sequence.",
        gives="Case",
        refuses=(404,),
    ),
    Described(
        "GET",
        "/cases/{reference}/events/{sequence}",
        "event",
        summary="An event and the words that it names (dataref). 410 after an erasure.",
        gives="Contents",
        refuses=(404, 410),
    ),
    Described(
        "GET",
        "/cases/{reference}/files",
        "files",
        summary="The files of a case, and its contacts' originals: numbers, verdicts, and what is locked away.",
        refuses=(404, 410),
    ),
    Described(
        "GET",
        "/cases/{reference}/files/{file}",
        "file",
        summary="A file, by vault id or number, as an attachment. 423 while it is locked away (`release_file`).",
        gives="application/octet-stream",
        refuses=(404, 410, 423),
    ),
    Described(
        "POST",
        "/cases/{reference}/commands",
        "command",
        summary="Act on a case; once per id. 409 the case has moved on (412 with If-Match), 422 refused, and why.",
        takes="Command",
        gives="Outcome",
        headers=_ACTS,
        refuses=(404, 409, 410, 412, 413, 422),
    ),
    Described(
        "GET",
        "/events",
        "events",
        ("after", "limit"),
        "The feed, for case systems and operators: CloudEvents after a position.",
        gives="Feed",
        refuses=(422,),
    ),
    Described(
        "POST",
        "/events/replay",
        "replay",
        summary="A piece of the feed again, to a subscriber's queue.",
        takes="Replay",
        refuses=(404, 422),
    ),
    Described("GET", "/trace", "trace", ("query",), "Each step from the door to the letter.", refuses=(422,)),
    Described(
        "GET",
        "/reports/{brand}",
        "report",
        ("month",),
        "A brand's month in counts (2026-11), or the last one.",
        refuses=(404, 422),
    ),
    Described("GET", "/asides", "asides", summary="Contacts that were set aside as surely no complaint."),
    Described("GET", "/asides/{contact}", "aside", summary="One of them, with its words.", refuses=(404,)),
    Described(
        "POST",
        "/asides/{contact}/back",
        "back",
        summary="It is a complaint after all; its clocks run from its first receipt.",
        gives="Outcome",
        headers=("Idempotency-Key",),
        refuses=(404, 409, 422),
    ),
    Described("GET", "/tasks", "tasks", ("owner",), "Open tasks: yours, and those of the cases that you read."),
    Described("GET", "/tasks/{task}", "task", summary="One task, with the words that it needs.", refuses=(404,)),
    Described(
        "GET",
        "/parked",
        "parked",
        ("reason", "door", "day", "after"),
        "What waits for a person; by reason why, and how it is put right. For operators.",
        refuses=(422,),
    ),
    Described("GET", "/parked/{parked}", "parked_one", summary="One parked letter, whole.", refuses=(404,)),
    Described(
        "POST", "/parked/{parked}/retry", "retry", summary="Back to where it came from.", refuses=(404, 410, 422)
    ),
    Described(
        "POST",
        "/contacts",
        "contact",
        summary="A mail, as an import. For operators.",
        takes="message/rfc822",
        headers=_IMPORTS,
        status=201,
        refuses=(422,),
    ),
    Described(
        "POST",
        "/explain",
        "explain",
        summary="What would be done with a mail; nothing is. For operators.",
        takes="message/rfc822",
        headers=_IMPORTS[:1],
        refuses=(422,),
    ),
    Described("POST", "/ledger/rebuild", "rebuild", ("after",), "A piece of the projections, made anew."),
    Described("GET", "/tokens", "tokens", summary="Tokens without their secrets. For operators.", gives="Tokens"),
    Described(
        "POST",
        "/tokens",
        "new_token",
        summary="A token for a principal, shown this once; only on the daemon's own machine.",
        takes="NewToken",
        gives="Token",
        status=201,
        refuses=(422,),
    ),
    Described("POST", "/tokens/{token}/revoke", "revoke", summary="It is nobody's from now on.", refuses=(404,)),
)


def described() -> list[Described]:
    """Every route."""
    return [replace(each, path=PREFIX + each.path) for each in TABLE]
